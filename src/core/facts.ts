import { armedReason, devicesOf, hasCarrier, isBroken, isOnlyBehind } from './armed.ts';
import { addressVerdict, leaseOverAtMs } from './ask.ts';
import type { GroupBeat } from './beat.ts';
import { choose } from './choice.ts';
import { canGoOn } from './confirm.ts';
import type { Evidence } from './evidence.ts';
import { isFailbackDue } from './failback.ts';
import { fenceFact, isProofOfAbsence } from './fence.ts';
import { isFlapping, isMove } from './flapping.ts';
import { isHolding, isInMaintenance, isLeftStopped, isReleasedToSelf, isServing } from './groups.ts';
import { isMeeting, isOutranked } from './heal.ts';
import { isHigher, isSameEpoch } from './identity.ts';
import { isAddressSilentInProvenLan } from './lan.ts';
import { hasLease, isWitnessSilent, mayAskFromMs, servesUntilMs } from './lease.ts';
import { mediaSilencedTogether } from './media.ts';
import type { PeerView } from './peerView.ts';
import { freshUntilMs, hasWaitedInitdead, lackNow, lateAtMs, peerView, saidNow } from './peerView.ts';
import { isPingLostHereAlone, pingView } from './pings.ts';
import { isLoopHealthy } from './stall.ts';
import type { GroupState, NodeState } from './state.ts';
import { isWatchdogFailed, selfFenceMs, selfFenceOf } from './watchdog.ts';

/**
 * What the rules look at, for one group at one moment. Everything that decides is here,
 * in words that a person can check; nothing here remembers which event came.
 */
export interface Facts {
  /** What this node holds of the group. `unconfirmed`: it did before a restart, a stall or a lapse. */
  readonly holding: 'nothing' | 'claiming' | 'starting' | 'serving' | 'unconfirmed' | 'stopping';
  /** An authentic beat shows a higher epoch serving, and no contest is open about it. */
  readonly isOutranked: boolean;
  /** Both serve after a split, and have not yet settled who stays. */
  readonly contest: 'none' | 'open' | 'won' | 'lost';
  /** Hands off: an operator works on what the group is made of. */
  readonly isInMaintenance: boolean;
  readonly isLeaving: boolean;
  /** Hold mode, an unsettled stall, unwritable slots, no runner. */
  readonly isBroken: boolean;
  readonly stopFailed: 'no' | 'here' | 'peer';
  readonly trouble: 'none' | 'givingUp' | 'backoff';
  /** No carrier on the service device, or no ping target answers, while the peer could do better; or no carrier, and nobody is heard. */
  readonly isolation: 'none' | 'handOver' | 'alone';
  /** The peer says that it does not hear this node, and will take over soon. */
  readonly isNotHeard: boolean;
  readonly wish: 'none' | 'peerAsks' | 'releaseAsked' | 'takeoverFree' | 'takeoverWaits';
  readonly peer: PeerView;
  readonly isPeerHolding: boolean;
  /** Its fresh beat shows it on its way down, stuck there, beaten in a contest or about to yield; or its last word was a failed stop. */
  readonly isPeerStopping: boolean;
  readonly isPeerArmed: boolean;
  /** Whom both nodes would choose when nobody holds the group. */
  readonly choice: 'self' | 'peer' | 'nobody';
  readonly isArmed: boolean;
  /** An operator took the group down with `release --force`, here or at the peer. */
  readonly isDownByOrder: boolean;
  readonly canConfirm: boolean;
  /** The preferred node could have had the group back for its settle time, and may take it by itself. */
  readonly isFailbackDue: boolean;
  readonly hasWaitedInitdead: boolean;
  readonly mayStartAlone: boolean;
  readonly evidence: Evidence | 'none';
  readonly isEvidenceEnough: boolean;
  /** The evidence would be enough if a ping target answered here. */
  readonly isBlind: boolean;
  /** It would be enough once the watchdog of a peer that hangs has had its time. */
  readonly isSelfFencePending: boolean;
  /** A watchdog is configured, and cannot be armed here. */
  readonly isWatchdogFailed: boolean;
  /**
   * Of the witness. An owner's is `kept` while it may serve by it, or by what stands for it, and `over` when it must
   * stop. Whoever needs it to claim is in the pause before he may ask, waits for an answer, has it, or does not get it.
   */
  readonly lease: 'unneeded' | 'kept' | 'over' | 'paused' | 'awaited' | 'granted' | 'refused' | 'unreachable';
  /** What a fence would have to do, and has come to; `person` while a group is in maintenance, too; `none` where nothing is to be fenced, or is already. */
  readonly fence: 'none' | 'due' | 'failed' | 'person' | 'lied';
  /** Whether the floating address answers; `unknown` until it was asked for. */
  readonly address: 'free' | 'unknown' | 'held';
  /** Too many automatic moves: none more until an operator acknowledges. */
  readonly isFlapping: boolean;
  /** A claim now would be such a move: not a restart of what is this node's own, nor done by anybody's word. */
  readonly isMove: boolean;
}

