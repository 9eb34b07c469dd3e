import type { GroupBeat, Latch } from './beat.ts';
import { withoutReclaim } from './claim.ts';
import { isServing } from './groups.ts';
import { isHigher } from './identity.ts';
import { noteIncident, survivor } from './incident.ts';
import { wasLanSeen } from './lan.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import type { PeerView } from './peerView.ts';
import { peerView, saidNow } from './peerView.ts';
import type { GroupState, HeldLatch, NodeState } from './state.ts';

/**
 * Two nodes that both serve meet again.
 *
 * C1. Each takes its latch once, at the first contact, and beats it.
 * C2. A side knows the verdict when it has the other's latch, and the other has echoed a beat with its own.
 * C3. The winner claims above both, on disk; the loser stops when it hears that. Nobody stops before. A winner that
 *     restarts before it has said so takes another latch: the loser decides anew, or both would wait for each other.
 *     So does a side whose disk stops or begins to take writes.
 * C4. Nothing is merged: the loser's copy is marked as diverged.
 */
export function meetContest(state: NodeState, met: GroupState, moment: Moment): GroupState {
  if (!isServing(met) && met.latch === undefined) return met;
  const group = followDisk(state, met, moment);
  const said = saidNow(state, group.config.name, moment.atMs);
  const view = peerView(state, moment.atMs);
  if (view !== 'heard' || said === undefined || !isContested(group, said)) {
    const because = `${state.config.peer} was silent, stood still or restarted`;
    const isNews = isYielding(group, view, said);
    return endContest(isNews ? noteIncident(state, group, { stays: true, because }, moment) : group, view, said);
  }
  const held = group.latch ?? openLatch(state, latchOf(state, group, moment.atMs));
  if (group.latch === undefined) {
    record(
      moment,
      'contest',
      `${state.config.peer} serves ${group.config.name} too: both tell what they have, one will stop`,
      {
        level: 'error',
        group: group.config.name,
        facts: { mine: held.mine, epoch: group.durable.heldEpoch, peerEpoch: said.epoch },
      },
    );
  }
  const isEchoed = held.toldInSequence !== undefined && group.echoedSequence >= held.toldInSequence;
  const isSettled = held.verdict === 'won' || held.verdict === 'reclaimed';
  if (isSettled || said.latch === undefined || !isEchoed) return { ...group, latch: held };
  const { self, peer } = state.config;
  const outcome = survivor(held.mine, said.latch, self, peer);
  const verdict = outcome.stays ? ('won' as const) : ('lost' as const);
  if (verdict === held.verdict) return group;
  const settled = { ...group, latch: { ...held, verdict } };
  return noteIncident(state, settled, outcome, moment);
}

/**
 * Who cannot write down that it stays says so, and who can again as well: the peer waits for the higher epoch. One that
 * did not get to the disk is given back, and named in the latch: it may be there all the same, and must not win later.
 */
function followDisk(state: NodeState, group: GroupState, moment: Moment): GroupState {
  const { latch, durable } = group;
  if (latch === undefined || latch.isDiskFailing === isDiskFailing(state)) return group;
  const isReclaimed = latch.verdict === 'reclaimed';
  const back = withoutReclaim(state, group, moment);
  if (isReclaimed && back === group) return group;
  const epochCounter = isReclaimed ? durable.heldEpoch.counter : latch.mine.epochCounter;
  return { ...back, latch: openLatch(state, { ...latch.mine, epochCounter, yields: doesYield(state, back) }) };
}

function openLatch(state: NodeState, mine: Latch): HeldLatch {
  return { mine, toldInSequence: undefined, verdict: 'open', isDiskFailing: isDiskFailing(state), before: undefined };
}

function isDiskFailing({ disk }: NodeState): boolean {
  return disk.failure !== undefined;
}

