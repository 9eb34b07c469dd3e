import { silentMs } from './slowLine.ts';
import type { NodeState } from './state.ts';

/** Whether both nodes hear each other now on two media or more. */
export function hasTwoUsableMedia(state: NodeState, atMs: number): boolean {
  const up = state.config.channels.filter((_, index) => channelView(state, index, atMs) === 'up');
  return up.some(({ medium }) => medium !== up[0]?.medium);
}

/**
 * Media whose channels were alive at the last fresh beat and fell silent together with it: evidence, if there are two.
 * A channel on which beats went on to arrive, be they one-way, fell silent later than one on which none did.
 */
export function mediaSilencedTogether(state: NodeState): ReadonlySet<string> {
  const heard = state.channels.map(({ heardAtMs }) => heardAtMs ?? Number.NEGATIVE_INFINITY);
  const arrived = state.channels.map(({ arrivedAtMs }) => arrivedAtMs ?? Number.NEGATIVE_INFINITY);
  const media = state.config.channels
    .filter((channel, index) => {
      const togetherMs = silentMs(channel, state.config);
      return isWithin(heard, index, togetherMs) && isWithin(arrived, index, togetherMs);
    })
    .map(({ medium }) => medium);
  return new Set(media);
}

function isWithin(times: readonly number[], index: number, togetherMs: number): boolean {
  const lastMs = Math.max(...times);
  return lastMs !== Number.NEGATIVE_INFINITY && lastMs - (times[index] ?? Number.NEGATIVE_INFINITY) < togetherMs;
}

/** `one-way`: the peer is heard here, and says that it does not hear this node here. */
export function channelView(state: NodeState, index: number, atMs: number): 'up' | 'one-way' | 'down' {
  if (!isHeardOn(state, index, atMs)) return 'down';
  return (state.peer.hearsOn & (1 << index)) === 0 ? 'one-way' : 'up';
}

/** The channels on which the peer is heard, as the bits of a beat. */
export function hearsOn(state: NodeState, atMs: number): number {
  return state.channels.reduce((bits, _, index) => (isHeardOn(state, index, atMs) ? bits | (1 << index) : bits), 0);
}

/** A slow line may be late by four of its beats before it counts as down, a fast one by deadtime. */
function isHeardOn(state: NodeState, index: number, atMs: number): boolean {
  const heardAtMs = state.channels[index]?.heardAtMs;
  const config = state.config.channels[index];
  return heardAtMs !== undefined && config !== undefined && atMs - heardAtMs < config.deadMs;
}
