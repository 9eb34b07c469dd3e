import { armedReason } from './armed.ts';
import { ask, shouldAskAhead } from './ask.ts';
import { copyState } from './copy.ts';
import { noteFailback } from './failback.ts';
import { isFenced } from './fence.ts';
import { groupNamed, isHolding, isLeftStopped, isReleasedToSelf, withDurable } from './groups.ts';
import { isHigher } from './identity.ts';
import { mapKept } from './kept.ts';
import { isLanSeen } from './lan.ts';
import { noteProven } from './lease.ts';
import { channelView, hasTwoUsableMedia } from './media.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import type { PeerState } from './peerState.ts';
import { isGone, isLate, peerView } from './peerView.ts';
import { isLoopHealthy } from './stall.ts';
import type { GroupState, NodeState } from './state.ts';

/** Notices what only time changes: a peer that falls silent, channels, jeopardy, wishes and copies that grow old. */
export function watch(state: NodeState, moment: Moment): NodeState {
  const proven = noteProven(state, moment.atMs);
  const reported = reportJeopardy(reportChannels(reportPeer(proven, moment), moment), moment);
  const groups = mapKept(reported.groups, (group) => keepRecords(reported, group, moment));
  const kept = groups === reported.groups ? reported : { ...reported, groups };
  return kept.groups.reduce<NodeState>((current, { config }) => {
    const group = groupNamed(current, config.name);
    if (group === undefined || !shouldAskAhead(current, group, moment.atMs)) return current;
    const isArmed = armedReason(current, group, moment.atMs, moment.wallMs) === 'armed';
    return isArmed ? ask(current, group, moment) : current;
  }, kept);
}

function reportPeer(state: NodeState, moment: Moment): NodeState {
  const { peer, config } = state;
  const view = peerView(state, moment.atMs);
  const reported = reportedOf(state, view, moment);
  if (reported === peer.reported) return state;
  const next = { ...state, peer: { ...peer, reported } };
  const agoMs = peer.freshAsOfMs === undefined ? 0 : Math.round(moment.atMs - peer.freshAsOfMs);
  switch (reported) {
    case 'nothing':
      break;
    case 'heard':
      if (peer.reported !== 'nothing') record(moment, 'peer-heard', `${config.peer} is heard again`);
      break;
    case 'late':
      record(moment, 'peer-late', `${config.peer} was last surely alive ${agoMs} ms ago`, { level: 'warning' });
      break;
    case 'silent':
      record(moment, 'peer-silent', `${config.peer} is silent: last surely alive ${agoMs} ms ago`, { level: 'error' });
      break;
    case 'left':
      record(moment, 'peer-left', `${config.peer} has stopped everything and left`);
      break;
  }
  return next;
}

function reportedOf(state: NodeState, view: ReturnType<typeof peerView>, moment: Moment): PeerState['reported'] {
  switch (view) {
    case 'never':
      return 'nothing';
    case 'unaware':
      return state.peer.reported;
    case 'left':
      return 'left';
    case 'heard':
      return isLate(state, moment.atMs) ? 'late' : 'heard';
    case 'oneWay':
    case 'silent':
      return 'silent';
  }
}

function reportChannels(state: NodeState, moment: Moment): NodeState {
  const channels = mapKept(state.channels, (channel, index) => {
    const isUp = channelView(state, index, moment.atMs) === 'up';
    if (isUp === channel.isReportedUp) return channel;
    const name = state.config.channels[index]?.name ?? `channel ${index}`;
    if (isUp) record(moment, 'channel-up', `channel ${name} is up`);
    else
      record(
        moment,
        'channel-down',
        `channel ${name} is down: ${channelView(state, index, moment.atMs) === 'one-way' ? 'the peer does not hear this node on it' : 'the peer is not heard on it'}`,
        { level: 'warning' },
      );
    return { ...channel, isReportedUp: isUp };
  });
  return channels === state.channels ? state : { ...state, channels };
}

/** With one usable medium left, the loss of that one says nothing about the peer. */
function reportJeopardy(state: NodeState, moment: Moment): NodeState {
  const isHeard = peerView(state, moment.atMs) === 'heard';
  const hasFewMedia = isHeard && !hasTwoUsableMedia(state, moment.atMs);
  const fewMediaSinceMs = hasFewMedia ? (state.fewMediaSinceMs ?? moment.atMs) : undefined;
  // Channels come up one after the other: only what lasts is told.
  const isInJeopardy = fewMediaSinceMs !== undefined && moment.atMs - fewMediaSinceMs >= state.config.timing.warnMs;
  if (isInJeopardy === state.isInJeopardy)
    return fewMediaSinceMs === state.fewMediaSinceMs ? state : { ...state, fewMediaSinceMs };
  if (isInJeopardy) {
    record(moment, 'jeopardy', 'only one medium to the peer is left: if it fails, nothing is taken over by itself', {
      level: 'warning',
    });
  } else {
    record(
      moment,
      'jeopardy-over',
      isHeard ? 'at least two media to the peer are usable again' : 'the peer is not heard any more',
    );
  }
  return { ...state, isInJeopardy, fewMediaSinceMs };
}

