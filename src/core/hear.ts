import type { Beat, GroupBeat } from './beat.ts';
import { clockAheadSeconds } from './clocks.ts';
import type { HeardBeat } from './event.ts';
import { meetFenced, withdrawFence } from './fenceHeard.ts';
import { withDurable } from './groups.ts';
import { isHigher } from './identity.ts';
import { mapKept } from './kept.ts';
import { countHeard } from './loss.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import { meetNewcomer } from './newcomer.ts';
import type { PeerState } from './peerState.ts';
import { freshUntilMs, isGoing } from './peerView.ts';
import { forgetUnnamed, mergeWords, restartWords } from './peerWords.ts';
import type { ChannelState, GroupState, NodeState, SentBeat } from './state.ts';

/** A pair restarts a few times a day at the most; this many old incarnations are remembered. */
const retiredMax = 16;

/**
 * Takes in one authentic beat.
 *
 * H1. Epochs in it are believed whatever its age: they only grow.
 * H2. It proves life as of the send time of the beat of ours that it echoes, never as of its arrival.
 * H3. Only the highest sequence of the current incarnation changes what the peer is thought to do, and only a fresh one.
 * H4. An incarnation becomes the current one when it echoes a newer beat of this incarnation than any other has: beats of
 *     a daemon that has ended may be under way for longer than the next one takes to start. One that was replaced returns
 *     only in the same way.
 * H5. A failed stop is believed whatever the beat's age: the peer may be heard no better than that, and then not at all.
 * H6. Of a group that a newer, fresh, full beat does not name counts nothing that was said before: the peer's config lacks it.
 */
export function hearBeat(state: NodeState, heard: HeardBeat, moment: Moment): NodeState {
  const { channel, beat } = heard;
  const { peer } = state;
  const learned = believeEpochs(state, beat.groups);
  const echoed = echoedBeat(state, beat);
  if (beat.incarnation === peer.incarnation) return hearCurrent(learned, heard, echoed, moment);
  const isFresh = echoed !== undefined && moment.atMs - echoed.atMs < channelDeadMs(state, channel);
  if (isFresh && echoed.sequence > peer.echoedSequence) {
    return hearCurrent(adopt(learned, beat, moment), heard, echoed, moment);
  }
  return peer.retired.includes(beat.incarnation) ? learned : hearCandidate(learned, channel, beat, moment.atMs);
}

/** The beat of this node that `beat` echoes; undefined when it is not one of this incarnation, or too old to remember. */
function echoedBeat(state: NodeState, beat: Beat): SentBeat | undefined {
  const { echo } = beat;
  if (echo === undefined || echo.incarnation !== state.incarnation) return undefined;
  return state.beats.sent.findLast(({ sequence }) => sequence === echo.sequence);
}

/** An incarnation that has not echoed this node yet is answered at once, so that it can. */
function hearCandidate(state: NodeState, channel: number, beat: Beat, atMs: number): NodeState {
  const met = meetNewcomer(state, beat, atMs, channelDeadMs(state, channel));
  if (met === undefined) return isCandidateBeat(state, channel, beat, atMs) ? arriveOn(state, channel, atMs) : state;
  if (met.candidate === undefined) return { ...state, peer: { ...state.peer, newcomers: met.newcomers } };
  const isKnown = state.peer.newcomers.some(({ incarnation }) => incarnation === beat.incarnation);
  const answerTo = { incarnation: beat.incarnation, sequence: beat.sequence };
  return {
    ...state,
    groups: state.groups.map((group) =>
      // It may serve before it hears this node, and not be heard when this one starts again.
      withDurable(believeFailure(group, saidOf(beat.groups, group)), { isPeerProvenAway: false }),
    ),
    peer: { ...state.peer, ...met },
    channels: arriveOn(state, channel, atMs).channels,
    beats: { ...state.beats, answerTo, isDueNow: state.beats.isDueNow || !isKnown },
    confirmedDead: undefined,
    fence: withdrawFence(state.fence),
  };
}

/** The newest beat of the candidate, which came on another channel before, and comes on this one for the first time. */
function isCandidateBeat(state: NodeState, channel: number, { incarnation, sequence }: Beat, atMs: number): boolean {
  const { candidate } = state.peer;
  if (candidate?.incarnation !== incarnation || candidate.highestSequence !== sequence) return false;
  const arrivedAtMs = state.channels[channel]?.arrivedAtMs ?? Number.NEGATIVE_INFINITY;
  return atMs < candidate.untilMs && arrivedAtMs < candidate.atMs;
}

