import { join } from 'node:path';
import type { OcfMeans, ScriptMeans, SystemdMeans } from '../config/means.ts';
import type { JobAction, JobOutcome } from '../core/job.ts';
import type { Hand } from './actions.ts';
import { judgeCall, judgeMonitor, judgeStatus } from './judge.ts';
import { type CallResult, callScript } from './scriptCall.ts';
import { findScript, type ScriptFolder } from './scriptLookup.ts';

/** Everything about the machine and the moment that a script may need to know. */
export interface ScriptContext {
  readonly group: string;
  readonly resource: string;
  readonly epochCounter: number;
  readonly self: string;
  readonly peer: string;
  readonly folders: readonly ScriptFolder[];
  readonly ocfRoot: string;
  /** Given to scripts, so that they find the switch of the syncer and the daemon's sockets. */
  readonly stateDir: string;
  readonly runDir: string;
  /** Holds one file a resource with what its scripts said last. */
  readonly outputFolder: string;
  /** Names the file of one status call. */
  readonly callName: string;
  onSpawned(pid: number): void;
  onLine(line: string): void;
}

/** A classic or LSB script: looked up anew at each call, so that an upgraded one is used at once. */
export function scriptHand(means: ScriptMeans, context: ScriptContext): Hand {
  const call = async (action: JobAction, budgetMs: number): Promise<JobOutcome> => {
    const found = findScript(means.script, context.folders);
    if (found.kind === 'missing') return { kind: 'notStarted', detail: found.detail };
    const result = await callProgram(found.path, [...means.args, action], action, budgetMs, context);
    return action === 'status' ? judgeStatus(result, found.judge) : judgeCall(action, result);
  };
  return handOf(call);
}

/** An OCF agent: the same calls under other names, parameters in the environment (OCF resource agent API 1.1). */
export function ocfHand(means: OcfMeans, context: ScriptContext): Hand {
  const environment: Record<string, string> = {
    OCF_ROOT: context.ocfRoot,
    OCF_RA_VERSION_MAJOR: '1',
    OCF_RA_VERSION_MINOR: '1',
    OCF_RESOURCE_INSTANCE: context.resource,
    OCF_RESOURCE_PROVIDER: means.provider,
    OCF_RESOURCE_TYPE: means.agent,
  };
  for (const [key, value] of Object.entries(means.parameters)) environment[`OCF_RESKEY_${key}`] = value;
  const path = join(context.ocfRoot, 'resource.d', means.provider, means.agent);
  return handOf(async (action, budgetMs) => {
    if (action === 'sync') return { kind: 'notStarted', detail: 'OCF agents have no sync' };
    const word = action === 'status' ? 'monitor' : action;
    const result = await callProgram(path, [word], action, budgetMs, { ...context, environment });
    return action === 'status' ? judgeMonitor(result) : judgeCall(action, result);
  });
}

/** A unit of the local systemd; it may be neither enabled nor started by anything else. */
export function systemdHand(means: SystemdMeans, context: ScriptContext): Hand {
  return handOf(async (action, budgetMs) => {
    if (action === 'sync') return { kind: 'notStarted', detail: 'systemd units have no sync' };
    const word = action === 'status' ? 'is-active' : action;
    const result = await callProgram('systemctl', [word, means.unit], action, budgetMs, context);
    return action === 'status' ? judgeUnitState(result) : judgeCall(action, result);
  });
}

const searchPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function handOf(call: (action: JobAction, budgetMs: number) => Promise<JobOutcome>): Hand {
  return {
    start: (budgetMs) => call('start', budgetMs),
    stop: (budgetMs) => call('stop', budgetMs),
    status: (budgetMs) => call('status', budgetMs),
    sync: (budgetMs) => call('sync', budgetMs),
  };
}

function callProgram(
  path: string,
  args: readonly string[],
  action: JobAction,
  budgetMs: number,
  context: ScriptContext & { readonly environment?: Readonly<Record<string, string>> },
): Promise<CallResult> {
  const isStatus = action === 'status';
  const file = isStatus ? `${context.callName}.status` : `${context.group}.${context.resource}.log`;
  return callScript(
    {
      path,
      args,
      timeoutMs: budgetMs,
      outputPath: join(context.outputFolder, file.replaceAll(/[^\w.-]/g, '_').slice(-fileNameCharsMax)),
      isOutputKept: !isStatus,
      environment: {
        HA_ACTION: action,
        HA_EPOCH: String(context.epochCounter),
        HA_GROUP: context.group,
        HA_NODE: context.self,
        HA_PEER: context.peer,
        HA_RESOURCE: context.resource,
        LC_ALL: 'C',
        PATH: searchPath,
        TWINBEAT_RUN_DIR: context.runDir,
        TWINBEAT_STATE_DIR: context.stateDir,
        ...context.environment,
      },
    },
    { onSpawned: (pid) => context.onSpawned(pid), onLine: (line) => context.onLine(line) },
  );
}

const fileNameCharsMax = 200;

/** The word that `systemctl is-active` prints. */
function judgeUnitState(result: CallResult): JobOutcome {
  if (result.kind !== 'exited') return judgeStatus(result, 'exitCode');
  const state = result.output.trim().split('\n').at(-1)?.trim() ?? '';
  if (state === 'active' || state === 'reloading') return { kind: 'running' };
  if (state === 'inactive' || state === 'failed' || state === 'unknown') return { kind: 'stopped' };
  return { kind: 'failed', detail: `the unit is ${state === '' ? 'in no known state' : state}` };
}