export function factsOf(state: NodeState, group: GroupState, atMs: number, wallMs: number): Facts {
  const view = peerView(state, atMs);
  const said = state.peer.groups[group.config.name]?.beat;
  const heard = saidNow(state, group.config.name, atMs);
  const lack = lackNow(state, group.config.name, atMs);
  const isFreeThere = lack === 'free' || (lack !== undefined && isForcedHere(group));
  const isPeerHolding = view === 'heard' && (heard === undefined ? !isFreeThere : doesHold(heard, group));
  const evidence = evidenceOf(state, group, view, said, atMs);
  const isEvidence = evidence !== undefined && isEnough(state, group, evidence, atMs);
  const reason = armedReason(state, group, atMs, wallMs);
  return {
    holding: holdingOf(group),
    isOutranked: isOutranked(state, group, atMs),
    contest: heard !== undefined ? contestOf(group) : isMeeting(state, group, atMs) ? 'open' : 'none',
    isInMaintenance: isInMaintenance(group),
    isLeaving: state.leaving.kind !== 'no',
    isBroken: isBroken(state),
    stopFailed: stopFailedOf(group, evidence),
    trouble: group.trouble.isGivingUp ? 'givingUp' : group.trouble.backoffUntilMs > atMs ? 'backoff' : 'none',
    isolation: isolationOf(state, group, view, heard, atMs),
    isNotHeard: isNotHeard(state, group, view, atMs),
    wish: wishOf(state, group, { view, isHolding: isPeerHolding }, heard, evidence),
    peer: view,
    isPeerHolding,
    isPeerStopping:
      heard === undefined ? stopFailedOf(group, evidence) === 'peer' : isOnItsWayDown(heard) || isBeaten(group, heard),
    isPeerArmed: heard?.armed === 'armed',
    choice:
      heard !== undefined
        ? choose(state, group, heard, reason, atMs)
        : isFreeThere && reason === 'armed'
          ? 'self'
          : 'nobody',
    isArmed: reason === 'armed' || (isForcedHere(group) && isOnlyBehind(reason)),
    isDownByOrder: !isHolding(group) && (group.durable.isDownByOrder || said?.armed === 'down-by-order'),
    canConfirm: group.activity.kind === 'unconfirmed' && canGoOn(state, group, atMs),
    isFailbackDue: isFailbackDue(group, atMs),
    hasWaitedInitdead: hasWaitedInitdead(state, atMs),
    mayStartAlone: mayStartAlone(state, group),
    evidence: evidence ?? 'none',
    isEvidenceEnough: isEvidence && !isSilenceUnseen(state, evidence),
    isBlind: (isEvidence || state.config.guards.fence !== undefined) && isSilenceUnseen(state, evidence),
    isSelfFencePending: isSelfFencePending(state, group, evidence, atMs),
    isWatchdogFailed: isWatchdogFailed(state),
    lease: leaseOf(state, group, evidence, atMs),
    fence: fenceFact(state, group, evidence, atMs),
    address: addressVerdict(state, group, atMs),
    isFlapping: isFlapping(group),
    isMove: isMove(state, group, evidence),
  };
}

