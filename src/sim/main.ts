import { parseArgs } from 'node:util';
import { reportOf } from './report.ts';
import { runSeed } from './run.ts';
import { runMany } from './runMany.ts';

const usage = `usage: npm run sim -- [--seeds FIRST..LAST] [--jobs N] [--json]     many seeds, in as many threads as there are cores
       npm run sim -- --seed N                                  one seed, with its whole log`;

process.exitCode = await main(process.argv.slice(2));

/** Returns the exit code: 0 when every promise was kept, 1 when not, 2 when it was called in a wrong way. */
async function main(words: string[]): Promise<number> {
  const asked = read(words);
  if (asked === undefined) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  if (asked.kind === 'one') return showOne(asked.seed);
  const beganMs = performance.now();
  const progress = asked.isJson ? (): void => undefined : showProgress;
  const totals = await runMany(asked.first, asked.last, asked.jobs, progress);
  const report = reportOf(totals, performance.now() - beganMs);
  process.stdout.write(report.text);
  if (asked.isJson) process.stdout.write(`${JSON.stringify(report.json)}\n`);
  return report.isGood ? 0 : 1;
}

type Asked =
  | { readonly kind: 'one'; readonly seed: number }
  | {
      readonly kind: 'many';
      readonly first: number;
      readonly last: number;
      readonly jobs: number | undefined;
      readonly isJson: boolean;
    };

function read(words: string[]): Asked | undefined {
  try {
    const { values } = parseArgs({
      args: words,
      options: {
        seed: { type: 'string' },
        seeds: { type: 'string' },
        jobs: { type: 'string' },
        json: { type: 'boolean' },
      },
    });
    const isJson = values.json === true;
    const jobs = values.jobs === undefined ? undefined : whole(values.jobs);
    if (values.seed !== undefined) return { kind: 'one', seed: whole(values.seed) };
    const [first, last] = (values.seeds ?? '1..2000').split('..').map(whole);
    if (first === undefined || last === undefined || last < first) return undefined;
    return { kind: 'many', first, last, jobs, isJson };
  } catch {
    return undefined;
  }
}

function whole(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new RangeError(`${text} is no number of a seed`);
  return Number(text);
}

function showOne(seed: number): number {
  process.stdout.on('error', () => process.exit(0)); // `| head` has read enough.
  const { violation, virtualMs } = runSeed(seed, (line) => process.stdout.write(`${line}\n`));
  const outcome = violation === undefined ? 'every promise was kept' : violation.sentence;
  process.stdout.write(`seed ${seed}: ${Math.round(virtualMs / 1_000)} s of virtual time: ${outcome}\n`);
  return violation === undefined ? 0 : 1;
}

function showProgress(done: number, all: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${all} seeds`);
}
