import { armedReason } from './armed.ts';
import { type Beat, beatVersions, type GroupBeat, type Phase, type Role } from './beat.ts';
import { wallSeconds } from './clocks.ts';
import { isOwnCopy, lagMs } from './copy.ts';
import { groupNamed, isHolding, isOfEarlierBoot, replaceGroup, savedGroup } from './groups.ts';
import type { Epoch } from './identity.ts';
import { isSameEpoch } from './identity.ts';
import { hearsOn } from './media.ts';
import type { Moment } from './moment.ts';
import { hasWaitedInitdead, isLate, peerView } from './peerView.ts';
import { pingsAnswering } from './pings.ts';
import { withoutServing } from './serving.ts';
import type { ChannelState, GroupState, NodeState, Told } from './state.ts';
import { selfFenceMs } from './watchdog.ts';

/** Beats that a change sends at once are at least so far apart; the last change is told with the next one. */
const changeGapMs = 2;
/** Enough for the longest deadtime at the shortest keepalive that the config allows. */
const sentMax = 1_024;

/**
 * Sends a beat on every channel that is due. A change of what the groups or the phase look like is
 * told at once on all channels: the peer waits for it.
 */
export function beat(state: NodeState, moment: Moment): NodeState {
  const told = groupBeats(state, moment);
  const phase = phaseOf(state, moment.atMs);
  const isChanged = state.beats.isDueNow || !isTold(state.beats.lastTold, phase, told);
  const isChangeDue = isChanged && moment.atMs - state.beats.lastSentAtMs >= changeGapMs;
  const isDue = ({ nextBeatAtMs }: ChannelState): boolean => isChangeDue || nextBeatAtMs <= moment.atMs;
  if (!state.channels.some(isDue)) {
    return isChanged === state.beats.isDueNow ? state : { ...state, beats: { ...state.beats, isDueNow: isChanged } };
  }
  const due = state.channels.map(isDue);
  const sequence = state.beats.sequence + 1;
  const whole: Beat = {
    version: beatVersion(state),
    versionMax: state.beatVersionMax,
    from: state.config.self,
    incarnation: state.incarnation,
    bootId: state.bootId,
    sequence,
    echo: state.beats.answerTo ?? echoOf(state),
    phase,
    hearsOn: hearsOn(state, moment.atMs),
    selfFenceMs: selfFenceMs(state),
    pingsAnswering: pingsAnswering(state),
    wallSeconds: wallSeconds(moment.wallMs),
    groups: told,
  };
  const channels = state.channels.map((channel, index) =>
    due[index] === true ? sendOn(state, channel, index, whole, moment) : channel,
  );
  const isToldToAll = isChangeDue || due.every((isDue) => isDue);
  const beats = {
    sequence,
    sent: state.beats.sent
      .slice(1 - sentKept(state))
      .concat([{ sequence, atMs: moment.atMs, only: onlyNamed(state, told, due) }]),
    lastTold: isToldToAll ? { phase, groups: told } : state.beats.lastTold,
    lastSentAtMs: moment.atMs,
    answerTo: undefined,
    isDueNow: isChanged && !isChangeDue,
  };
  return noteTold({ ...state, channels, beats }, told, sequence);
}

/**
 * The version in which beats are sent: the highest that both sides speak, the oldest before the peer has said what it
 * speaks. A new incarnation of the peer is spoken to in what it announced, too: it may be an older build.
 */
export function beatVersion({ beatVersionMax, peer }: NodeState): number {
  const announced = Math.min(
    peer.beatVersionMax ?? peer.candidate?.beatVersionMax ?? beatVersions.oldest,
    peer.candidate?.beatVersionMax ?? Number.POSITIVE_INFINITY,
  );
  return Math.max(beatVersions.oldest, Math.min(beatVersionMax, announced));
}

/** When a change that could not be told yet may be told. */
export function changeDueAtMs(state: NodeState): number {
  return state.beats.isDueNow ? state.beats.lastSentAtMs + changeGapMs : Number.POSITIVE_INFINITY;
}

export function phaseOf(state: NodeState, atMs: number): Phase {
  switch (state.leaving.kind) {
    case 'releasing':
      return 'leaving';
    case 'left':
      return state.groups.some(mayRunOn) ? 'leaving' : 'left';
    case 'no':
    case 'gone':
      break;
  }
  const isChecking = state.groups.some((group) => group.activity.kind === 'checking');
  const view = peerView(state, atMs);
  const isSettled = view !== 'never' || hasWaitedInitdead(state, atMs);
  if (isChecking || !isSettled) return 'starting';
  return view !== 'never' && view !== 'left' && isLate(state, atMs) ? 'suspect' : 'online';
}