/** A channel on which the peer's next daemon was heard did not fall silent with the one before. */
function arriveOn(state: NodeState, channel: number, atMs: number): NodeState {
  const channels = state.channels.map((known, index) => (index === channel ? { ...known, arrivedAtMs: atMs } : known));
  return { ...state, channels };
}

/** Makes the beat's incarnation the current one. What the old one held counts as lost unless the new one says that it holds it. */
function adopt(state: NodeState, beat: Beat, moment: Moment): NodeState {
  const { peer } = state;
  const isFirst = peer.incarnation === undefined;
  record(
    moment,
    isFirst ? 'peer-heard' : 'peer-restarted',
    isFirst
      ? `${state.config.peer} is heard`
      : `${state.config.peer} is heard again after a restart of its ${beat.bootId === peer.bootId ? 'daemon' : 'machine'}`,
  );
  const others = peer.retired.filter((incarnation) => incarnation !== beat.incarnation);
  const retired = peer.incarnation === undefined ? others : [...others, peer.incarnation].slice(-retiredMax);
  const fresh: PeerState = {
    ...peer,
    incarnation: beat.incarnation,
    bootId: beat.bootId,
    highestSequence: 0,
    candidate: undefined,
    retired,
    groups: restartWords(peer.groups),
    latest: restartWords(peer.latest),
    reported: 'heard',
    met: isFirst ? { atMs: moment.atMs, isUp: beat.phase !== 'starting' } : peer.met,
  };
  return {
    ...state,
    // It could take nothing while it restarted, whether or not it was missed: it has to settle anew.
    groups: state.groups.map((group) => ({ ...group, canFailBackSinceMs: undefined })),
    peer: fresh,
    fence: withdrawFence(state.fence),
    channels: state.channels.map((channel) => ({ ...channel, highestSequence: 0 })),
  };
}

function hearCurrent(
  state: NodeState,
  { channel, beat, isShort }: HeardBeat,
  echoed: SentBeat | undefined,
  moment: Moment,
): NodeState {
  const { peer } = state;
  const echoedAtMs = echoed?.atMs;
  const isNew = beat.sequence > peer.highestSequence;
  const isFresh = echoedAtMs !== undefined && moment.atMs - echoedAtMs < channelDeadMs(state, channel);
  const isFirst = peer.highestSequence === 0 || freshUntilMs(state) <= moment.atMs;
  const told = isFresh && isNew ? toldOfNode(beat, moment) : peer;
  const isWhole = isFresh && !isShort;
  const known = isWhole ? forgetUnnamed(state, beat) : peer;
  const heard: PeerState = {
    ...peer,
    highestSequence: Math.max(peer.highestSequence, beat.sequence),
    beatVersionMax: isNew ? beat.versionMax : peer.beatVersionMax,
    newestPhase: isNew ? beat.phase : peer.newestPhase,
    newAtMs: isNew ? moment.atMs : peer.newAtMs,
    newUntilMs: isNew ? moment.atMs + channelDeadMs(state, channel) : peer.newUntilMs,
    arrivingSinceMs: isNew ? arrivingSinceMs(state, channel, moment.atMs) : peer.arrivingSinceMs,
    echoedSequence:
      echoedAtMs === undefined ? peer.echoedSequence : Math.max(peer.echoedSequence, beat.echo?.sequence ?? 0),
    freshAsOfMs: newest(peer.freshAsOfMs, echoedAtMs),
    heardSinceSequence: isFresh && isFirst ? beat.sequence : peer.heardSinceSequence,
    candidate: isFresh ? undefined : peer.candidate,
    phase: told.phase,
    hearsOn: told.hearsOn,
    selfFenceMs: told.selfFenceMs,
    pingsAnswering: told.pingsAnswering,
    clockAheadSeconds: told.clockAheadSeconds,
    groups: isFresh ? mergeWords(known.groups, beat, moment.wallMs) : peer.groups,
    latest: mergeWords(known.latest, beat, moment.wallMs),
  };
  const channels = state.channels.map((one, index) =>
    index === channel ? hearOn(one, beat, isFresh, echoedAtMs, moment) : one,
  );
  const isNews = isFresh && beat.groups.some((group) => needsAnswer(group, peer.groups[group.name]?.beat));
  const beats = isNews ? { ...state.beats, isDueNow: true } : state.beats;
  const groups = mapKept(state.groups, (group) => {
    const said = heard.latest[group.config.name];
    const isNewOfGroup = said?.sequence !== peer.latest[group.config.name]?.sequence;
    return believeFailure(noteEcho(group, echoed, beat, isShort), isNewOfGroup ? said?.beat : undefined);
  });
  // On a slow line a beat may be fresh that waited there while this node stood still.
  const isSinceStall = echoedAtMs !== undefined && echoedAtMs >= (state.lastStallEndMs ?? echoedAtMs);
  const meet = (group: GroupState): GroupState => meetOwner(meetPeer(group, heard), beat, peer, isSinceStall, moment);
  return {
    ...state,
    groups: isFresh && isNew ? groups.map(meet) : groups,
    peer: heard,
    channels,
    beats,
    confirmedDead: isNew ? undefined : state.confirmedDead,
    fence: meetFenced(state, echoedAtMs, moment),
  };
}

