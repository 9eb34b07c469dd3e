/**
 * Tries one mutant after the other, as the parent names them, on a core that was made switchable. Everything runs in
 * this one process: a test that takes a millisecond is not worth a process of its own.
 */
import { globSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { runSeed as RunSeed } from '../../../src/sim/run.ts';
import { collectedTests, collectFrom } from './collectedTests.ts';
import { coreMutants } from './coreMutants.ts';
import { Switches } from './switches.ts';

/** What is to notice a mutant, from the fastest to the slowest. */
export const stages = ['core', 'scenarios', 'model', 'seeds'] as const;
export type Stage = (typeof stages)[number];

export type Said =
  | { readonly kind: 'ready'; readonly tests: number; readonly slowestMs: number }
  /** Sent before each test: a worker that says no more is in a loop. */
  | { readonly kind: 'trying'; readonly by: string }
  | { readonly kind: 'noticed'; readonly stage: Stage; readonly by: string }
  /** The test that noticed it fails without it, too, since: this process is of no use any more. */
  | { readonly kind: 'spoilt'; readonly by: string }
  | { readonly kind: 'unnoticed'; readonly tests: number };

interface Known {
  readonly stage: Stage;
  readonly name: string;
  readonly run: () => unknown;
  readonly tookMs: number;
  /** The mutants that it comes by: to no other one can it be a test. */
  readonly seen: ReadonlySet<number>;
}

const seedsMax = 100;

const [, , copy, fromLoad] = process.argv;
if (process.send !== undefined && copy !== undefined) {
  process.chdir(copy);
  const switches = installSwitches();
  if (fromLoad === undefined) await work(switches);
  else say(await tryFromLoad(switches, Number(fromLoad)));
}

function installSwitches(): Switches {
  const rules = coreMutants().flatMap(({ name }, index) =>
    name.startsWith('rule ') ? [[name.slice('rule '.length), index] as const] : [],
  );
  const switches = new Switches(new Map(rules));
  Object.assign(globalThis, { switches });
  return switches;
}

async function work(switches: Switches): Promise<void> {
  const known = await learn(switches, await allTests());
  const slowestMs = Math.max(...known.map(({ tookMs }) => tookMs));
  say({ kind: 'ready', tests: known.length, slowestMs });
  process.on('message', (mutant: number) => void tryOne(switches, mutant, known).then(say));
}

function say(said: Said): void {
  process.send?.(said);
}

/** Every test of the core and its pretended pair, and so many seeds. */
async function allTests(): Promise<readonly Pick<Known, 'stage' | 'name' | 'run'>[]> {
  const stand = new URL('collectedTests.ts', import.meta.url).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'node:test' ? { url: stand, shortCircuit: true } : next(specifier, context),
  });
  const core = globSync('test/core/*.test.ts').filter((file) => file !== 'test/core/mutation.test.ts');
  const pair = ['scenarios', 'exhaust', 'incident', 'checks'].map((name) => `test/sim/${name}.test.ts`);
  for (const file of [...core.toSorted(), ...pair]) {
    collectFrom(file);
    await import(pathToFileURL(join(process.cwd(), file)).href);
  }
  const { runSeed } = (await import(pathToFileURL(join(process.cwd(), 'src/sim/run.ts')).href)) as {
    runSeed: typeof RunSeed;
  };
  const seeds = Array.from({ length: seedsMax }, (_, index) => ({
    stage: 'seeds' as const,
    name: `seed ${index + 1}`,
    run: (): void => {
      const { violation } = runSeed(index + 1);
      if (violation !== undefined) throw new Error(violation.sentence);
    },
  }));
  return [...collectedTests.map(({ file, name, run }) => ({ stage: stageOf(file), name, run })), ...seeds];
}

function stageOf(file: string): Stage {
  if (file.startsWith('test/core/')) return 'core';
  return file === 'test/sim/scenarios.test.ts' ? 'scenarios' : 'model';
}

/** Runs each test once with everything on, and notes what it comes by. The quickest of each stage come first. */
async function learn(switches: Switches, tests: readonly Pick<Known, 'stage' | 'name' | 'run'>[]): Promise<Known[]> {
  const known: Known[] = [];
  for (const { stage, name, run } of tests) {
    const seen = new Set<number>();
    switches.seen = seen;
    const beganMs = performance.now();
    const failure = await failureOf(run);
    switches.seen = undefined;
    if (failure !== undefined) throw new Error(`without any mutant fails: ${name}: ${failure}`);
    known.push({ stage, name, run, tookMs: performance.now() - beganMs, seen });
  }
  return known.toSorted((a, b) => stages.indexOf(a.stage) - stages.indexOf(b.stage) || a.tookMs - b.tookMs);
}

/** For what is compared while the modules are loaded, and never again: everything is run with it switched off. */
async function tryFromLoad(switches: Switches, mutant: number): Promise<Said> {
  switches.switchOff(mutant);
  const tests = await allTests();
  for (const { stage, name, run } of tests) {
    say({ kind: 'trying', by: name });
    if ((await failureOf(run)) !== undefined) return { kind: 'noticed', stage, by: name };
  }
  return { kind: 'unnoticed', tests: tests.length };
}

async function tryOne(switches: Switches, mutant: number, known: readonly Known[]): Promise<Said> {
  const concerned = known.filter(({ seen }) => seen.has(mutant));
  for (const { stage, name, run } of concerned) {
    say({ kind: 'trying', by: name });
    switches.switchOff(mutant);
    const failure = await failureOf(run);
    switches.switchOff(undefined);
    if (failure === undefined) continue;
    const after = await failureOf(run);
    return after === undefined ? { kind: 'noticed', stage, by: name } : { kind: 'spoilt', by: name };
  }
  return { kind: 'unnoticed', tests: concerned.length };
}

async function failureOf(run: () => unknown): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return String(error);
  }
}