function holdingOf(group: GroupState): Facts['holding'] {
  switch (group.activity.kind) {
    case 'claiming':
      return 'claiming';
    case 'starting':
      return 'starting';
    case 'active':
      return 'serving';
    case 'unconfirmed':
      return 'unconfirmed';
    case 'stopping':
      return 'stopping';
    case 'checking':
      return isHolding(group) ? 'unconfirmed' : 'nothing';
    case 'idle':
    case 'syncing':
      return 'nothing';
  }
}

function contestOf(group: GroupState): Facts['contest'] {
  const verdict = group.latch?.verdict ?? 'none';
  return verdict === 'reclaimed' ? 'none' : verdict;
}

/** A machine that is off runs nothing, whatever it could not stop before. */
function stopFailedOf({ durable }: GroupState, evidence: Evidence | undefined): Facts['stopFailed'] {
  if (durable.stopFailed !== undefined) return 'here';
  return durable.hasPeerStopFailed && evidence !== 'E2' ? 'peer' : 'no';
}

/** The peer holds the group, or may: whatever it has not verified as stopped counts. */
function doesHold(said: GroupBeat, group: GroupState): boolean {
  if (said.role === 'claiming')
    return group.activity.kind !== 'claiming' || isHigher(said.epoch, group.durable.heldEpoch);
  return !said.isVerifiedStopped;
}

/** The contest is won here, and the peer, which will stop, has not yet done so. */
function isBeaten(group: GroupState, said: GroupBeat): boolean {
  return group.latch?.verdict === 'reclaimed' && !said.isVerifiedStopped;
}

function isOnItsWayDown({ role }: GroupBeat): boolean {
  return role === 'stopping' || role === 'failed' || role === 'unconfirmed';
}

function isolationOf(
  state: NodeState,
  group: GroupState,
  view: PeerView,
  heard: GroupBeat | undefined,
  atMs: number,
): Facts['isolation'] {
  if (!isServing(group)) return 'none';
  const canPeer = view === 'heard' && heard?.armed === 'armed';
  if (hasCarrier(state, group)) return canPeer && isPingLostHereAlone(state, atMs) ? 'handOver' : 'none';
  const links = devicesOf(group).flatMap((device) => state.links[device] ?? []);
  const lostAtMs = Math.min(...links.filter((link) => !link.hasCarrier).map(({ sinceMs }) => sinceMs));
  if (atMs - lostAtMs < state.config.timing.warnMs) return 'none';
  if (view === 'heard') return canPeer ? 'handOver' : 'none';
  return 'alone';
}

/**
 * The peer's beats arrive and say `suspect`, and nothing newer than the middle between warntime and deadtime of
 * what this node sent is echoed: time enough is left to stop before the peer takes over.
 */
function isNotHeard(state: NodeState, group: GroupState, view: PeerView, atMs: number): boolean {
  const { warnMs, deadMs } = state.config.timing;
  const { newAtMs, freshAsOfMs, arrivingSinceMs, newestPhase } = state.peer;
  // With a witness the peer takes nothing over while this node has the lease.
  if (state.config.guards.witness !== undefined) return false;
  if (!isServing(group) || view === 'left' || newAtMs === undefined || freshAsOfMs === undefined) return false;
  if (atMs - newAtMs >= warnMs || newestPhase !== 'suspect') return false;
  const echoAgeMs = atMs - Math.max(freshAsOfMs, arrivingSinceMs ?? freshAsOfMs, state.lastStallEndMs ?? freshAsOfMs);
  const latest = state.peer.latest[group.config.name]?.beat;
  const willTakeOver =
    latest?.armed === 'armed' &&
    (mediaSilencedTogether(state).size > 1 ||
      state.config.takeover.isSingleChannelAllowed ||
      state.config.guards.fence !== undefined ||
      selfFenceMs(state) > 0);
  // On a slow line echoes are older: its times are in proportion.
  const isPastMiddle = echoAgeMs >= (warnMs + deadMs) / 2 && atMs >= (lateAtMs(state) + freshUntilMs(state)) / 2;
  return isPastMiddle && willTakeOver;
}

