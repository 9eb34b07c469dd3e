import type { LossWindow } from './state.ts';

/** Long enough for a figure in per cent, short enough to follow a cable that gets worse. */
const windowMs = 30_000;

/** Counts one beat that arrived and `missed` ones that did not; the first beat of an incarnation misses none. */
export function countHeard(loss: LossWindow, missed: number, isFirst: boolean, atMs: number): LossWindow {
  const current = atMs - loss.sinceMs < windowMs ? loss : turnWindow(loss, atMs);
  return { ...current, heard: current.heard + 1, missed: current.missed + (isFirst ? 0 : missed) };
}

/** Per cent of the peer's beats that were lost in the last half to full minute; undefined before the first one. */
export function lossPercent(loss: LossWindow): number | undefined {
  const heard = loss.heard + loss.heardBefore;
  const missed = loss.missed + loss.missedBefore;
  return heard + missed === 0 ? undefined : (100 * missed) / (heard + missed);
}

function turnWindow(loss: LossWindow, atMs: number): LossWindow {
  return { sinceMs: atMs, heard: 0, missed: 0, heardBefore: loss.heard, missedBefore: loss.missed };
}
