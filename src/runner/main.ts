import { constants, getPriority, setPriority } from 'node:os';
import { userId } from '../control/groupId.ts';
import { readFlags } from './flags.ts';
import { openIcmp } from './icmp.ts';
import { openLog } from './log.ts';
import { openPackets, shedInheritance } from './packets.ts';
import { sayReady } from './readiness.ts';
import { readPlan } from './readPlan.ts';
import { Runner } from './runner.ts';

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
    ping: await openIcmp(),
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

// No `await` here: the package bundles this file for `require`, which knows none at the top.
void main().then((code) => {
  if (code !== undefined) process.exit(code);
});
