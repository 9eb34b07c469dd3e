import type { DurableGroup } from './durable.ts';
import { movesMax } from './durable.ts';
import type { Evidence } from './evidence.ts';
import { evidenceSentences } from './evidence.ts';
import { isMove } from './flapping.ts';
import { isReleasedToSelf, isTrueOnDisk, lastOwner, replaceGroup, savedGroup, withDurable } from './groups.ts';
import type { Epoch } from './identity.ts';
import { isHigher, isSameEpoch, noEpoch } from './identity.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import { isGoing, isGone, peerView } from './peerView.ts';
import { withoutServing } from './serving.ts';
import type { GroupState, NodeState } from './state.ts';

/**
 * Claims the group: the epoch goes to disk, and the activity waits for it there (I6).
 *
 * While the peer is heard, and has not itself given the group to this node, its echo is waited for too, so
 * that of two claims at one moment the lower withdraws before anything starts.
 */
export function beginClaim(state: NodeState, group: GroupState, evidence: Evidence, moment: Moment): NodeState {
  const said = state.peer.groups[group.config.name]?.beat;
  const isGiven = isReleasedToSelf(group, said) || isGoing(state.peer);
  const epoch = claimedEpoch(state, group, said?.epoch.counter ?? 0);
  const isResumed = isSameEpoch(epoch, group.durable.heldEpoch);
  const change: Partial<DurableGroup> = {
    holding: group.activity.kind === 'unconfirmed' ? group.durable.holding : 'claimed',
    epoch,
    heldEpoch: epoch,
    isReleasingToPeer: false,
    isDownByOrder: false,
    openSync: undefined,
    hasFaltered: isResumed && group.durable.hasFaltered,
    isByOperator: group.wish?.kind === 'takeover',
    isPeerProvenAway: isPeerAway(state, group, evidence),
    hasPeerStopFailed: group.durable.hasPeerStopFailed && evidence !== 'E2',
    isPeerSilent: isGone(state, moment.atMs),
    isDiverged: false,
    staleSinceWallMs: undefined,
    sinceWallMs: moment.wallMs,
    movesWallMs: countsAsMove(state, group, evidence)
      ? [...group.durable.movesWallMs, moment.wallMs].slice(-movesMax)
      : group.durable.movesWallMs,
  };
  record(moment, 'claimed', `${state.config.self} claims ${group.config.name}: ${evidenceSentences[evidence]}`, {
    group: group.config.name,
    evidence,
    rule: group.because.rule,
    facts: { epoch: epoch.counter },
  });
  return replaceGroup(state, {
    ...withDurable(group, change),
    activity: {
      kind: 'claiming',
      sinceMs: moment.atMs,
      evidence,
      needsEcho: peerView(state, moment.atMs) === 'heard' && !isGiven,
      toldInSequence: undefined,
    },
    isVerifiedStopped: false,
    hasLostByRestart: false,
    releasedInSequence: undefined,
    isAddressDropped: false,
    renewedAtMs: undefined,
    latch: undefined,
    wish: group.wish?.kind === 'takeover' ? { ...group.wish, isAccepted: true } : undefined,
    position: { atCommonBeat: 0, newest: 0 },
  });
}

/**
 * A peer that gave the group away, or of which an operator says that it runs nothing of it, lives on, and may take it
 * again when this node is not heard: only one that goes does not. What the disk knows of it holds until it is heard,
 * through any number of restarts.
 */
function isPeerAway(state: NodeState, { durable }: GroupState, evidence: Evidence): boolean {
  if (evidence === 'alone') return durable.isPeerProvenAway;
  const isConfirmed = state.confirmedDead !== undefined;
  return isConfirmed || evidence === 'E2' || (evidence === 'E1' && isGoing(state.peer));
}

/** Goes on to the start when the claim is on disk, and echoed where that is needed. */
export function pressClaim(state: NodeState, group: GroupState): NodeState {
  if (group.activity.kind !== 'claiming') return state;
  const { needsEcho, toldInSequence } = group.activity;
  const isOnDisk = isTrueOnDisk(
    state,
    group.config.name,
    (saved) => saved.holding !== 'nothing' && isSameEpoch(saved.heldEpoch, group.durable.heldEpoch),
  );
  const isEchoed = !needsEcho || (toldInSequence !== undefined && group.echoedSequence >= toldInSequence);
  return isOnDisk && isEchoed ? replaceGroup(state, { ...group, activity: { kind: 'starting', next: 0 } }) : state;
}

