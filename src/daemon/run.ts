import { randomBytes } from 'node:crypto';

import { lockDirectory } from '../adapters/linux/directoryLock.ts';
import { askForRealTime } from '../adapters/linux/realTime.ts';
import { Log, logStyleOf } from '../adapters/log.ts';
import { openSlotStore } from '../adapters/slotStore/slotStore.ts';
import { readBootId } from '../control/bootId.ts';
import { exitCodes, type StatusReport } from '../control/controlProtocol.ts';
import { readVersion } from '../control/version.ts';
import { Daemon } from './daemon.ts';
import { makeDirectory } from './directories.ts';
import type { Flags } from './flags.ts';
import { isHeldByFatals } from './holdMode.ts';
import { readConfig } from './readConfig.ts';
import type { RunnerProcess } from './runnerProcess.ts';
import { openServiceManager } from './serviceManager.ts';

/** Begins to beat; resolves to the exit code where that is impossible. */
export async function run(flags: Flags, runnerProcess: RunnerProcess | undefined): Promise<number | undefined> {
  const read = await readConfig(flags);
  if (!read.ok) {
    process.stderr.write(`${read.problems.join('\n')}\n`);
    return exitCodes.configInvalid;
  }
  const { config } = read;
  const log = new Log({ style: logStyleOf(process.env) });
  runnerProcess?.noteTo((level, sentence) => log[level](sentence));
  const fail = async (sentence: string): Promise<number> => {
    log.fatal(sentence);
    await log.flush(500);
    return exitCodes.failed;
  };
  for (const warning of config.warnings) log.warning(warning);

  for (const directory of [flags.stateDir, flags.runDir]) {
    const problem = await makeDirectory(directory);
    if (problem !== undefined) return fail(problem);
  }
  const locked = await lockDirectory(flags.stateDir);
  if (!locked.ok) return fail(locked.sentence);
  const { cluster, self, peer } = config.node;
  const build = readVersion();
  const opened = await openSlotStore({ directory: flags.stateDir, cluster, node: self, peer, build });
  if (!opened.ok) return fail(opened.sentence);
  if (opened.warning !== undefined) log.warning(opened.warning);

  const serviceManager = await openServiceManager(process.env, process.pid, (sentence) => log.warning(sentence));
  const notes = notesOf({ 'real-time': await askForRealTime(), lock: locked.warning });
  for (const { sentence } of notes) log.warning(sentence);

  const daemon = new Daemon({
    config,
    stateDir: flags.stateDir,
    runDir: flags.runDir,
    incarnation: randomBytes(8).toString('hex'),
    bootId: readBootId(),
    version: build,
    store: opened.store,
    durable: opened.durable,
    isHoldMode: await isHeldByFatals(flags.stateDir, Date.now()),
    log,
    notes,
    runnerProcess,
    serviceManager,
    readConfig: () => readConfig(flags),
  });
  obeySignals(daemon);
  const problem = await daemon.start();
  return problem === undefined ? undefined : fail(problem);
}

function obeySignals(daemon: Daemon): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => daemon.stop('release'));
  process.on('SIGUSR2', () => daemon.stop('keep'));
  process.on('SIGHUP', () => daemon.reload());
  process.on('uncaughtException', (error) => void daemon.die(error));
}

function notesOf(found: Readonly<Record<string, string | undefined>>): StatusReport['warnings'] {
  return Object.entries(found).flatMap(([id, sentence]) =>
    sentence === undefined ? [] : [{ id, sentence, next: '' }],
  );
}
