/**
 * Switches each comparison and each rule of the core off in turn, and runs what is to notice: the core's own tests,
 * then scenarios, the small model, and a hundred seeds; of these only what comes by the mutant at all. Writes what
 * nobody noticed and equivalent.ts does not list. With --json the last line is one JSON object.
 *
 *     npm run mutants:core                         all of them
 *     npm run mutants:core -- --part 3/20          every twentieth, beginning with the third
 *     npm run mutants:core -- evidence.ts rule     those whose names begin so
 *     npm run mutants:core -- --results FILE       keeps verdicts there, and goes on where it was interrupted: a verdict
 *                                                  counts as long as the file of its mutant is the same; with --again
 *                                                  those that nobody noticed are tried again
 */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CoreMutant, checkout, coreMutants, switchableCore } from './coreMutants.ts';
import { equivalent, keyOfEquivalent } from './equivalent.ts';
import { type Said, type Stage, stages } from './worker.ts';

interface Verdict extends CoreMutant {
  /** The first test that failed. */
  readonly by?: string;
  readonly stage?: Stage | 'time';
  /** So many tests came by it, and noticed nothing. */
  readonly tests?: number;
}

/** All tests once, on a machine that has other things to do. */
const learningMsMax = 600_000;
/** A test that takes so long, and twenty times as long as the slowest without a mutant, is in a loop. */
const loopMsMin = 30_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    part: { type: 'string' },
    results: { type: 'string' },
    again: { type: 'boolean' },
    json: { type: 'boolean' },
  },
});
const [nth = 1, of = 1] = (values.part ?? '1/1').split('/').map(Number);
const mutants = coreMutants();
const listed = new Set(equivalent.map(keyOfEquivalent));
const chosen = mutants
  .filter(({ name }) => positionals.length === 0 || positionals.some((start) => name.startsWith(start)))
  .filter((_, index) => index % of === nth - 1);
const verdicts = new Map<string, Verdict>(known(values.results).map((verdict) => [verdict.key, verdict]));
const left = chosen.filter(({ key }) => !listed.has(key) && !verdicts.has(key));
const tried = left.length;
let done = 0;

const copy = mkdtempSync(join(tmpdir(), 'twinbeat-core-mutants-'));
const workers = new Set<ChildProcess>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
process.once('exit', () => {
  for (const worker of workers) worker.kill('SIGKILL');
  rmSync(copy, { recursive: true, force: true });
});
for (const name of ['src', 'test/core', 'test/sim', 'test/scenarios', 'package.json']) {
  cpSync(join(checkout, name), join(copy, name), { recursive: true });
}
symlinkSync(join(checkout, 'node_modules'), join(copy, 'node_modules'));
for (const [file, text] of switchableCore()) writeFileSync(join(copy, file), text);
await Promise.all(Array.from({ length: Math.min(availableParallelism(), tried) }, workThrough));
process.exitCode = report();

/** What an earlier run has found of mutants whose files are the same as then. */
function known(file: string | undefined): readonly Verdict[] {
  if (file === undefined || !existsSync(file)) return [];
  const digests = new Map(mutants.map(({ key, digest }) => [key, digest]));
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return lines
    .map((line) => JSON.parse(line) as Verdict)
    .filter(({ key, digest }) => digests.get(key) === digest)
    .filter(({ stage }) => stage !== undefined || values.again !== true);
}

/** Workers one after the other: one that loops, or that a mutant has spoilt, is replaced. */
async function workThrough(): Promise<void> {
  while (left.length > 0) await workUntilSpoilt();
}

async function workUntilSpoilt(): Promise<void> {
  await withWorker([], async (worker, said) => {
    const ready = await said(learningMsMax);
    assert(ready?.kind === 'ready', 'every test passes without any mutant');
    for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
      worker.send(mutants.indexOf(mutant));
      const loopMs = Math.max(loopMsMin, 20 * ready.slowestMs);
      const found = await verdictOf(mutant, said, loopMs);
      const verdict = found?.tests === 0 ? await verdictFromLoad(mutant, loopMs) : found;
      if (verdict === undefined) left.push(mutant);
      else settle(verdict);
      if (verdict === undefined || verdict.stage === 'time') return;
    }
  });
}

