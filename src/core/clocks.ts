/** The time of day as beats carry it; undefined for a clock that was never set, or is out of its mind. */
export function wallSeconds(wallMs: number): number | undefined {
  const seconds = Math.floor(wallMs / 1_000);
  return seconds > 0 && seconds < 2 ** 32 ? seconds : undefined;
}

/** By how many seconds the sender's clock is ahead of this one, to a second and the time that the beat took. */
export function clockAheadSeconds(told: number | undefined, wallMs: number): number | undefined {
  const own = wallSeconds(wallMs);
  return told === undefined || own === undefined ? undefined : told - own;
}
