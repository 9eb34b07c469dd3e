/**
 * Milliseconds of CLOCK_MONOTONIC: the clock of all of the lab's instruments, in whatever process they run.
 *
 * `performance.now()` has another origin.
 */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** For what takes a moment. Whoever waits so long has waited in vain, also on a machine that is very busy. */
export const patienceMs = 20_000;

export async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Looks each few milliseconds until `isTrue` holds.
 *
 * @throws {Error} naming `what` when it does not within `withinMs`.
 */
export async function until(
  what: string,
  withinMs: number,
  isTrue: () => boolean | Promise<boolean>,
  everyMs = 5,
): Promise<void> {
  const deadlineMs = nowMs() + withinMs;
  while (!(await isTrue())) {
    if (nowMs() > deadlineMs) throw new Error(`waited ${withinMs} ms in vain until ${what}`);
    await sleep(everyMs);
  }
}