/** No test comes by it once everything is loaded: a process of its own is loaded with it. */
async function verdictFromLoad(mutant: CoreMutant, loopMs: number): Promise<Verdict | undefined> {
  return await withWorker([`${mutants.indexOf(mutant)}`], async (_, said) => await verdictOf(mutant, said, loopMs));
}

async function withWorker<T>(
  words: readonly string[],
  use: (worker: ChildProcess, said: Listen) => Promise<T>,
): Promise<T> {
  const execArgv = ['--max-old-space-size=1500'];
  const worker = fork(join(import.meta.dirname, 'worker.ts'), [copy, ...words], { execArgv });
  workers.add(worker);
  try {
    return await use(worker, listen(worker));
  } finally {
    worker.kill('SIGKILL');
    workers.delete(worker);
  }
}

/** Undefined when the worker's tests fail without any mutant by now. */
async function verdictOf(mutant: CoreMutant, said: Listen, loopMs: number): Promise<Verdict | undefined> {
  let trying = '';
  for (;;) {
    const word = await said(loopMs);
    switch (word?.kind) {
      case 'ready':
        break;
      case 'trying':
        trying = word.by;
        break;
      case 'noticed':
        return { ...mutant, stage: word.stage, by: word.by };
      case 'unnoticed':
        return { ...mutant, tests: word.tests };
      case 'spoilt':
        process.stdout.write(`${mutant.name}: tried again, after it had spoilt its process\n`);
        return undefined;
      case undefined:
        return { ...mutant, stage: 'time', by: trying };
    }
  }
}

type Listen = (withinMs: number) => Promise<Said | undefined>;

/** The next word of a worker; undefined when it says nothing for so long, or is gone. */
function listen(worker: ChildProcess): Listen {
  const words: Said[] = [];
  let heard = Promise.withResolvers<void>();
  worker.on('message', (word: Said) => {
    words.push(word);
    heard.resolve();
  });
  worker.on('exit', () => heard.resolve());
  return async (withinMs) => {
    if (words.length === 0 && worker.exitCode === null) {
      heard = Promise.withResolvers();
      const timer = setTimeout(heard.resolve, withinMs);
      await heard.promise;
      clearTimeout(timer);
    }
    return words.shift();
  };
}

function settle(verdict: Verdict): void {
  verdicts.set(verdict.key, verdict);
  done += 1;
  if (values.results !== undefined) appendFileSync(values.results, `${JSON.stringify(verdict)}\n`);
  const { name, stage, by, tests } = verdict;
  const what = stage === undefined ? `NOT NOTICED by ${tests} tests` : `${stage}: ${by}`;
  process.stdout.write(`${done}/${tried} ${name}: ${what}\n`);
}

/** Returns the exit code. */
function report(): number {
  const found = chosen.filter(({ key }) => !listed.has(key)).flatMap(({ key }) => verdicts.get(key) ?? []);
  const unnoticed = found.filter(({ stage }) => stage === undefined).map(({ name }) => name);
  const noticed = Object.fromEntries(
    [...stages, 'time' as const].map((stage) => [stage, found.filter((verdict) => verdict.stage === stage).length]),
  );
  const keys = new Set(mutants.map(({ key }) => key));
  const lost = [...listed].filter((key) => !keys.has(key));
  const counts = { mutants: chosen.length, noticed, equivalent: chosen.length - found.length, unnoticed, lost };
  for (const name of unnoticed) process.stdout.write(`not noticed: ${name}\n`);
  for (const key of lost) process.stdout.write(`equivalent.ts names what is not there: ${key}\n`);
  const each = Object.entries(noticed).map(([stage, times]) => `${times} by ${stage}`);
  process.stdout.write(
    `${counts.mutants} mutants: ${each.join(', ')}; ${counts.equivalent} listed as equivalent; ${unnoticed.length} not noticed\n`,
  );
  if (values.json === true) process.stdout.write(`${JSON.stringify(counts)}\n`);
  return unnoticed.length + lost.length === 0 ? 0 : 1;
}