type ToldOfNode = Pick<PeerState, 'phase' | 'hearsOn' | 'selfFenceMs' | 'pingsAnswering' | 'clockAheadSeconds'>;

function toldOfNode(beat: Beat, { wallMs }: Moment): ToldOfNode {
  const { phase, hearsOn, selfFenceMs, pingsAnswering } = beat;
  return {
    phase,
    hearsOn,
    selfFenceMs,
    pingsAnswering,
    clockAheadSeconds: clockAheadSeconds(beat.wallSeconds, wallMs),
  };
}

/**
 * Only a beat that told of the group says by its echo that the peer knows what it told; and what the peer makes of it is
 * known by the first beat from then on that tells of the group: a short one names one group, maybe another. A full one
 * that does not name it tells that the peer cannot have claimed it.
 */
function noteEcho(group: GroupState, echoed: SentBeat | undefined, beat: Beat, isShort: boolean): GroupState {
  const { name } = group.config;
  const known = group.untoldEcho ?? { sequence: group.echoedSequence, inSequence: 0 };
  const isNew = echoed !== undefined && echoed.sequence > known.sequence;
  const toldOfIt = isNew && (echoed.only === undefined || echoed.only === name);
  const newest = toldOfIt ? { sequence: echoed.sequence, inSequence: beat.sequence } : group.untoldEcho;
  if (newest === undefined) return group;
  const isTold = beat.sequence >= newest.inSequence && (!isShort || saidOf(beat.groups, group) !== undefined);
  if (isTold) return { ...group, echoedSequence: newest.sequence, untoldEcho: undefined };
  return newest === group.untoldEcho ? group : { ...group, untoldEcho: newest };
}

function hearOn(
  known: ChannelState,
  beat: Beat,
  isFresh: boolean,
  echoedAtMs: number | undefined,
  moment: Moment,
): ChannelState {
  if (beat.sequence <= known.highestSequence) return known;
  return {
    ...known,
    loss: countHeard(known.loss, beat.sequence - known.highestSequence - 1, known.highestSequence === 0, moment.atMs),
    highestSequence: beat.sequence,
    heardAtMs: isFresh ? moment.atMs : known.heardAtMs,
    arrivedAtMs: moment.atMs,
    freshAsOfMs: newest(known.freshAsOfMs, echoedAtMs),
  };
}

/** The peer waits for the echo of a claim and of a latch: it is sent at once, not with the next beat. */
function needsAnswer(said: GroupBeat, before: GroupBeat | undefined): boolean {
  const isNewClaim = said.role === 'claiming' && before?.role !== 'claiming';
  const isNewLatch = said.latch !== undefined && before?.latch === undefined;
  return isNewClaim || isNewLatch;
}

/** What a fresh beat means for this node's records of a group, whether or not it tells of that group. */
function meetPeer(group: GroupState, peer: PeerState): GroupState {
  const { isPeerProvenAway, isPeerSilent } = group.durable;
  if (!isPeerProvenAway && !isPeerSilent) return group;
  return withDurable(group, {
    // Its farewell follows the claim, and proves the same.
    isPeerProvenAway: isPeerProvenAway && isGoing(peer),
    isPeerSilent: isPeerSilent && peer.phase === 'left',
  });
}

