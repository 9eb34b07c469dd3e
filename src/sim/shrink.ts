import type { SeedResult } from './run.ts';
import { runSeed } from './run.ts';

export interface Shrunk {
  /** Places of what must happen for the promise to be broken; without any one of them it is kept. */
  readonly kept: readonly number[];
  readonly result: SeedResult;
}

/**
 * Leaves out, of what happens in a failing seed, whatever the same broken promise does not need. First halves, then
 * single happenings, until none can be spared. Undefined for a seed that breaks nothing.
 */
export function shrink(
  seed: number,
  run: (kept: readonly number[]) => SeedResult = runOnly(seed),
  whole: SeedResult = runSeed(seed),
): Shrunk | undefined {
  const broken = whole.violation?.invariant;
  if (broken === undefined) return undefined;
  let kept: readonly number[] = whole.happenings.map((_, place) => place);
  let result = run(kept);
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
    for (let from = 0; from < kept.length; ) {
      const fewer = [...kept.slice(0, from), ...kept.slice(from + size)];
      const tried = run(fewer);
      if (tried.violation?.invariant === broken) {
        kept = fewer;
        result = tried;
      } else {
        from += size;
      }
    }
  }
  return { kept, result };
}

/** The seed with only these of its happenings. */
export function runOnly(seed: number, onLine?: (line: string) => void): (kept: readonly number[]) => SeedResult {
  return (kept) => runSeed(seed, onLine, (place) => !kept.includes(place));
}