function keepRecords(state: NodeState, group: GroupState, moment: Moment): GroupState {
  const kept = noteAway(state, dropOldWish(state, group, moment), moment);
  const looked = noteLan(state, noteStaleness(noteReleased(state, kept, moment), moment), moment);
  return noteFailback(state, looked, moment.atMs);
}

/** An old owner answers a wish within its time, or not at all. */
function dropOldWish(state: NodeState, group: GroupState, moment: Moment): GroupState {
  const { wish } = group;
  if (wish?.kind !== 'takeover') return group;
  const said = state.peer.groups[group.config.name]?.beat;
  // An owner that has taken the group again, because this node could not, waits for it no longer.
  const isTakenAgain = said?.role === 'starting' || said?.role === 'active';
  const wasAccepted = wish.isAccepted && !isTakenAgain;
  const isAccepted = wasAccepted || said?.role === 'stopping' || isReleasedToSelf(group, said);
  const view = peerView(state, moment.atMs);
  const hasFailed = said?.role === 'failed' && view === 'heard';
  // An owner that was lost on its way down must not find the old wish when it comes back.
  const isStillMeant = (isAccepted && view !== 'silent' && view !== 'never') || isHolding(group);
  if (!hasFailed && (isStillMeant || moment.atMs < wish.untilMs))
    return isAccepted === wish.isAccepted ? group : { ...group, wish: { ...wish, isAccepted } };
  const why = hasFailed ? 'the old owner could not stop' : group.because.sentence;
  record(moment, 'operator', `the takeover of ${group.config.name} is off: ${why}`, {
    level: 'warning',
    group: group.config.name,
  });
  return { ...group, wish: undefined };
}

/** What an owner writes down about a peer that is gone: after a restart it may go on alone. */
function noteAway(state: NodeState, group: GroupState, moment: Moment): GroupState {
  const { durable, activity } = group;
  if (activity.kind !== 'active' && activity.kind !== 'starting') return group;
  const view = peerView(state, moment.atMs);
  // A farewell during the start may wait for the end of it: a write then would hold it up.
  if (activity.kind === 'starting' && view !== 'silent') return group;
  // A node that stood still has not heard the silence.
  const isPeerSilent = durable.isPeerSilent || (isGone(state, moment.atMs) && isLoopHealthy(state, moment.atMs));
  const hasStopped = view === 'left' && isLeftStopped(state, group);
  const isProof = hasStopped || ((state.confirmedDead !== undefined || isFenced(state)) && view !== 'heard');
  const isPeerProvenAway = durable.isPeerProvenAway || (isProof && durable.holding === 'serving');
  const isNews = isPeerSilent !== durable.isPeerSilent || isPeerProvenAway !== durable.isPeerProvenAway;
  return isNews ? withDurable(group, { isPeerSilent, isPeerProvenAway }) : group;
}

/** The node that this one stopped for has taken over, or was lost before it was told that it may. */
function noteReleased(state: NodeState, group: GroupState, moment: Moment): GroupState {
  const { durable, activity } = group;
  if (!durable.isReleasingToPeer || activity.kind !== 'idle') return group;
  const said = state.peer.groups[group.config.name]?.beat;
  // A claim that was withdrawn counts too: it has failed, and both would wait for each other for ever.
  const isTaken = said !== undefined && said.role !== 'claiming' && isHigher(said.epoch, durable.heldEpoch);
  const isLost = group.releasedInSequence === undefined && peerView(state, moment.atMs) === 'silent';
  return isTaken || isLost ? withDurable(group, { isReleasingToPeer: false }) : group;
}

function noteStaleness(group: GroupState, moment: Moment): GroupState {
  const isBehind = copyState(group, moment.wallMs) !== 'good';
  const isKnown = group.durable.staleSinceWallMs !== undefined;
  if (isBehind === isKnown || group.activity.kind === 'checking') return group;
  if (!isBehind) return withDurable(group, { staleSinceWallMs: undefined, isDiverged: false });
  record(moment, 'stale', `the copy of ${group.config.name} here is behind: it must not be started from`, {
    level: 'warning',
    group: group.config.name,
  });
  return withDurable(group, { staleSinceWallMs: moment.wallMs });
}

/** What a contest after a split is decided by first: which side could serve anybody. */
function noteLan(state: NodeState, group: GroupState, moment: Moment): GroupState {
  return isLanSeen(state, group) ? group : { ...group, lanBadAtMs: moment.atMs };
}
