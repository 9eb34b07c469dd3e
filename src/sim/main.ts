import { parseArgs } from 'node:util';
import { reportOf } from './report.ts';
import { runSeed } from './run.ts';
import { runMany } from './runMany.ts';
import { runOnly, shrink } from './shrink.ts';

const usage = `usage: npm run sim -- [--seeds FIRST..LAST] [--jobs N] [--json]     many seeds, in as many threads as there are cores
       npm run sim -- --seeds FIRST..LAST --within SECONDS      as many of them as there is time for
       npm run sim -- --seed N                                  one seed, with its whole log
       npm run sim -- --seed N --shrink                         the fewest accidents that still break its promise
       npm run sim -- --seed N --only 2,5                       that seed with only these of its accidents`;

process.exitCode = await main(process.argv.slice(2));

/** Returns the exit code: 0 when every promise was kept, 1 when not, 2 when it was called in a wrong way. */
async function main(words: string[]): Promise<number> {
  const asked = read(words);
  if (asked === undefined) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  if (asked.kind === 'one') return showOne(asked.seed, asked.only);
  if (asked.kind === 'shrink') return showShrunk(asked.seed);
  const beganMs = performance.now();
  const { first, last, jobs, withinMs, isJson } = asked;
  const totals = await runMany(first, last, { jobs, withinMs, onProgress: isJson ? undefined : showProgress });
  const report = reportOf(totals, performance.now() - beganMs);
  process.stdout.write(report.text);
  if (isJson) process.stdout.write(`${JSON.stringify(report.json)}\n`);
  return report.isGood ? 0 : 1;
}

type Asked =
  | { readonly kind: 'one'; readonly seed: number; readonly only: readonly number[] | undefined }
  | { readonly kind: 'shrink'; readonly seed: number }
  | {
      readonly kind: 'many';
      readonly first: number;
      readonly last: number;
      readonly jobs: number | undefined;
      readonly withinMs: number | undefined;
      readonly isJson: boolean;
    };

function read(words: string[]): Asked | undefined {
  try {
    const { values } = parseArgs({
      args: words,
      options: {
        seed: { type: 'string' },
        seeds: { type: 'string' },
        shrink: { type: 'boolean' },
        only: { type: 'string' },
        jobs: { type: 'string' },
        within: { type: 'string' },
        json: { type: 'boolean' },
      },
    });
    const isJson = values.json === true;
    const jobs = values.jobs === undefined ? undefined : whole(values.jobs);
    if (values.seed === undefined && (values.shrink !== undefined || values.only !== undefined)) return undefined;
    if (values.seed !== undefined) {
      const seed = whole(values.seed);
      if (values.shrink === true) return values.only === undefined ? { kind: 'shrink', seed } : undefined;
      return { kind: 'one', seed, only: values.only?.split(',').map(whole) };
    }
    const [first, last] = (values.seeds ?? '1..2000').split('..').map(whole);
    if (first === undefined || last === undefined || last < first) return undefined;
    const withinMs = values.within === undefined ? undefined : 1_000 * whole(values.within);
    return { kind: 'many', first, last, jobs, withinMs, isJson };
  } catch {
    return undefined;
  }
}

function whole(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new RangeError(`${text} is no whole number`);
  return Number(text);
}

function showOne(seed: number, only: readonly number[] | undefined): number {
  process.stdout.on('error', () => process.exit(0)); // `| head` has read enough.
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const { violation, virtualMs } = only === undefined ? runSeed(seed, say) : runOnly(seed, say)(only);
  const outcome = violation === undefined ? 'every promise was kept' : violation.sentence;
  say(`seed ${seed}: ${Math.round(virtualMs / 1_000)} s of virtual time: ${outcome}`);
  return violation === undefined ? 0 : 1;
}

function showShrunk(seed: number): number {
  const shrunk = shrink(seed);
  if (shrunk === undefined) {
    process.stdout.write(`seed ${seed}: every promise was kept\n`);
    return 0;
  }
  const { kept, result } = shrunk;
  const needed = kept.map((place) => `  ${place} ${result.happenings[place] ?? ''}\n`).join('');
  process.stdout.write(
    `${result.violation?.sentence ?? ''}\nneeds ${kept.length} of ${result.happenings.length}:\n${needed}`,
  );
  process.stdout.write(`again with: npm run sim -- --seed ${seed} --only ${kept.join(',')}\n`);
  return 1;
}

function showProgress(done: number, all: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${all} seeds`);
}
