import { accessSync, existsSync, constants as fileConstants, mkdirSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';
import { exitCodes } from '../control/controlProtocol.ts';
import { userId } from '../control/groupId.ts';
import { readVersion } from '../control/version.ts';
import { type Flags, parseFlags, usage } from './flags.ts';
import { openIcmp } from './icmp.ts';
import { openLog } from './log.ts';
import { openPackets, shedInheritance } from './packets.ts';
import { sayReady } from './readiness.ts';
import { readPlan } from './readPlan.ts';
import { Runner } from './runner.ts';
import { openWatchdogTimer } from './watchdogTimer.ts';

const log = openLog('twinbeat-runner');

/** Undefined: it runs, until a signal ends it. */
async function main(): Promise<number | undefined> {
  const parsed = parseFlags(process.argv.slice(2));
  switch (parsed.kind) {
    case 'wrong':
      process.stderr.write(`twinbeat-runner: ${parsed.sentence}\n${usage}\n`);
      return exitCodes.usage;
    case 'help':
      process.stdout.write(`${usage}\n`);
      return exitCodes.ok;
    case 'version':
      process.stdout.write(`twinbeat-runner ${readVersion()}\n`);
      return exitCodes.ok;
    case 'run':
      return run(parsed.flags);
  }
}

async function run(flags: Flags): Promise<number | undefined> {
  // The head that started this may be in a hurry; scripts must not be.
  leaveHurry();
  await shedInheritance();
  const headUid = flags.socketUser === undefined ? undefined : userId(flags.socketUser);
  if (flags.socketUser !== undefined && headUid === undefined) {
    log('error', `there is no user ${flags.socketUser} on this machine: create it, or correct --socket-user`);
    return exitCodes.failed;
  }
  const folderProblem = makeRunDir(flags.runDir);
  if (folderProblem !== undefined) {
    log('error', folderProblem);
    return exitCodes.failed;
  }
  const runner = new Runner({
    runDir: flags.runDir,
    headUid,
    stateDir: flags.stateDir,
    folders: flags.folders,
    ocfRoot: process.env['OCF_ROOT'] ?? '/usr/lib/ocf',
    packets: await openPackets(),
    ping: await openIcmp(),
    watchdogTimer: await openWatchdogTimer(),
    readPlan: () => readPlan(flags.config, flags.node),
    onReplaced: () => {
      log(
        'error',
        `another runner has opened its socket in ${flags.runDir}: this one ends, and leaves everything as it is`,
      );
      process.exit(exitCodes.failed);
    },
    log,
  });
  const problem = await runner.open();
  if (problem !== undefined) {
    log('error', problem);
    return exitCodes.failed;
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

/** The sentence why not, or undefined. One level only: Node's recursive mkdir never returns below /proc. */
function makeRunDir(runDir: string): string | undefined {
  try {
    if (!existsSync(runDir)) mkdirSync(runDir, { mode: 0o755 });
    accessSync(runDir, fileConstants.W_OK);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `the run directory ${runDir} cannot be used: ${reason}; run this as root, or name another one with --run-dir`;
  }
}

function leaveHurry(): void {
  // Whoever runs without privileges may only be less hurried than normal, and stays so.
  if (getPriority() < constants.priority.PRIORITY_NORMAL) setPriority(constants.priority.PRIORITY_NORMAL);
}

// No `await` here: the package bundles this file for `require`, which knows none at the top.
void main().then((code) => {
  if (code !== undefined) process.exit(code);
});