/** A daemon that goes leaves it as it is, in maintenance or because it could not be stopped; or does not know yet what runs. */
function mayRunOn(group: GroupState): boolean {
  return group.durable.stopFailed !== undefined || isHolding(group) || group.activity.kind === 'checking';
}

/** The role of a group as the peer sees it: what gives something up is told only when it is on disk. */
export function roleOf(state: NodeState, group: GroupState): Role {
  const { activity, durable } = group;
  switch (activity.kind) {
    case 'checking':
      if (durable.stopFailed !== undefined) return 'failed';
      return isHolding(group) && !isOfEarlierBoot(state, group) ? 'unconfirmed' : 'standby';
    case 'claiming':
      return durable.holding === 'claimed' ? 'claiming' : 'unconfirmed';
    case 'starting':
    case 'active':
    case 'unconfirmed':
    case 'stopping':
      return activity.kind;
    case 'syncing':
      return 'standby';
    case 'idle': {
      if (durable.stopFailed !== undefined) return 'failed';
      // Who goes for good has waited for the disk as long as it took writes: what it finds there later does not run.
      if (state.leaving.kind !== 'left' && !isGivenUpOnDisk(state, group))
        return hasOnlyClaimed(state, group) ? 'claiming' : 'stopping';
      const wasLastOwner = durable.heldEpoch.counter > 0 && isSameEpoch(durable.heldEpoch, durable.epoch);
      return wasLastOwner && !group.hasLostByRestart ? 'released' : 'standby';
    }
  }
}

function sendOn(state: NodeState, channel: ChannelState, index: number, whole: Beat, moment: Moment): ChannelState {
  const config = state.config.channels[index];
  const isShort = config?.isSlow === true;
  const only = nextNamed(channel, whole.groups);
  const told = isShort && only !== undefined ? { ...whole, groups: [only] } : whole;
  moment.effects.push({ type: 'send', beat: told, channel: index, isShort });
  const beatMs = config?.beatMs ?? state.config.timing.keepaliveMs;
  return {
    ...channel,
    nextBeatAtMs: nextAt(channel.nextBeatAtMs, beatMs, moment.atMs),
    nextGroup: isShort ? (channel.nextGroup + 1) % Math.max(1, whole.groups.length) : 0,
  };
}

function nextNamed(channel: ChannelState, groups: readonly GroupBeat[]): GroupBeat | undefined {
  return groups[channel.nextGroup % Math.max(1, groups.length)];
}

/** The group that all channels tell of, when some of them tell of one only; '' when those tell of different ones. */
function onlyNamed(state: NodeState, told: readonly GroupBeat[], due: readonly boolean[]): string | undefined {
  if (told.length < 2) return undefined;
  const slow = state.channels.filter(
    (_, index) => due[index] === true && state.config.channels[index]?.isSlow === true,
  );
  const names = new Set(slow.map((channel) => nextNamed(channel, told)?.name ?? ''));
  const [first] = names;
  return names.size > 1 ? '' : first;
}

/** Keeps the rhythm: a beat that left late is not followed by a shorter one, nor by a burst. */
function nextAt(plannedMs: number, beatMs: number, atMs: number): number {
  const next = plannedMs <= atMs ? plannedMs + beatMs : plannedMs;
  return next > atMs ? next : atMs + beatMs;
}

function echoOf(state: NodeState): Beat['echo'] {
  const { incarnation, highestSequence } = state.peer;
  return incarnation === undefined || highestSequence === 0 ? undefined : { incarnation, sequence: highestSequence };
}

/** What a beat tells of the groups now. */
export function groupBeats(state: NodeState, moment: Pick<Moment, 'atMs' | 'wallMs'>): readonly GroupBeat[] {
  return state.groups.map((group): GroupBeat => {
    const { durable } = group;
    const told = toldDurable(state, group);
    const role = roleOf(state, group);
    const isDown = role === 'standby' || role === 'released';
    return {
      name: group.config.name,
      digest: group.config.digest,
      role,
      epoch: isHolding(group) ? told.heldEpoch : durable.epoch,
      servedEpoch: told.servedEpoch,
      copyEpoch: told.copyEpoch,
      armed: armedReason(state, group, moment.atMs, moment.wallMs),
      lagSeconds: lagSeconds(group, moment.wallMs),
      isVerifiedStopped: group.isVerifiedStopped && isDown,
      isReleasedToPeer: isDown && group.activity.kind === 'idle' && isReleaseNews(group),
      wish: group.wish?.kind !== 'takeover' ? 'none' : group.wish.isForced ? 'forcedTakeover' : 'takeover',
      latch: group.latch?.mine,
      mac: macOf(state, group),
    };
  });
}