/** Gives a claim up that has started nothing. A node whose services still run goes back to asking. */
export function withdraw(state: NodeState, group: GroupState, moment: Moment): NodeState {
  record(
    moment,
    'role-changed',
    `${state.config.self} withdraws its claim to ${group.config.name}: ${group.because.sentence}`,
    {
      group: group.config.name,
      rule: group.because.rule,
    },
  );
  if (group.durable.holding !== 'claimed') {
    return replaceGroup(state, {
      ...group,
      activity: { kind: 'unconfirmed', sinceMs: moment.atMs, canConfirmAlone: false },
    });
  }
  // It never held under this epoch: what it held before, if that served, is what it may go on with by itself.
  const { servedEpoch } = group.durable;
  const heldEpoch = servedEpoch.node === state.config.self ? servedEpoch : noEpoch;
  return replaceGroup(state, {
    ...withDurable(group, { holding: 'nothing', heldEpoch }),
    activity: { kind: 'idle' },
    isVerifiedStopped: true,
    wish: undefined,
  });
}

/**
 * The survivor of a split takes an epoch above both: what runs here goes on under it. Above one, too, that the peer took
 * and could not write down: it may be on its disk all the same. Where this disk takes no writes it waits for that.
 */
export function reclaim(state: NodeState, group: GroupState, moment: Moment): NodeState {
  if (group.latch?.verdict !== 'won' || state.disk.failure !== undefined) return state;
  const said = state.peer.groups[group.config.name]?.beat;
  const counters = [group.durable.epoch.counter, said?.epoch.counter ?? 0, said?.latch?.epochCounter ?? 0];
  const counter = Math.max(...counters) + 1;
  const epoch: Epoch = { counter, node: state.config.self };
  const before = withoutServing(group);
  const { holding, heldEpoch, servedEpoch, copyEpoch, hasFaltered } = before.durable;
  const hasServed = holding === 'serving';
  record(moment, 'contest', `${state.config.self} goes on with ${group.config.name} under epoch ${counter}`, {
    group: group.config.name,
  });
  return replaceGroup(state, {
    ...withDurable(before, {
      epoch,
      heldEpoch: epoch,
      hasFaltered: false,
      ...(hasServed ? { servedEpoch: epoch, copyEpoch: epoch } : {}),
    }),
    latch: {
      ...group.latch,
      verdict: 'reclaimed',
      before: {
        durable: { heldEpoch, servedEpoch, copyEpoch, hasFaltered },
        isUnconfirmed: group.activity.kind === 'unconfirmed',
      },
    },
    activity: group.activity.kind === 'active' ? { kind: 'active' } : { kind: 'starting', next: 0 },
  });
}

/** Goes back to what was held before a reclaim that is not on disk, and not told; that its epoch was taken stays known. */
export function withoutReclaim(state: NodeState, group: GroupState, moment: Moment): GroupState {
  const before = group.latch?.before;
  const saved = savedGroup(state, group.config.name);
  const isOnDisk = saved !== undefined && isSameEpoch(saved.heldEpoch, group.durable.heldEpoch);
  if (before === undefined || isOnDisk) return group;
  const { heldEpoch, servedEpoch, hasFaltered } = group.durable;
  // What the peer has served since was heard of meanwhile.
  const isNews = isHigher(servedEpoch, heldEpoch);
  const change = { ...before.durable, hasFaltered: hasFaltered || before.durable.hasFaltered };
  return {
    ...withDurable(group, isNews ? { ...change, servedEpoch } : change),
    activity: before.isUnconfirmed
      ? { kind: 'unconfirmed', sinceMs: moment.atMs, canConfirmAlone: false }
      : group.activity,
  };
}

/**
 * The last owner goes on under its own epoch, unless the peer was told that it may take the group: it may
 * have claimed the next one already.
 */
function claimedEpoch(state: NodeState, group: GroupState, peerCounter: number): Epoch {
  const { heldEpoch, epoch, isReleasingToPeer } = group.durable;
  const isLastOwner = heldEpoch.counter > 0 && isSameEpoch(heldEpoch, epoch) && !isReleasingToPeer;
  if (isLastOwner && peerCounter <= heldEpoch.counter) return heldEpoch;
  return { counter: Math.max(epoch.counter, peerCounter) + 1, node: state.config.self };
}

/** Shutdowns, reboots and operators do not count: they are no sign of flapping. What the peer offered does. */
function countsAsMove(state: NodeState, group: GroupState, evidence: Evidence): boolean {
  if (group.wish?.kind === 'takeover') return false;
  const { phase, groups } = state.peer;
  const isHandOver = phase === 'online' || phase === 'suspect';
  const isOffer = isHandOver && groups[group.config.name]?.beat?.isReleasedToPeer === true;
  const isTaken = evidence === 'E4' && lastOwner(group) === state.config.peer;
  return isMove(state, group, evidence) || isTaken || (evidence === 'E1' && isOffer);
}
