/** Arithmetic on moments. All times are milliseconds of the lab's clock; intervals hold their start, not their end. */

export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Gap extends Interval {
  readonly ms: number;
}

/** The longest stretch of `window` without one of the `moments`, which are in order. What is in `blind` does not count. */
export function longestGap(moments: Iterable<number>, window: Interval, blind: readonly Interval[] = []): Gap {
  let longest: Gap = { fromMs: window.fromMs, toMs: window.fromMs, ms: 0 };
  let lastMs = window.fromMs;
  const close = (atMs: number): void => {
    const gap = { fromMs: lastMs, toMs: atMs };
    lastMs = atMs;
    if (gap.toMs - gap.fromMs <= longest.ms) return;
    const blindMs = totalMs(blind.map((span) => intersection(span, gap)).filter((both) => both.toMs > both.fromMs));
    const ms = gap.toMs - gap.fromMs - blindMs;
    if (ms > longest.ms) longest = { ...gap, ms };
  };
  for (const atMs of moments) {
    if (atMs < window.fromMs) continue;
    if (atMs > window.toMs) break;
    close(atMs);
  }
  close(window.toMs);
  return longest;
}

/** The parts of `window` in which both held. */
export function overlaps(
  some: readonly Interval[],
  others: readonly Interval[],
  window: Interval,
): readonly Interval[] {
  return some
    .flatMap((one) => others.map((other) => intersection(intersection(one, other), window)))
    .filter((both) => both.toMs > both.fromMs)
    .toSorted((a, b) => a.fromMs - b.fromMs);
}

/** The parts of `window` that no interval covers. */
export function uncovered(intervals: readonly Interval[], window: Interval): readonly Interval[] {
  const holes: Interval[] = [];
  let coveredToMs = window.fromMs;
  for (const { fromMs, toMs } of intervals.toSorted((a, b) => a.fromMs - b.fromMs)) {
    if (fromMs > coveredToMs) holes.push({ fromMs: coveredToMs, toMs: Math.min(fromMs, window.toMs) });
    coveredToMs = Math.max(coveredToMs, toMs);
    if (coveredToMs >= window.toMs) break;
  }
  if (coveredToMs < window.toMs) holes.push({ fromMs: coveredToMs, toMs: window.toMs });
  return holes.filter((hole) => hole.toMs > hole.fromMs);
}

export function totalMs(intervals: readonly Interval[]): number {
  return intervals.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
}

function intersection(a: Interval, b: Interval): Interval {
  return { fromMs: Math.max(a.fromMs, b.fromMs), toMs: Math.min(a.toMs, b.toMs) };
}
