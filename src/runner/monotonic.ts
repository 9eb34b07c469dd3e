/** CLOCK_MONOTONIC in milliseconds: the same for every process of this boot, unlike `performance.now()`. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
