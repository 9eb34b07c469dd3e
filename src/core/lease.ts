import { isFenced } from './fence.ts';
import type { WitnessGuard } from './nodeConfig.ts';
import { lastHeardMs, peerView } from './peerView.ts';
import type { GroupState, NodeState } from './state.ts';
import { driftMs, regrantMs } from './witnessWords.ts';

/** Without an answer to so many requests in a row the witness counts as not reachable. */
export const unansweredMax = 2;

/** How long a node may serve after what gives it the right to: it stops early enough to be done when the lease ends. */
export function rightMs({ leaseMs, stopMs }: WitnessGuard): number {
  return leaseMs - stopMs - driftMs(leaseMs);
}

/**
 * Until when this node may serve the group, with a witness; without one there is no end.
 *
 * The right counts from the newest of: the moment at which it asked for the lease that was granted; the moment at
 * which it sent the newest beat that the peer has echoed, because the peer then asks for no lease for as long; the
 * last moment at which the peer was proven away. A daemon that has just started is given time to ask.
 */
export function servesUntilMs(state: NodeState, group: GroupState): number {
  const { witness } = state.config.guards;
  if (witness === undefined) return Number.POSITIVE_INFINITY;
  const never = Number.NEGATIVE_INFINITY;
  const fromMs = Math.max(
    group.lease.grantedFromMs ?? never,
    state.peer.freshAsOfMs ?? never,
    state.provenAtMs ?? never,
  );
  return Math.max(fromMs + rightMs(witness), graceEndsAtMs(state, witness));
}

/** Until when a daemon that has just started may hold what it held without a lease that it knows of. */
export function graceEndsAtMs({ witnessSinceMs }: NodeState, { timeoutMs, renewMs }: WitnessGuard): number {
  return witnessSinceMs + 2 * timeoutMs + renewMs;
}

/** Nothing of the group may run here after this, not even on its way down. */
export function leaseEndsAtMs(state: NodeState, group: GroupState): number {
  return servesUntilMs(state, group) + (state.config.guards.witness?.stopMs ?? 0);
}

/** The witness granted the lease, and it lasts. */
export function hasLease({ config }: NodeState, { lease }: GroupState, atMs: number): boolean {
  if (config.guards.witness === undefined || lease.grantedFromMs === undefined) return false;
  return atMs < lease.grantedFromMs + rightMs(config.guards.witness);
}

/**
 * From when this node may ask for the lease of a silent peer: whatever it has echoed gives the peer the right to go on
 * without the witness for a lease, and what it echoed before its own start it does not know.
 */
export function mayAskFromMs(state: NodeState): number {
  const { witness } = state.config.guards;
  return witness === undefined ? Number.NEGATIVE_INFINITY : lastHeardMs(state) + regrantMs(witness.leaseMs);
}

export function isWitnessSilent({ lease }: GroupState): boolean {
  return lease.unanswered >= unansweredMax;
}

/** Keeps the last moment at which the peer was proven away: it needs no lease to be, and comes back unheard at the worst. */
export function noteProven(state: NodeState, atMs: number): NodeState {
  return state.config.guards.witness !== undefined && isPeerProvenAway(state, atMs)
    ? { ...state, provenAtMs: atMs }
    : state;
}

function isPeerProvenAway(state: NodeState, atMs: number): boolean {
  const view = peerView(state, atMs);
  if (view === 'left' || ((state.confirmedDead !== undefined || isFenced(state)) && view !== 'heard')) return true;
  // What the disk knows holds until the peer is heard for the first time.
  const isOnDisk = state.groups.some(({ durable }) => durable.isPeerProvenAway && durable.holding !== 'nothing');
  return view === 'never' && isOnDisk;
}
