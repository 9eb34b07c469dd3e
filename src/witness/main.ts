import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { lockDirectory } from '../adapters/linux/directoryLock.ts';
import { Log, logStyleOf } from '../adapters/log.ts';
import { exitCodes } from '../control/controlProtocol.ts';
import { WitnessDesk } from './desk.ts';
import type { GroupLease } from './leases.ts';
import { readWitnessConfig, type WitnessConfig } from './readFiles.ts';
import { WitnessServer } from './server.ts';
import { readState, stateFileOf, writeState } from './stateFile.ts';

export interface WitnessFlags {
  readonly configFile: string;
  readonly stateDir: string;
}

/** The third machine. Undefined: it runs, and ends by a signal. */
export async function runWitness(flags: WitnessFlags, version: string): Promise<number | undefined> {
  const read = readWitnessConfig(flags.configFile);
  if (!read.ok) {
    process.stderr.write(`${read.problems.join('\n')}\n`);
    return exitCodes.configInvalid;
  }
  const log = new Log({ style: logStyleOf(process.env) });
  const fail = async (sentence: string): Promise<number> => {
    log.fatal(sentence);
    await log.flush(500);
    return exitCodes.failed;
  };
  for (const warning of read.config.warnings) log.warning(warning);
  const problem = await makeDirectory(flags.stateDir);
  if (problem !== undefined) return fail(problem);
  const locked = await lockDirectory(flags.stateDir);
  if (!locked.ok) return fail(locked.sentence);
  if (locked.warning !== undefined) log.warning(locked.warning);
  return serve(read.config, flags.stateDir, { log, version, fail });
}

async function serve(
  config: WitnessConfig,
  stateDir: string,
  {
    log,
    version,
    fail,
  }: { readonly log: Log; readonly version: string; readonly fail: (sentence: string) => Promise<number> },
): Promise<number | undefined> {
  const server = new WitnessServer({
    desk: deskOf(config, stateDir, log),
    address: config.address,
    port: config.port,
    nowMs: monotonicMs,
    // Anybody can send them: one line a minute for each reason.
    onRejected: (reason, from) => log.limited(`rejected ${reason}`, 'warning', `not believed: ${reason}, from ${from}`),
    onNoIpv6: (sentence) => log.warning(`${sentence}; whoever asks by IPv6 gets no answer`),
    onBroken: (sentence) => void fail(`the socket broke: ${sentence}`).then((code) => process.exit(code)),
  });
  const problem = await server.open();
  if (problem !== undefined) return fail(problem);
  const names = config.clusters.map(({ name }) => name).join(', ');
  log.info(`twinbeatd ${version} is the witness of ${names}, on port ${server.port}`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      server.close();
      void log.flush(500).then(() => process.exit(exitCodes.ok));
    });
  }
  return undefined;
}

function deskOf({ clusters }: WitnessConfig, stateDir: string, log: Log): WitnessDesk {
  const load = (cluster: string): ReadonlyMap<string, GroupLease> | undefined => {
    const nodes = clusters.find(({ name }) => name === cluster)?.nodes ?? [];
    const state = readState(stateFileOf(stateDir, cluster), nodes);
    if (state.kind === 'known') return state.groups;
    const what = state.kind === 'missing' ? `knows nothing of ${cluster} yet` : `has forgotten ${cluster}`;
    const why = state.kind === 'spoilt' ? `: ${state.sentence}` : '';
    log.warning(`the witness ${what}${why}; for one lease it believes only a node that holds a group`);
    return undefined;
  };
  return new WitnessDesk({
    clusters,
    start: randomBytes(8).toString('hex'),
    startedAtMs: monotonicMs(),
    load,
    save: (cluster, groups) => writeState(stateFileOf(stateDir, cluster), groups),
    onNote: (level, sentence) => {
      if (level === 'info') log.info(sentence);
      else log.limited(`unwritable ${stateDir}`, 'error', sentence);
    },
  });
}

/** CLOCK_MONOTONIC: never goes back, and stands still only with the machine. */
function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** One level only: Node's recursive mkdir never returns below /proc. */
async function makeDirectory(directory: string): Promise<string | undefined> {
  try {
    await mkdir(directory, { mode: 0o750 });
    return undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined;
    return `cannot make the directory ${directory}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
