/**
 * Switches each rule and each comparison of the core off in turn, and runs what is to notice: first the core's own
 * tests, then scenarios and the small model, then seeds. Writes what nobody noticed.
 *
 *     npm run mutants:core                       all of them: hours
 *     npm run mutants:core -- --part 3/20        every twentieth, beginning with the third
 *     npm run mutants:core -- evidence.ts rule   those whose names begin so
 */
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from '../../../lab/command.ts';
import { type CoreMutant, checkout, coreMutants } from './coreMutants.ts';

/** From the fastest to the slowest; the first that fails ends it. */
const stages: readonly (readonly string[])[] = [
  ['--test', '--test-isolation=none', 'test/core/*.test.ts'],
  ['--test', '--test-isolation=none', 'test/sim/scenarios.test.ts', 'test/sim/everyRule.test.ts'],
  [
    '--test',
    '--test-isolation=none',
    'test/sim/exhaust.test.ts',
    'test/sim/incident.test.ts',
    'test/sim/checks.test.ts',
  ],
  ['src/sim/main.ts', '--seeds', '1..100', '--jobs', '1'],
];
/** What takes longer than this runs for ever. */
const stageTimeoutMs = 180_000;

const { values, positionals } = parseArgs({ allowPositionals: true, options: { part: { type: 'string' } } });
const [nth = 1, of = 1] = (values.part ?? '1/1').split('/').map(Number);
const chosen = coreMutants()
  .filter(({ name }) => positionals.length === 0 || positionals.some((start) => name.startsWith(start)))
  .filter((_, index) => index % of === nth - 1);
const survivors: string[] = [];
const left = [...chosen];
let done = 0;
await Promise.all(Array.from({ length: availableParallelism() }, work));
process.stdout.write(
  `${chosen.length} mutants, ${chosen.length - survivors.length} noticed, ${survivors.length} not\n`,
);
process.exitCode = survivors.length === 0 ? 0 : 1;

/** One copy of the checkout, in which one mutant after the other is tried. */
async function work(): Promise<void> {
  const copy = mkdtempSync(join(tmpdir(), 'twinbeat-core-mutant-'));
  try {
    for (const name of ['src', 'test/core', 'test/sim', 'test/scenarios', 'package.json']) {
      cpSync(join(checkout, name), join(copy, name), { recursive: true });
    }
    symlinkSync(join(checkout, 'node_modules'), join(copy, 'node_modules'));
    for (let mutant = left.shift(); mutant !== undefined; mutant = left.shift()) {
      const stage = await noticedAt(copy, mutant);
      done += 1;
      const verdict = stage === undefined ? 'NOT NOTICED' : `noticed at ${stage}`;
      if (stage === undefined) survivors.push(mutant.name);
      process.stdout.write(`${done}/${chosen.length} ${mutant.name}: ${verdict}\n`);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function noticedAt(copy: string, { file, text }: CoreMutant): Promise<number | undefined> {
  writeFileSync(join(copy, file), text);
  try {
    for (const [index, words] of stages.entries()) {
      // The surrounding run of tests, if any, must not take this one for a part of it.
      const { NODE_TEST_CONTEXT: _, ...env } = process.env;
      const ran = await runCommand([process.execPath, ...words], { cwd: copy, env, timeoutMs: stageTimeoutMs });
      if (ran.code !== 0) return index + 1;
    }
    return undefined;
  } finally {
    cpSync(join(checkout, file), join(copy, file));
  }
}
