import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { lockDirectory } from '../adapters/linux/directoryLock.ts';
import { askForRealTime } from '../adapters/linux/realTime.ts';
import { Log, logStyleOf } from '../adapters/log.ts';
import { openSlotStore } from '../adapters/slotStore/slotStore.ts';
import { readBootId } from '../control/bootId.ts';
import { exitCodes, type StatusReport } from '../control/controlProtocol.ts';
import { readVersion } from '../control/version.ts';
import { Daemon } from './daemon.ts';
import { type Flags, parseFlags, usage } from './flags.ts';
import { isHeldByFatals } from './holdMode.ts';
import { readConfig } from './readConfig.ts';
import { RunnerProcess } from './runnerProcess.ts';
import { openServiceManager } from './serviceManager.ts';

/** Undefined: it runs, and ends by itself. */
async function main(): Promise<number | undefined> {
  const parsed = parseFlags(process.argv.slice(2));
  switch (parsed.kind) {
    case 'wrong':
      process.stderr.write(`twinbeatd: ${parsed.sentence}\n${usage}\n`);
      return exitCodes.usage;
    case 'help':
      process.stdout.write(`${usage}\n`);
      return exitCodes.ok;
    case 'version':
      process.stdout.write(`twinbeatd ${readVersion()}\n`);
      return exitCodes.ok;
    case 'run':
      return run(parsed.flags);
  }
}

async function run(flags: Flags): Promise<number | undefined> {
  const read = await readConfig(flags);
  if (!read.ok) {
    process.stderr.write(`${read.problems.join('\n')}\n`);
    return exitCodes.configInvalid;
  }
  const { config } = read;
  const log = new Log({ style: logStyleOf(process.env) });
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
  // Not for the runner: its words would count for the daemon's.
  delete process.env['NOTIFY_SOCKET'];
  const runnerProcess = flags.startsRunner ? newRunnerProcess(flags, self, log) : undefined;
  await runnerProcess?.ensure();
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

function newRunnerProcess(flags: Flags, node: string, log: Log): RunnerProcess {
  return new RunnerProcess({
    runDir: flags.runDir,
    command: join(import.meta.dirname, '..', '..', 'bin', 'twinbeat-runner'),
    args: ['--config', flags.configFile, '--node', node, '--run-dir', flags.runDir, '--state-dir', flags.stateDir],
    onNote: (level, sentence) => log[level](sentence),
  });
}

function notesOf(found: Readonly<Record<string, string | undefined>>): StatusReport['warnings'] {
  return Object.entries(found).flatMap(([id, sentence]) =>
    sentence === undefined ? [] : [{ id, sentence, next: '' }],
  );
}

/** One level only: Node's recursive mkdir never returns below /proc. */
async function makeDirectory(directory: string): Promise<string | undefined> {
  try {
    await mkdir(directory, { mode: 0o755 });
    return undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined;
    return `cannot make the directory ${directory}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

// No `await` here: the package bundles this file for `require`, which knows none at the top.
void main().then((code) => {
  if (code !== undefined) process.exit(code);
});
