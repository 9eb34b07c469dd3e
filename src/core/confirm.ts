import { isHigher, isSameEpoch } from './identity.ts';
import { hasLease } from './lease.ts';
import { lackNow, saidNow } from './peerView.ts';
import type { GroupState, NodeState } from './state.ts';

/**
 * Whether a node that held the group before its restart, a stall or a lapse may go on with it: the peer answers
 * and claims nothing higher, or nobody can have taken the group meanwhile: the witness kept its lease, for one.
 */
export function canGoOn(state: NodeState, group: GroupState, atMs: number): boolean {
  const said = saidNow(state, group.config.name, atMs);
  if (said !== undefined) return said.isVerifiedStopped || !isHigher(said.epoch, group.durable.heldEpoch);
  if (lackNow(state, group.config.name, atMs) === 'free' || hasLease(state, group, atMs)) return true;
  if (group.activity.kind === 'unconfirmed') return group.activity.canConfirmAlone;
  return couldNobodyTake(state, group, atMs);
}

/**
 * The gap since the last renewal was too short for the peer to have taken over, or the peer had been silent for
 * deadtime already when this node owned.
 */
export function couldNobodyTake(state: NodeState, group: GroupState, atMs: number): boolean {
  const { heldEpoch, epoch, isPeerSilent } = group.durable;
  if (!isSameEpoch(heldEpoch, epoch)) return false;
  if (isPeerSilent) return true;
  if (group.renewedAtMs === undefined) return false;
  const gapMs = atMs - group.renewedAtMs;
  return gapMs < state.config.timing.deadMs && gapMs < state.config.timing.leaseMs;
}
