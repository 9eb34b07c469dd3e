import type { ChannelConfig } from './nodeConfig.ts';
import type { NodeState } from './state.ts';

/**
 * How this node sees its peer.
 *
 * - `never`: no authentic beat since this daemon started
 * - `unaware`: beats arrive, none of them has echoed this incarnation
 * - `heard`: a fresh beat, by echo, within deadtime
 * - `oneWay`: new beats keep arriving, but what they echo grows old: the peer does not hear this node
 * - `silent`: none of these
 * - `left`: its last fresh beat said that it has stopped everything and goes
 */
export type PeerView = 'never' | 'unaware' | 'heard' | 'oneWay' | 'silent' | 'left';

export function peerView(state: NodeState, atMs: number): PeerView {
  const { peer } = state;
  if (peer.phase === 'left' && peer.candidate === undefined) return 'left';
  if (freshUntilMs(state) > atMs) return 'heard';
  if (hasNewcomer(state, atMs)) return 'unaware';
  if (peer.incarnation === undefined) return 'never';
  return isOneWay(state, atMs) ? 'oneWay' : 'silent';
}

/** Beats arrive of an incarnation that has not echoed this one yet. */
export function hasNewcomer({ peer }: NodeState, atMs: number): boolean {
  return peer.candidate !== undefined && atMs < peer.candidate.untilMs;
}

/** Not heard for so long that it would have been, if it were there. */
export function isGone(state: NodeState, atMs: number): boolean {
  const view = peerView(state, atMs);
  return view === 'silent' || view === 'left' || (view === 'never' && hasWaitedInitdead(state, atMs));
}

export function hasWaitedInitdead({ startedAtMs, config }: NodeState, atMs: number): boolean {
  return atMs - startedAtMs >= config.timing.initdeadMs;
}

/** Until when the newest fresh beat counts: each channel has its own deadtime. */
export function freshUntilMs(state: NodeState): number {
  return newestOf(state, (channel) => Math.max(channel.deadMs, state.config.timing.deadMs));
}

/** From when the peer is late: warntime after its newest fresh beat, in proportion on a slow channel. */
export function lateAtMs(state: NodeState): number {
  const { warnMs, deadMs } = state.config.timing;
  return newestOf(state, (channel) => (channel.isSlow ? Math.max(warnMs, (channel.deadMs * warnMs) / deadMs) : warnMs));
}

export function isLate(state: NodeState, atMs: number): boolean {
  return state.peer.incarnation !== undefined && lateAtMs(state) <= atMs;
}

/** How long ago, at the most, the peer was certainly alive; undefined when it never was. */
export function freshAgeMs(state: NodeState, atMs: number): number | undefined {
  return state.peer.freshAsOfMs === undefined ? undefined : atMs - state.peer.freshAsOfMs;
}

/**
 * A beat that came when the peer was late already: its echo was old, so the peer lives and does not hear this node,
 * or has just come out of a stall and will answer.
 */
function isOneWay(state: NodeState, atMs: number): boolean {
  const { newAtMs, newUntilMs } = state.peer;
  return newAtMs !== undefined && newUntilMs !== undefined && atMs < newUntilMs && newAtMs >= lateAtMs(state);
}

function newestOf(state: NodeState, allowanceMs: (channel: ChannelConfig) => number): number {
  return state.channels.reduce((newest, channel, index) => {
    const config = state.config.channels[index];
    if (config === undefined || channel.freshAsOfMs === undefined) return newest;
    return Math.max(newest, channel.freshAsOfMs + allowanceMs(config));
  }, Number.NEGATIVE_INFINITY);
}
