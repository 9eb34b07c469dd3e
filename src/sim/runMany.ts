import { availableParallelism } from 'node:os';
import { Coverage } from './coverage.ts';
import type { SeedResult } from './run.ts';
import { workThrough } from './workThrough.ts';

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

export interface ManyOptions {
  /** Threads; one for each core, if it is not said. */
  readonly jobs?: number | undefined;
  /** What has begun by then is finished, and nothing else begun; no limit, if it is not said. */
  readonly withinMs?: number | undefined;
  readonly onProgress?: ((done: number, all: number) => void) | undefined;
}

/** Runs all seeds from `first` to `last`, or as many of them, in order, as there is time for. */
export async function runMany(first: number, last: number, options: ManyOptions = {}): Promise<Totals> {
  const { jobs = availableParallelism(), withinMs = Number.POSITIVE_INFINITY, onProgress } = options;
  const untilMs = performance.now() + withinMs;
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
    onProgress?.(seeds, all);
  };
  const hasMore = (): readonly [number, number] | undefined => {
    if (next > last || performance.now() >= untilMs) return undefined;
    const from = next;
    next = Math.min(last + 1, from + portion);
    return [from, next - 1];
  };
  const threads = Math.max(1, Math.min(jobs, Math.ceil(all / portion)));
  // A seed makes much that lives for one step only.
  const worker = { resourceLimits: { maxYoungGenerationSizeMb: 64 } };
  const file = new URL('./seedWorker.ts', import.meta.url);
  await Promise.all(Array.from({ length: threads }, () => workThrough(file, worker, hasMore, take)));
  return { seeds, virtualMs, violations: violations.toSorted((a, b) => a.seed - b.seed), coverage: coverage.counts() };
}