/** Somebody else serves under a higher epoch, and it is not, or no longer, a matter of a contest. */
export function isOutranked(state: NodeState, group: GroupState, atMs: number): boolean {
  const { kind } = group.activity;
  if (kind === 'idle' || kind === 'syncing') return false;
  if (kind === 'checking' && group.durable.holding === 'nothing') return false;
  const { heldEpoch, servedEpoch } = group.durable;
  const name = group.config.name;
  const heard = saidNow(state, name, atMs);
  const said = heard ?? state.peer.latest[name]?.beat;
  const isPeerHigher = said !== undefined && isServingRole(said) && isHigher(said.epoch, heldEpoch);
  if (heard !== undefined && isContested(group, heard)) {
    if (group.latch === undefined) return false;
    const contested = Math.max(group.latch.mine.epochCounter, heard.latch?.epochCounter ?? 0);
    return isPeerHigher && heard.latch !== undefined && heard.epoch.counter > contested;
  }
  return (isPeerHigher || isHigher(servedEpoch, heldEpoch)) && !isMeeting(state, group, atMs);
}

/**
 * Two that served apart begin to hear each other: the first beats still echo what was sent before the split, and
 * say nothing about whether the peer will answer. A side that faltered yields at once, a peer that stays one-way wins.
 */
export function isMeeting(state: NodeState, group: GroupState, atMs: number): boolean {
  const { arrivingSinceMs, latest } = state.peer;
  const { name } = group.config;
  const said = latest[name]?.beat;
  if (saidNow(state, name, atMs) !== undefined || said === undefined || arrivingSinceMs === undefined) return false;
  const isBoth = isContested(group, said) && group.activity.kind !== 'unconfirmed' && !group.durable.hasFaltered;
  return isBoth && atMs - arrivingSinceMs < meetingMs(state, peerView(state, atMs) === 'heard');
}

/**
 * An answer takes two beats; as many may be lost. A peer that has answered will tell of this group too: on a slow line
 * when its turn comes, or a round later where that beat is lost.
 */
function meetingMs({ config }: NodeState, isAnswered: boolean): number {
  const turns = isAnswered ? 2 * config.groups.length : 0;
  const eachMs = config.channels.map(({ beatMs, isSlow }) => (4 + (isSlow ? turns : 0)) * beatMs);
  return Math.max(4 * config.timing.keepaliveMs, ...eachMs);
}

/** Both serve under different epochs. A restarted side with the lower one just yields. */
function isContested(group: GroupState, said: GroupBeat): boolean {
  if (!isServing(group) || !isServingRole(said)) return false;
  const isLowerRestarted = group.activity.kind === 'unconfirmed' && isHigher(said.epoch, group.durable.heldEpoch);
  const isPeerLowerRestarted = said.role === 'unconfirmed' && isHigher(group.durable.heldEpoch, said.epoch);
  return !isLowerRestarted && !isPeerLowerRestarted;
}

function isServingRole({ role }: GroupBeat): boolean {
  return role === 'starting' || role === 'active' || role === 'unconfirmed';
}

/** A winner keeps its latch until the loser has stopped; whoever is alone again forgets it. */
function endContest(group: GroupState, view: PeerView, said: GroupBeat | undefined): GroupState {
  if (group.latch === undefined) return group;
  const isOver = view !== 'heard' || said === undefined || said.isVerifiedStopped || !isServing(group);
  return isOver ? { ...group, latch: undefined } : group;
}

/** The peer served too, stops by itself, and says so in a fresh beat: it stalled or restarted, and heard that it is outranked. */
function isYielding(group: GroupState, view: PeerView, said: GroupBeat | undefined): boolean {
  if (view !== 'heard' || said?.role !== 'stopping' || !isServing(group)) return false;
  if (group.latch !== undefined && group.latch.verdict !== 'open') return false;
  return group.durable.holding === 'serving' && said.epoch.counter > 0 && isHigher(group.durable.heldEpoch, said.epoch);
}

function latchOf(state: NodeState, group: GroupState, atMs: number): Latch {
  return {
    epochCounter: group.durable.heldEpoch.counter,
    yields: doesYield(state, group),
    isLanHealthy: wasLanSeen(state, group, atMs),
    transactions: Math.max(0, group.position.newest - group.position.atCommonBeat),
    isByOperator: group.durable.isByOperator,
  };
}

/** Who cannot write down that it stays could not go on. */
function doesYield(state: NodeState, { durable }: GroupState): boolean {
  return durable.hasFaltered || state.isHoldMode || isDiskFailing(state);
}
