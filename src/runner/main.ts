import { constants, getPriority, hostname, setPriority } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { userId } from '../control/groupId.ts';
import { openLog } from './log.ts';
import { openPackets, shedInheritance } from './packets.ts';
import { sayReady } from './readiness.ts';
import { readPlan } from './readPlan.ts';
import { Runner } from './runner.ts';
import type { ScriptFolder } from './scriptLookup.ts';

const usage = `usage: twinbeat-runner [--config FILE] [--node NAME] [--run-dir DIR] [--state-dir DIR] [--resource-dir DIR]...
                       [--socket-user NAME]

Carries out the orders of twinbeatd: scripts, addresses, packets. Normally started by systemd or by twinbeatd.

  --config FILE        default /etc/twinbeat/twinbeat.yaml, with haresources and resource.d beside it
  --node NAME          this node's name in the config; default: the name of this host
  --run-dir DIR        its socket and its records; default /run/twinbeat
  --state-dir DIR      handed to scripts; default /var/lib/twinbeat
  --resource-dir DIR   look here for scripts first; may be given several times
  --socket-user NAME   the user that twinbeatd runs as; default: this program's own
  --help`;

const log = openLog('twinbeat-runner');

/** Exit codes as those of hactl: 0 ok, 1 failed, 2 usage. */
async function main(): Promise<number | undefined> {
  const flags = readFlags();
  if (flags === undefined) return 2;
  // The head that started this may be in a hurry; scripts must not be.
  leaveHurry();
  await shedInheritance();
  const headUid = flags.socketUser === undefined ? undefined : userId(flags.socketUser);
  if (flags.socketUser !== undefined && headUid === undefined) {
    log('error', `there is no user ${flags.socketUser} on this machine: create it, or correct --socket-user`);
    return 1;
  }
  const runner = new Runner({
    runDir: flags.runDir,
    headUid,
    stateDir: flags.stateDir,
    folders: flags.folders,
    ocfRoot: process.env['OCF_ROOT'] ?? '/usr/lib/ocf',
    packets: await openPackets(),
    readPlan: () => readPlan(flags.config, flags.node),
    log,
  });
  const problem = await runner.open();
  if (problem !== undefined) {
    log('error', problem);
    return 1;
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      runner.close();
      process.exit(0);
    });
  }
  // The terminal, or the head that started this, may go; the hands stay for the dead-man orders.
  process.on('SIGHUP', () => undefined);
  sayReady((sentence) => log('warning', sentence));
  return undefined;
}

function leaveHurry(): void {
  // Whoever runs without privileges may only be less hurried than normal, and stays so.
  if (getPriority() < constants.priority.PRIORITY_NORMAL) setPriority(constants.priority.PRIORITY_NORMAL);
}

function readFlags():
  | {
      readonly config: string;
      readonly node: string;
      readonly runDir: string;
      readonly stateDir: string;
      readonly folders: readonly ScriptFolder[];
      readonly socketUser: string | undefined;
    }
  | undefined {
  try {
    const { values } = parseArgs({
      options: {
        config: { type: 'string', default: '/etc/twinbeat/twinbeat.yaml' },
        node: { type: 'string', default: hostname().split('.')[0] ?? '' },
        'run-dir': { type: 'string', default: '/run/twinbeat' },
        'state-dir': { type: 'string', default: '/var/lib/twinbeat' },
        'resource-dir': { type: 'string', multiple: true, default: [] },
        'socket-user': { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    if (values.help === true) throw new Error('');
    const config = resolve(values.config);
    return {
      config,
      node: values.node,
      runDir: resolve(values['run-dir']),
      stateDir: resolve(values['state-dir']),
      folders: foldersOf(config, values['resource-dir']),
      socketUser: values['socket-user'],
    };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
    return undefined;
  }
}

/** The order in which a script is looked for. Heartbeat's scripts run unmodified; init scripts answer by exit code. */
function foldersOf(config: string, more: readonly string[]): readonly ScriptFolder[] {
  const shipped = join(import.meta.dirname, '..', '..', 'resource.d');
  const classic = [
    ...more.map((path) => resolve(path)),
    join(dirname(config), 'resource.d'),
    shipped,
    '/etc/ha.d/resource.d',
  ];
  return [...classic.map((path) => ({ path, judge: 'text' }) as const), { path: '/etc/init.d', judge: 'exitCode' }];
}

// No `await` here: the package bundles this file for `require`, which knows none at the top.
void main().then((code) => {
  if (code !== undefined) process.exit(code);
});
