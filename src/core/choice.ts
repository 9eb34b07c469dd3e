import { isOnlyBehind } from './armed.ts';
import type { ArmedReason, GroupBeat } from './beat.ts';
import { isReleasedToSelf, lastOwner } from './groups.ts';
import { compareEpochs, isSameEpoch } from './identity.ts';
import { whoSeesLan } from './pings.ts';
import type { GroupState, NodeState } from './state.ts';

/**
 * Whom to choose when both nodes are heard and neither holds the group.
 *
 * Both nodes compute it from the same beats, so that they come to the same answer; where they do not,
 * the claim's echo keeps them from starting both.
 */
export function choose(
  state: NodeState,
  group: GroupState,
  said: GroupBeat,
  reason: ArmedReason,
  atMs: number,
): 'self' | 'peer' | 'nobody' {
  if (said.armed === 'down-by-order') return 'nobody';
  // An operator wants it there with the copy as it is: this node has stopped for that, and must not start again.
  if (group.durable.isReleasingToPeer && said.wish === 'forcedTakeover' && isOnlyBehind(said.armed)) return 'peer';
  const isArmed = reason === 'armed';
  const isPeerArmed = said.armed === 'armed';
  // What failed at its last owner is not taken by a node that is configured otherwise.
  const isOffer = said.armed === 'start-failed' && lastOwner(group) === state.config.peer;
  if (isOffer && said.digest !== group.config.digest) return 'peer';
  if (!isArmed || !isPeerArmed) return isArmed ? 'self' : isPeerArmed ? 'peer' : 'nobody';
  if (isReleasedToSelf(group, said)) return 'self';
  if (group.durable.isReleasingToPeer || isWaitingForPeer(state, group, atMs)) return 'peer';
  if (hasPeerLostIt(state, group)) return 'self';
  const byCopy = compareEpochs(group.durable.copyEpoch, said.copyEpoch);
  if (group.config.dataClass !== 'none' && byCopy !== 0) return byCopy > 0 ? 'self' : 'peer';
  const bySight = whoSeesLan(state);
  if (bySight !== 'same') return bySight;
  const last = lastOwner(group);
  if (last === state.config.self) return 'self';
  if (last === state.config.peer) return 'peer';
  return group.config.preferred === state.config.self ? 'self' : 'peer';
}

/** It owned in an incarnation that this node saw, and has come back without it: nothing has run there since. */
function hasPeerLostIt(state: NodeState, group: GroupState): boolean {
  const known = state.peer.groups[group.config.name];
  return known?.hasLostByRestart === true && group.durable.epoch.node === state.config.peer;
}

/** A node that lost the group by its own restart leaves it to a peer that was up, for one deadtime. */
function isWaitingForPeer(state: NodeState, group: GroupState, atMs: number): boolean {
  const { met } = state.peer;
  const wasLastOwner = isSameEpoch(group.durable.heldEpoch, group.durable.epoch);
  return group.hasLostByRestart && wasLastOwner && met?.isUp === true && atMs - met.atMs < state.config.timing.deadMs;
}