function wishOf(
  state: NodeState,
  group: GroupState,
  peer: { readonly view: PeerView; readonly isHolding: boolean },
  heard: GroupBeat | undefined,
  evidence: Evidence | undefined,
): Facts['wish'] {
  if (group.wish?.kind === 'release' && isHolding(group)) return 'releaseAsked';
  if (heard !== undefined && isServing(group) && asksForIt(group, heard)) return 'peerAsks';
  if (group.wish?.kind !== 'takeover') return 'none';
  if (peer.view === 'heard') return peer.isHolding ? 'takeoverWaits' : 'takeoverFree';
  const isProven = evidence !== undefined && leaselessEvidence.has(evidence);
  const isFree = isProven || evidence === 'E4' || (evidence === 'own' && state.config.guards.witness === undefined);
  return isFree && peer.view !== 'unaware' ? 'takeoverFree' : 'takeoverWaits';
}

/**
 * The peer's wish supersedes the epoch under which this node serves, or a higher one that the peer claimed, and withdrew
 * before it started anything; and the peer may have the group. Files that differ by now stop what is only planned.
 */
function asksForIt(group: GroupState, said: GroupBeat): boolean {
  const { heldEpoch } = group.durable;
  if (said.digest !== group.config.digest) return false;
  const isMeant = isSameEpoch(said.epoch, heldEpoch) || (said.isVerifiedStopped && isHigher(said.epoch, heldEpoch));
  if (said.wish === 'none' || !isMeant) return false;
  return said.armed === 'armed' || (said.wish === 'forcedTakeover' && isOnlyBehind(said.armed));
}

/** An operator wants it here by force, and answers for what this node cannot know. */
function isForcedHere({ wish }: GroupState): boolean {
  return wish?.kind === 'takeover' && wish.isForced;
}

function mayStartAlone(state: NodeState, group: GroupState): boolean {
  const { fence, witness } = state.config.guards;
  switch (state.config.startupAlone) {
    case 'take':
      return fence?.isAtStartup !== true || group.durable.isPeerProvenAway;
    case 'hold':
      return false;
    case 'byData':
      return (
        (group.config.dataClass === 'none' && (fence === undefined || witness !== undefined)) ||
        group.durable.isPeerProvenAway
      );
  }
}

function evidenceOf(
  state: NodeState,
  group: GroupState,
  view: PeerView,
  said: GroupBeat | undefined,
  atMs: number,
): Evidence | undefined {
  if (state.confirmedDead !== undefined && view !== 'heard') return 'E5';
  switch (view) {
    case 'left':
      return isLeftStopped(state, group) ? 'E1' : undefined;
    case 'heard': {
      const lack = lackNow(state, group.config.name, atMs);
      const hasLostIt = state.peer.groups[group.config.name]?.hasLostByRestart === true;
      if (isReleasedToSelf(group, said) || hasLostIt) return 'E1';
      // What it could not stop may run there, whatever its config has.
      if (lack === undefined || group.durable.hasPeerStopFailed) return 'agreed';
      return lack === 'free' ? 'E1' : isForcedHere(group) ? 'E5' : 'agreed';
    }
    case 'silent': {
      if (isReleasedToSelf(group, said) && atMs < servesUntilMs(state, group)) return 'E1';
      if (isProofOfAbsence(state, group)) return 'E2';
      if (isGranted(state, group, atMs)) return 'E4';
      if (isOwnToResume(group)) return 'own';
      const isWide = mediaSilencedTogether(state).size > 1 || isAddressSilentInProvenLan(state, group, said, atMs);
      // A watchdog resets a machine that hangs; it sees no cable that is cut.
      const isHangAsked = isWide || state.config.takeover.isSingleChannelAllowed;
      if (selfFenceOf(state, atMs) === 'over' && isHangAsked && !hasProof(state)) return 'E3';
      return isWide ? 'E6' : 'E7';
    }
    case 'never':
      return isProofOfAbsence(state, group) ? 'E2' : 'alone';
    case 'unaware':
    case 'oneWay':
      return undefined;
  }
}

