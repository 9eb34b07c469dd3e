import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Coverage } from './coverage.ts';
import type { SeedResult } from './run.ts';

export interface Totals {
  readonly seeds: number;
  readonly virtualMs: number;
  readonly violations: readonly SeedResult[];
  readonly coverage: Readonly<Record<string, number>>;
}

/** What a thread is given at a time: small enough that all end together. */
const portion = 20;
/** Violations that are kept; the rest is counted. */
const keptMax = 1_000;

/** Runs all seeds from `first` to `last`, in one thread for each core. */
export async function runMany(
  first: number,
  last: number,
  jobs: number | undefined,
  onProgress: (done: number, all: number) => void,
): Promise<Totals> {
  const all = last - first + 1;
  const coverage = new Coverage();
  const violations: SeedResult[] = [];
  let next = first;
  let seeds = 0;
  let virtualMs = 0;
  const take = (results: readonly SeedResult[]): void => {
    for (const result of results) {
      seeds += 1;
      virtualMs += result.virtualMs;
      coverage.add(result.coverage);
      if (result.violation !== undefined && violations.length < keptMax) violations.push(result);
    }
    onProgress(seeds, all);
  };
  const hasMore = (): readonly [number, number] | undefined => {
    if (next > last) return undefined;
    const from = next;
    next = Math.min(last + 1, from + portion);
    return [from, next - 1];
  };
  const threads = Math.max(1, Math.min(jobs ?? availableParallelism(), Math.ceil(all / portion)));
  await Promise.all(Array.from({ length: threads }, () => work(hasMore, take)));
  return { seeds, virtualMs, violations: violations.toSorted((a, b) => a.seed - b.seed), coverage: coverage.counts() };
}

/** One thread: takes portions until there are none. */
function work(
  nextPortion: () => readonly [number, number] | undefined,
  take: (results: readonly SeedResult[]) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    // A seed makes much that lives for one step only.
    const resourceLimits = { maxYoungGenerationSizeMb: 64 };
    const worker = new Worker(new URL('./seedWorker.ts', import.meta.url), { resourceLimits });
    const give = (): void => {
      const seeds = nextPortion();
      if (seeds === undefined) void worker.terminate();
      else worker.postMessage(seeds);
    };
    worker.on('message', (results: readonly SeedResult[]) => {
      take(results);
      give();
    });
    worker.on('error', reject);
    worker.on('exit', () => resolve());
    give();
  });
}
