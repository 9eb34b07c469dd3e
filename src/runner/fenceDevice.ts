import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fenceAskMs } from '../config/fence.ts';
import type { PlannedFence } from '../config/fencePlan.ts';
import { isSecretOption } from '../config/secretOption.ts';
import { unreachable } from '../core/unreachable.ts';
import { monotonicMs } from './monotonic.ts';
import { type CallResult, callScript } from './scriptCall.ts';

/** Where and for whom devices are spoken to. */
export interface FenceContext {
  readonly self: string;
  readonly target: string;
  /** Where agents are looked for, in order. */
  readonly agentFolders: readonly string[];
  /** A file that no other call writes to; it is gone with the call. */
  outputPath(): string;
}

export type DeviceOutcome = { readonly ok: true } | { readonly ok: false; readonly detail: string };

export const usualAgentFolders: readonly string[] = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
];

/**
 * Has one device switch the machine off.
 *
 * What the device says of the plug afterwards outweighs what came of the order: a plug that is on is no success,
 * whatever the agent returned, and one that is off is one. Where it cannot tell, the order's own result counts.
 * An agent that ends every call with 2, the code for "off", has not been asked at all: shells and interpreters end so
 * where they cannot read a script, and agents that do not understand their arguments.
 */
export async function switchOff(device: PlannedFence, context: FenceContext): Promise<DeviceOutcome> {
  const ordered = await order(device, device.kind === 'agent' ? 'off' : device.action, device.timeoutMs, context);
  const isDone = ordered.kind === 'exited' && ordered.code === 0;
  const state = await stateAfter(device, isDone, context);
  const isDeaf = device.kind === 'agent' && ordered.kind === 'exited' && ordered.code === offCode;
  if (state === 'off' && isDeaf)
    return failed(device, `${sentenceOf(device, ordered)}; its status ends with ${offCode} too, which proves nothing`);
  if (state === 'off') return { ok: true };
  if (state === 'on')
    return failed(
      device,
      `${isDone ? 'said that it switched it off' : sentenceOf(device, ordered)}, and the machine is on`,
    );
  return isDone ? { ok: true } : failed(device, sentenceOf(device, ordered));
}

/** Only for agents: a command that reboots sees to that itself. */
export async function switchOn(device: PlannedFence, context: FenceContext): Promise<DeviceOutcome> {
  const result = await order(device, 'on', device.timeoutMs, context);
  return result.kind === 'exited' && result.code === 0 ? { ok: true } : failed(device, sentenceOf(device, result));
}

/** Whether the device answers. Nothing can be asked of a command. */
export async function testDevice(device: PlannedFence, context: FenceContext): Promise<DeviceOutcome> {
  if (device.kind === 'command') {
    const problem = whyNotRunnable(device.command[0] ?? '');
    return problem === undefined ? { ok: true } : failed(device, problem);
  }
  const result = await order(device, 'monitor', fenceAskMs, context);
  return result.kind === 'exited' && result.code === 0 ? { ok: true } : failed(device, sentenceOf(device, result));
}

/** A plug needs a moment; who says for so long that it is on means it. */
const stillOnMs = 5_000;
const askAgainMs = 500;

async function stateAfter(
  device: PlannedFence,
  isDone: boolean,
  context: FenceContext,
): Promise<'on' | 'off' | 'unknown'> {
  const sinceMs = monotonicMs();
  for (;;) {
    const state = await ask(device, context);
    if (state !== 'on' || !isDone || monotonicMs() - sinceMs >= stillOnMs) return state;
    await sleep(askAgainMs);
  }
}

/** What the `status` of an agent ends with where the machine is off; 0 is on. */
const offCode = 2;

async function ask(device: PlannedFence, context: FenceContext): Promise<'on' | 'off' | 'unknown'> {
  switch (device.kind) {
    case 'agent': {
      const result = await order(device, 'status', fenceAskMs, context);
      if (result.kind !== 'exited') return 'unknown';
      return result.code === 0 ? 'on' : result.code === offCode ? 'off' : 'unknown';
    }
    case 'command': {
      if (device.verify === undefined) return 'unknown';
      const result = await runCommand(device.verify, device.action, fenceAskMs, context);
      return result.kind === 'exited' && result.code === 0 ? 'off' : 'on';
    }
    default:
      return unreachable(device);
  }
}

function order(device: PlannedFence, action: string, timeoutMs: number, context: FenceContext): Promise<CallResult> {
  if (device.kind === 'command') return runCommand(device.command, action, timeoutMs, context);
  const found = context.agentFolders
    .map((folder) => join(folder, device.agent))
    .find((path) => whyNotRunnable(path) === undefined);
  if (found === undefined) {
    const detail = `no executable ${device.agent} in ${context.agentFolders.join(', ')}; it is in Debian's fence-agents`;
    return Promise.resolve({ kind: 'notStarted', detail });
  }
  // The protocol of fence agents: options in lines on stdin, so that no list of processes shows a password.
  const options = { nodename: context.target, ...device.options, action };
  const input = Object.entries(options).map(([name, value]) => `${name}=${value}\n`);
  return run({ path: found, args: [], action, timeoutMs, input: input.join('') }, context);
}

function runCommand(
  words: readonly string[],
  action: string,
  timeoutMs: number,
  context: FenceContext,
): Promise<CallResult> {
  const [program = '', ...args] = words;
  const filled = args.map((word) => word.replaceAll('{node}', context.target).replaceAll('{action}', action));
  return run({ path: program, args: filled, action, timeoutMs }, context);
}

interface Call {
  readonly path: string;
  readonly args: readonly string[];
  readonly action: string;
  readonly timeoutMs: number;
  readonly input?: string;
}

function run({ path, args, action, timeoutMs, input }: Call, context: FenceContext): Promise<CallResult> {
  return callScript(
    {
      path,
      args,
      timeoutMs,
      outputPath: context.outputPath(),
      isOutputKept: false,
      input,
      environment: {
        HA_ACTION: action,
        HA_NODE: context.self,
        HA_PEER: context.target,
        LC_ALL: 'C',
        PATH: usualAgentFolders.join(':'),
        TWINBEAT_FENCE_ACTION: action,
        TWINBEAT_FENCE_NODE: context.target,
      },
    },
    { onSpawned: () => undefined, onLine: () => undefined },
  );
}

function whyNotRunnable(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    return undefined;
  } catch {
    return `there is no executable ${path}`;
  }
}

function failed({ name }: PlannedFence, detail: string): DeviceOutcome {
  return { ok: false, detail: `${name}: ${detail}` };
}

const saidCharactersMax = 300;

/** What went wrong, with the last line that the program said; without secrets, and without what would move a cursor. */
function sentenceOf(device: PlannedFence, result: CallResult): string {
  if (result.kind === 'notStarted') return result.detail;
  const last = result.output.split('\n').findLast((line) => line.trim() !== '') ?? '';
  const said = withoutSecrets(device, last)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, saidCharactersMax);
  const words = said === '' ? '' : `: ${said}`;
  switch (result.kind) {
    case 'exited':
      return `exit code ${result.code}${words}`;
    case 'signalled':
      return `ended by ${result.signal}${words}`;
    case 'timedOut':
      return `${result.detail}${words}`;
    default:
      return unreachable(result);
  }
}

function withoutSecrets(device: PlannedFence, text: string): string {
  if (device.kind === 'command') return text;
  const secrets = Object.entries(device.options).filter(([name, value]) => isSecretOption(name) && value !== '');
  return secrets.reduce((shown, [, secret]) => shown.replaceAll(secret, '***'), text);
}
