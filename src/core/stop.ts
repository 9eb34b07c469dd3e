import { withoutReclaim } from './claim.ts';
import type { Decision } from './decide.ts';
import type { DurableGroup } from './durable.ts';
import { movesMax } from './durable.ts';
import { replaceGroup, withDurable } from './groups.ts';
import type { Epoch } from './identity.ts';
import { isHigher } from './identity.ts';
import { noteIncident } from './incident.ts';
import type { JobOutcome } from './job.ts';
import { detailOf, startJob, withResource } from './jobs.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import { stopIndexOf, stopPlan } from './plan.ts';
import { withoutServing } from './serving.ts';
import type { Activity, AfterStop, GroupState, NodeState } from './state.ts';
import { startBackoff } from './trouble.ts';

type Stopping = Extract<Activity, { kind: 'stopping' }>;

/** A stop that fails is tried again so often, a second apart, before it is called failed (I8). */
const stopTriesMax = 3;
const stopRetryMs = 1_000;

/** Begins the way down, right to left. A running job is waited for. */
export function beginStop(state: NodeState, begun: GroupState, decision: Decision, moment: Moment): NodeState {
  const { rule } = decision;
  const group = noteOutranked(state, withoutReclaim(state, withoutServing(begun), moment), decision, moment);
  const afterwards = afterStop(state, group, decision);
  const isOffer =
    afterwards === 'releaseToPeer' &&
    (rule.id === 'resource-failed' || rule.id === 'isolated' || rule.id === 'not-heard' || rule.id === 'failback');
  const moves = isOffer ? [...group.durable.movesWallMs, moment.wallMs].slice(-movesMax) : group.durable.movesWallMs;
  record(moment, 'role-changed', `stopping ${group.config.name}, from right to left`, {
    group: group.config.name,
    rule: rule.id,
  });
  // Whatever made it stop before the order could: an operator was told that it stays down.
  const isDown = rule.want === 'release' && group.wish?.kind === 'release' && group.wish.isForced;
  const isOriginal = group.config.dataClass === 'copied' && group.durable.holding === 'serving';
  const stopping = withDurable(group, {
    holding: 'stopping',
    ...(afterwards === 'releaseToPeer' ? releasedUnder(state, group, decision) : {}),
    isReleasingToPeer: afterwards === 'releaseToPeer',
    isDownByOrder: isDown,
    movesWallMs: moves,
    isDiverged: group.durable.isDiverged || (afterwards === 'yield' && isOriginal),
  });
  return replaceGroup(state, {
    ...stopping,
    monitors: {},
    latch: undefined,
    // A takeover that ends here has failed, or was superseded: it must not claim again what is given up.
    wish: group.wish?.kind === 'takeover' ? undefined : group.wish,
    activity: {
      kind: 'stopping',
      next: stopPlan(group).length,
      downTo: 0,
      afterwards,
      failures: 0,
      retryAtMs: moment.atMs,
    },
  });
}

/**
 * A release is told with the epoch under which it was made, and is over when the peer has told of a higher one. The peer
 * may have claimed such a one before, and withdrawn it: then a release is told that is above that, too.
 */
function releasedUnder(state: NodeState, { durable }: GroupState, { facts }: Decision): Partial<DurableGroup> {
  const isOver = facts.peer === 'heard' && !facts.isPeerHolding && isHigher(durable.epoch, durable.heldEpoch);
  if (!isOver) return {};
  const epoch: Epoch = { counter: durable.epoch.counter + 1, node: state.config.self };
  return { epoch, heldEpoch: epoch };
}

/** Restarts one resource and those to its right, which may depend on it. */
export function beginRestart(state: NodeState, group: GroupState, resource: string, moment: Moment): NodeState {
  const downTo = Math.max(0, stopIndexOf(group, resource));
  const activity: Stopping = {
    kind: 'stopping',
    next: stopPlan(group).length,
    downTo,
    afterwards: 'restart',
    failures: 0,
    retryAtMs: moment.atMs,
  };
  return replaceGroup(state, { ...group, monitors: {}, activity });
}

