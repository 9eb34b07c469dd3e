import type { GroupBeat } from './beat.ts';
import type { ChannelConfig, NodeConfig } from './nodeConfig.ts';
import type { Lack, PeerGroup, PeerState } from './peerState.ts';
import { freshMs, lateMs } from './slowLine.ts';
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

/**
 * What the peer says of a group; undefined while it is not heard, and after a silence or a restart until it has told of
 * that group again. A short beat names another one, and the peer may have taken this one meanwhile.
 */
export function saidNow(state: NodeState, name: string, atMs: number): GroupBeat | undefined {
  return knownNow(state, name, atMs)?.beat;
}

/** What is known of a group that the peer's config lacks; undefined where it has it, while it is not heard, or before a full beat. */
export function lackNow(state: NodeState, name: string, atMs: number): Lack | undefined {
  return knownNow(state, name, atMs)?.lack;
}

function knownNow(state: NodeState, name: string, atMs: number): PeerGroup | undefined {
  const known = state.peer.groups[name];
  const isTold = known !== undefined && known.sequence >= state.peer.heardSinceSequence;
  return isTold && peerView(state, atMs) === 'heard' ? known : undefined;
}

/** Beats of it arrive, whether or not it hears this node. */
export function isPeerAlive(state: NodeState, atMs: number): boolean {
  const view = peerView(state, atMs);
  return view === 'heard' || view === 'oneWay' || view === 'unaware';
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
  return newestOf(state, freshMs);
}

/** From when the peer is late: warntime after its newest fresh beat, later on a slow line. */
export function lateAtMs(state: NodeState): number {
  return newestOf(state, lateMs);
}

export function isLate(state: NodeState, atMs: number): boolean {
  return state.peer.incarnation !== undefined && lateAtMs(state) <= atMs;
}

/** It says that its daemon stops, or has. */
export function isGoing({ phase }: Pick<PeerState, 'phase'>): boolean {
  return phase === 'leaving' || phase === 'left';
}

/** When any daemon of the peer was last heard, be it one-way; before it was, the start of this one. */
export function lastHeardMs({ peer, startedAtMs }: NodeState): number {
  return Math.max(startedAtMs, peer.newAtMs ?? startedAtMs, peer.candidate?.atMs ?? startedAtMs);
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

function newestOf(
  state: NodeState,
  allowanceMs: (channel: ChannelConfig, config: NodeConfig, isAlone: boolean) => number,
): number {
  const { config, channels } = state;
  let newestMs = Number.NEGATIVE_INFINITY;
  // A loop, without a call for each channel: this is asked for at every turn of a step.
  for (let index = 0; index < channels.length; index += 1) {
    const channel = config.channels[index];
    const freshAsOfMs = channels[index]?.freshAsOfMs;
    if (channel === undefined || freshAsOfMs === undefined) continue;
    // Nothing that keeps up carries beats any more. In a power cut the line's newest is not the newest of all.
    const isAlone = channel.isSlow && freshAsOfMs - keepsUpAsOfMs(state) >= config.timing.warnMs;
    newestMs = Math.max(newestMs, freshAsOfMs + allowanceMs(channel, config, isAlone));
  }
  return newestMs;
}

/** The newest of the channels that are not slow. */
function keepsUpAsOfMs({ config, channels }: NodeState): number {
  return channels.reduce((newest, { freshAsOfMs }, index) => {
    return config.channels[index]?.isSlow === false ? Math.max(newest, freshAsOfMs ?? newest) : newest;
  }, Number.NEGATIVE_INFINITY);
}