/**
 * It is told with the epoch under which the group was released, and with no other: the peer that has claimed a higher
 * one since, and given it back, would take it for a second release. After a restart too, although the role is then
 * `standby`: the peer would leave the group to this node, and this one to it.
 */
function isReleaseNews({ durable }: GroupState): boolean {
  return durable.isReleasingToPeer && isSameEpoch(durable.heldEpoch, durable.epoch);
}

/**
 * An epoch is told when it is on disk, and as serving when the first start is ordered; until then the one before it. Only a
 * claim is told at once: the survivor of a split serves already, and the peer stops for what it tells.
 */
function toldDurable(
  state: NodeState,
  group: GroupState,
): Readonly<Record<'heldEpoch' | 'servedEpoch' | 'copyEpoch', Epoch>> {
  const { durable } = withoutServing(group);
  const saved = savedGroup(state, group.config.name);
  if (!isHolding(group) || group.activity.kind === 'claiming' || saved === undefined) return durable;
  return isSameEpoch(saved.heldEpoch, durable.heldEpoch) ? durable : saved;
}

/** A claim that is withdrawn has started nothing: told as stopping, it would make the peer withdraw its own, too. */
function hasOnlyClaimed(state: NodeState, group: GroupState): boolean {
  return savedGroup(state, group.config.name)?.holding === 'claimed';
}

function isGivenUpOnDisk(state: NodeState, group: GroupState): boolean {
  const saved = savedGroup(state, group.config.name);
  if (saved === undefined) return true;
  // One that takes no writes knows enough by then: a daemon that starts again takes nothing that was on its way to the peer.
  const isKnownToGo = saved.holding === 'stopping' && saved.isReleasingToPeer;
  if (isKnownToGo && state.disk.failure !== undefined) return true;
  return saved.holding === 'nothing' && (saved.isReleasingToPeer || !group.durable.isReleasingToPeer);
}

function lagSeconds(group: GroupState, wallMs: number): number | undefined {
  if (group.config.dataClass !== 'copied' || isOwnCopy(group)) return undefined;
  const lag = lagMs(group, wallMs);
  return Number.isFinite(lag) ? Math.round(lag / 1_000) : undefined;
}

function macOf(state: NodeState, group: GroupState): GroupBeat['mac'] {
  const device = group.config.resources.find((resource) => resource.device !== undefined)?.device;
  return device === undefined ? undefined : state.links[device]?.mac;
}

/** Remembers which beat first told a claim, a latch or a release: the peer's echo of it proves that it knows. */
function noteTold(state: NodeState, told: readonly GroupBeat[], sequence: number): NodeState {
  return told.reduce((current, said) => {
    const group = groupNamed(current, said.name);
    if (group === undefined) return current;
    const { activity, latch } = group;
    const tellsClaim = activity.kind === 'claiming' && activity.toldInSequence === undefined;
    const tellsLatch = latch !== undefined && latch.toldInSequence === undefined;
    const tellsRelease = said.isReleasedToPeer && group.releasedInSequence === undefined;
    if (!tellsClaim && !tellsLatch && !tellsRelease) return current;
    return replaceGroup(current, {
      ...group,
      activity: tellsClaim ? { ...activity, toldInSequence: sequence } : activity,
      latch: tellsLatch ? { ...latch, toldInSequence: sequence } : latch,
      releasedInSequence: tellsRelease ? sequence : group.releasedInSequence,
    });
  }, state);
}

function isTold(told: Told | undefined, phase: Phase, groups: readonly GroupBeat[]): boolean {
  if (told?.phase !== phase || told.groups.length !== groups.length) return false;
  return groups.every((group, index) => isGroupTold(told.groups[index], group));
}

/** All that the peer waits for. */
function isGroupTold(told: GroupBeat | undefined, now: GroupBeat): boolean {
  return (
    told?.role === now.role &&
    isSameEpoch(told.epoch, now.epoch) &&
    told.servedEpoch.counter === now.servedEpoch.counter &&
    told.copyEpoch.counter === now.copyEpoch.counter &&
    told.armed === now.armed &&
    told.isVerifiedStopped === now.isVerifiedStopped &&
    told.isReleasedToPeer === now.isReleasedToPeer &&
    told.wish === now.wish &&
    told.latch?.epochCounter === now.latch?.epochCounter &&
    told.latch?.yields === now.latch?.yields
  );
}

/** As many sent beats as can still be echoed within the longest deadtime, and half as many again. */
function sentKept(state: NodeState): number {
  const { deadMs, keepaliveMs } = state.config.timing;
  const longestMs = Math.max(deadMs, ...state.config.channels.map((channel) => channel.deadMs));
  return Math.min(sentMax, 64 + Math.ceil((2 * longestMs) / keepaliveMs));
}