/** Not the lease alone: what this node echoed may have given the peer the right to go on without it. */
function isGranted(state: NodeState, group: GroupState, atMs: number): boolean {
  return hasLease(state, group, atMs) && atMs >= mayAskFromMs(state);
}

/** What proves more than any lease, or comes from the peer itself. */
const leaselessEvidence: ReadonlySet<Evidence> = new Set(['E1', 'E2', 'E5', 'agreed']);

function leaseOf(state: NodeState, group: GroupState, evidence: Evidence | undefined, atMs: number): Facts['lease'] {
  if (state.config.guards.witness === undefined) return 'unneeded';
  if (isHolding(group)) return atMs < servesUntilMs(state, group) ? 'kept' : 'over';
  if (evidence === undefined || leaselessEvidence.has(evidence)) return 'unneeded';
  if (isGranted(state, group, atMs)) return 'granted';
  if (atMs < mayAskFromMs(state)) return 'paused';
  if (isWitnessSilent(group)) return 'unreachable';
  const verdict = group.lease.wish === 'renew' ? group.lease.answer?.verdict : undefined;
  return verdict === undefined || verdict === 'seen' || verdict === 'released' ? 'awaited' : 'refused';
}

/** This node is the owner of record, and never told the peer that it may take the group. */
function isOwnToResume(group: GroupState): boolean {
  const { heldEpoch, epoch, isReleasingToPeer } = group.durable;
  const hasLost = group.hasLostByRestart || group.durable.hasFaltered;
  return heldEpoch.counter > 0 && isSameEpoch(heldEpoch, epoch) && !isReleasingToPeer && !hasLost;
}

function isEnough(state: NodeState, group: GroupState, evidence: Evidence, atMs: number): boolean {
  const isViewHealthy = isLoopHealthy(state, atMs) && hasCarrier(state, group);
  const { mode, isStrict } = state.config.takeover;
  const isLeaseOver = !isStrict || atMs >= leaseOverAtMs(state);
  const { witness, fence } = state.config.guards;
  const hasWitness = witness !== undefined;
  // What is merely silent may be fenced, or the witness asked, and then there is proof.
  const isSilenceAllowed = mode === 'auto' && !hasWitness && fence === undefined;
  const isSilenceEnough = isSilenceAllowed && isViewHealthy && isLeaseOver && !group.durable.hasPeerStopFailed;
  switch (evidence) {
    case 'E1':
    case 'E2':
    case 'E5':
    case 'agreed':
    case 'alone':
      return true;
    case 'own':
      return isViewHealthy && !hasWitness;
    case 'E4':
      return isViewHealthy && isLeaseOver;
    case 'E3':
      return isSilenceEnough;
    case 'E6':
      return isSilenceEnough && selfFenceOf(state, atMs) !== 'pending';
    case 'E7':
      return isSilenceEnough && state.config.takeover.isSingleChannelAllowed && selfFenceOf(state, atMs) !== 'pending';
  }
}

/** Silence would be enough, and the peer's machine may hang: its watchdog is waited for. */
function isSelfFencePending(
  state: NodeState,
  group: GroupState,
  evidence: Evidence | undefined,
  atMs: number,
): boolean {
  const isSilenceWide = evidence === 'E6' || (evidence === 'E7' && state.config.takeover.isSingleChannelAllowed);
  return isSilenceWide && selfFenceOf(state, atMs) === 'pending' && isEnough(state, group, 'E3', atMs);
}

/** A fence or a witness proves more than time that has passed, and is asked instead. */
function hasProof({ config: { guards } }: NodeState): boolean {
  return guards.fence !== undefined || guards.witness !== undefined;
}

/** Silence says nothing to a node that sees nobody in the service LAN: it may be this one that is cut off. */
function isSilenceUnseen(state: NodeState, evidence: Evidence | undefined): boolean {
  if (evidence !== 'E3' && evidence !== 'E6' && evidence !== 'E7') return false;
  const view = pingView(state);
  return view === 'down' || view === 'unknown';
}
