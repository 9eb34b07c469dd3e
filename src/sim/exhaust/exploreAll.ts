import { availableParallelism } from 'node:os';
import { workThrough } from '../workThrough.ts';
import type { Deviation } from './deviations.ts';
import type { Beginning, Broken, Explored } from './explore.ts';
import { beginnings, deviationsAfter, play } from './explore.ts';
import { newMarks, StateCount } from './stateCount.ts';

export interface Totals {
  readonly runs: number;
  readonly states: number;
  readonly violations: readonly Broken[];
}

/** What a thread explores at a time: everything below one first deviation. */
export interface Task {
  readonly beginning: Beginning;
  readonly windowMs: number;
  readonly depth: number;
  readonly first: Deviation;
}

/** Explores from every beginning, in one thread for each core. */
export async function exploreAll(
  windowMs: number,
  depth: number,
  onProgress: (done: number, all: number) => void,
): Promise<Totals> {
  const marks = newMarks();
  const states = new StateCount(marks);
  const tasks: Task[] = [];
  const violations: Broken[] = [];
  for (const beginning of beginnings) {
    const { places, sentence } = play({ beginning, windowMs, depth }, [], states);
    if (sentence !== undefined) violations.push({ beginning, windowMs, deviations: [], sentence });
    const firsts = depth > 0 ? deviationsAfter([], places) : [];
    tasks.push(...firsts.map((first) => ({ beginning, windowMs, depth, first })));
  }
  const all = tasks.length;
  let runs: number = beginnings.length;
  let done = 0;
  const take = (explored: Explored): void => {
    runs += explored.runs;
    violations.push(...explored.violations);
    done += 1;
    onProgress(done, all);
  };
  const threads = Math.max(1, Math.min(availableParallelism(), all));
  // The earliest place has the most below it: taken first, so that all threads end together.
  const file = new URL('./exploreWorker.ts', import.meta.url);
  const options = { workerData: marks };
  await Promise.all(Array.from({ length: threads }, () => workThrough(file, options, () => tasks.shift(), take)));
  return { runs, states: states.estimate(), violations };
}