/** What a fresh beat of the owner means for this node's copy and records. One that names other groups brings nothing new. */
function meetOwner(
  group: GroupState,
  beat: Beat,
  before: PeerState,
  isSinceStall: boolean,
  moment: Moment,
): GroupState {
  const said = saidOf(beat.groups, group);
  const hasJustStopped =
    said?.isVerifiedStopped === true && before.groups[group.config.name]?.beat?.isVerifiedStopped !== true;
  if (said === undefined) return group;
  const owns = said.role === 'active' || said.role === 'starting';
  const { durable, position } = group;
  return {
    ...group,
    // What the LAN answered before the owner stopped says nothing about now.
    ask: hasJustStopped ? { kind: 'none' } : group.ask,
    // While both own, the count since the last beat that they had in common decides which of them stays.
    position: said.isVerifiedStopped ? { ...position, atCommonBeat: position.newest } : position,
    durable: {
      ...durable,
      // While its daemon comes back and asks what runs, nothing is known to have changed.
      hasPeerStopFailed: said.role === 'failed' || (durable.hasPeerStopFailed && !said.isVerifiedStopped && !owns),
      isDownByOrder: isDownByOrder(group, said),
      // A beat that both have in common: what came before it took nothing from this node.
      hasFaltered: durable.hasFaltered && !(isSinceStall && said.isVerifiedStopped && group.activity.kind === 'active'),
      isPeerMaintained: said.armed === 'maintenance' && !durable.isMaintained,
      peerMac: said.mac ?? durable.peerMac,
      ownerHeardWallMs: owns ? moment.wallMs : durable.ownerHeardWallMs,
    },
  };
}

/** An order to stay down outlives the node that it was given to; it ends where somebody holds the group again. */
function isDownByOrder({ durable, activity, wish }: GroupState, said: GroupBeat): boolean {
  const isHeld = said.role === 'claiming' || said.role === 'starting' || said.role === 'active';
  if (isHeld) return false;
  const isOrdered = said.armed === 'down-by-order' && !isHigher(durable.epoch, said.epoch);
  return durable.isDownByOrder || (isOrdered && activity.kind === 'idle' && wish === undefined);
}

function believeEpochs(state: NodeState, groups: readonly GroupBeat[]): NodeState {
  let changed = false;
  const learned = state.groups.map((group) => {
    const said = saidOf(groups, group);
    if (said === undefined) return group;
    const isEpochNews = isHigher(said.epoch, group.durable.epoch);
    const isServedNews = isHigher(said.servedEpoch, group.durable.servedEpoch);
    if (!isEpochNews && !isServedNews) return group;
    changed = true;
    return withDurable(group, {
      ...(isEpochNews ? { epoch: said.epoch } : {}),
      ...(isServedNews ? { servedEpoch: said.servedEpoch } : {}),
    });
  });
  return changed ? { ...state, groups: learned } : state;
}

/** I8. Only a fresh beat, or an operator, says that it is over; where a higher epoch has served since, it is over already. */
function believeFailure(group: GroupState, said: GroupBeat | undefined): GroupState {
  if (said?.role !== 'failed' || group.durable.hasPeerStopFailed) return group;
  return isHigher(group.durable.servedEpoch, said.epoch) ? group : withDurable(group, { hasPeerStopFailed: true });
}

function saidOf(groups: readonly GroupBeat[], { config }: GroupState): GroupBeat | undefined {
  return groups.find(({ name }) => name === config.name);
}

function arrivingSinceMs({ peer, config }: NodeState, channel: number, atMs: number): number {
  const gapMs = Math.max(config.timing.warnMs, 2 * (config.channels[channel]?.beatMs ?? 0));
  const hasGap = peer.newAtMs === undefined || atMs - peer.newAtMs >= gapMs;
  return hasGap ? atMs : (peer.arrivingSinceMs ?? atMs);
}

function channelDeadMs(state: NodeState, channel: number): number {
  return Math.max(state.config.timing.deadMs, state.config.channels[channel]?.deadMs ?? 0);
}

function newest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.max(a, b);
}