/** It served, and so did the peer, which goes on; there was no contest to say so. */
function noteOutranked(state: NodeState, group: GroupState, { rule }: Decision, moment: Moment): GroupState {
  if (rule.id !== 'outranked' || group.durable.holding !== 'serving' || group.latch !== undefined) return group;
  const because = `${state.config.self} was silent, stood still or restarted`;
  return noteIncident(state, group, { stays: false, because }, moment);
}

export function pressStop(state: NodeState, group: GroupState, decision: Decision, moment: Moment): NodeState {
  const { activity } = group;
  const { want } = decision.rule;
  if (activity.kind !== 'stopping') return state;
  if (group.job !== undefined) return state;
  if (activity.afterwards === 'restart' && (want === 'yield' || want === 'release' || want === 'standby')) {
    return beginStop(state, group, decision, moment);
  }
  if (activity.next <= activity.downTo) return finishStop(state, group, activity, moment);
  if (state.runner === 'away' || moment.atMs < activity.retryAtMs) return state;
  const step = stopPlan(group)[activity.next - 1];
  return step === undefined ? state : startJob(state, group, step, moment);
}

export function noteStop(
  group: GroupState,
  activity: Stopping,
  resource: string,
  outcome: JobOutcome,
  moment: Moment,
): GroupState {
  const free: GroupState = { ...group, job: undefined };
  if (outcome.kind === 'done' || outcome.kind === 'stopped') {
    const note = outcome.kind === 'done' ? (outcome.note ?? '') : '';
    if (note !== '')
      record(moment, 'job-noted', `${resource}: ${note}`, {
        level: 'warning',
        group: group.config.name,
      });
    return {
      ...withResource(free, resource, { state: 'stopped', detail: note }),
      activity: { ...activity, next: activity.next - 1, failures: 0 },
    };
  }
  const detail = detailOf(outcome);
  const failures = activity.failures + 1;
  record(moment, 'job-failed', `stop ${failures} of ${stopTriesMax} of ${resource} failed: ${detail}`, {
    level: 'error',
    group: group.config.name,
  });
  const failed = withResource(free, resource, { state: 'failed', detail });
  if (failures < stopTriesMax)
    return { ...failed, activity: { ...activity, failures, retryAtMs: moment.atMs + stopRetryMs } };
  return { ...withDurable(failed, { stopFailed: { resource, detail } }), activity: { kind: 'idle' } };
}

function finishStop(state: NodeState, group: GroupState, activity: Stopping, moment: Moment): NodeState {
  if (activity.afterwards === 'restart') {
    // From the left: what it stands on may be down too, and a start asks first what runs.
    return replaceGroup(state, { ...group, activity: { kind: 'starting', next: 0 } });
  }
  const { name } = group.config;
  record(moment, 'role-changed', `${name} is stopped on ${state.config.self}, and that is verified`, { group: name });
  const wasGivenUp = group.trouble.isGivingUp;
  return replaceGroup(state, {
    ...withDurable(group, { holding: 'nothing', stopFailed: undefined }),
    activity: { kind: 'idle' },
    isVerifiedStopped: true,
    isAddressDropped: false,
    wish: group.wish?.kind === 'release' ? undefined : group.wish,
    releasedInSequence: undefined,
    trouble: wasGivenUp ? startBackoff(group.trouble, moment.atMs) : group.trouble,
    ask: { kind: 'none' },
    renewedAtMs: undefined,
  });
}

/** To the peer where it is armed and hears this; planned moves and a shutdown need no more than that. */
function afterStop(state: NodeState, group: GroupState, { rule, facts }: Decision): AfterStop {
  if (rule.want === 'yield' || rule.want === 'standby') return 'yield';
  if (facts.wish === 'peerAsks') return 'releaseToPeer';
  const isHandOver = facts.peer === 'heard' || rule.id === 'not-heard';
  const isPeerArmed = facts.isPeerArmed || rule.id === 'not-heard';
  const isSame = state.peer.groups[group.config.name]?.beat?.digest === group.config.digest;
  // An offer is not urgent: it waits for an operator after too many, and for configurations that agree.
  const isNoOffer = rule.id === 'resource-failed' && (facts.isFlapping || !isSame);
  const isForcedDown = group.wish?.kind === 'release' && group.wish.isForced;
  return isHandOver && isPeerArmed && !isNoOffer && !isForcedDown ? 'releaseToPeer' : 'release';
}
