import { couldNobodyTake } from './confirm.ts';
import { groupNamed, isInMaintenance, isServing, replaceGroup, withDurable } from './groups.ts';
import type { JobOutcome } from './job.ts';
import { detailOf, startJob, withResource } from './jobs.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import { stopPlan } from './plan.ts';
import { withoutServing } from './serving.ts';
import type { Activity, GroupState, NodeState } from './state.ts';
import { startBackoff } from './trouble.ts';

type Checking = Extract<Activity, { kind: 'checking' }>;

/**
 * After a start of the daemon: asks of every resource whether it runs, from right to left.
 *
 * Jobs of an earlier daemon are waited for first. What runs although this node holds nothing is stopped;
 * what the disk says that it holds and that still runs is unconfirmed until the rules say more.
 */
export function resumeCheck(state: NodeState, group: GroupState, activity: Checking, moment: Moment): NodeState {
  if (state.runner === 'away' || activity.adopted.length > 0 || group.job !== undefined) return state;
  const plan = stopPlan(group);
  const step = plan[plan.length - 1 - activity.next];
  if (step === undefined) return concludeCheck(state, group, activity, moment);
  const timeoutMs =
    group.config.resources.find(({ name }) => name === step.resource)?.statusTimeoutMs ?? step.timeoutMs;
  return startJob(state, group, { resource: step.resource, action: 'status', timeoutMs }, moment);
}

/** The runner stopped the group, which no head had renewed: what this daemon believed to run is asked for again. */
export function checkAgain(state: NodeState, name: string, outcome: JobOutcome, moment: Moment): NodeState {
  const group = groupNamed(state, name);
  const how =
    outcome.kind === 'done' ? 'and the group is stopped' : `and could not stop everything: ${detailOf(outcome)}`;
  record(moment, 'job-noted', `nothing was renewed in time: the runner carried out the dead-man order, ${how}`, {
    level: 'error',
    group: name,
  });
  if (group === undefined || !isServing(group)) return state;
  const adopted = group.job === undefined ? [] : [group.job.id];
  return replaceGroup(state, {
    ...withDurable(withoutServing(group), { hasFaltered: true }),
    job: undefined,
    monitors: {},
    latch: undefined,
    activity: { kind: 'checking', next: 0, adopted, running: [] },
  });
}

/** What does not say clearly that it is stopped counts as running: stopping it once more is safe. */
export function noteCheck(group: GroupState, activity: Checking, resource: string, outcome: JobOutcome): GroupState {
  const isStopped = outcome.kind === 'stopped';
  const running = isStopped ? activity.running : [...activity.running, resource];
  const detail =
    outcome.kind === 'failed' || outcome.kind === 'timedOut' || outcome.kind === 'notStarted' ? outcome.detail : '';
  const shown = isStopped ? 'stopped' : outcome.kind === 'running' ? 'running' : 'unknown';
  return {
    ...withResource(group, resource, { state: shown, detail }),
    job: undefined,
    activity: { ...activity, next: activity.next + 1, running },
  };
}

function concludeCheck(state: NodeState, group: GroupState, activity: Checking, moment: Moment): NodeState {
  const { durable } = group;
  const isRunning = activity.running.length > 0;
  const stop: Activity = {
    kind: 'stopping',
    next: stopPlan(group).length,
    downTo: 0,
    afterwards: 'release',
    failures: 0,
    retryAtMs: moment.atMs,
  };
  if (durable.stopFailed !== undefined && isRunning)
    return replaceGroup(state, { ...group, activity: { kind: 'idle' } });
  // Whoever works on it has started it by hand: it is stopped when the maintenance is over.
  if (isRunning && durable.holding === 'nothing' && isInMaintenance(group)) return state;
  if (!isRunning) {
    const hasLost = durable.holding !== 'nothing';
    if (hasLost) {
      record(
        moment,
        'role-changed',
        `${group.config.name} was held here before the restart, and nothing of it runs any more`,
        {
          level: 'warning',
          group: group.config.name,
        },
      );
    }
    const free = withDurable(group, { holding: 'nothing', stopFailed: undefined });
    return replaceGroup(state, {
      ...free,
      activity: { kind: 'idle' },
      isVerifiedStopped: true,
      hasLostByRestart: hasLost || group.hasLostByRestart,
      trouble: group.trouble.isGivingUp ? startBackoff(group.trouble, moment.atMs) : group.trouble,
      // A takeover that was under way has failed: it must not ask the peer for what it takes next.
      wish: hasLost ? undefined : group.wish,
    });
  }
  const held = durable.holding;
  if (held === 'serving' || held === 'claimed') {
    const unconfirmed: Activity = {
      kind: 'unconfirmed',
      sinceMs: moment.atMs,
      canConfirmAlone: couldNobodyTake(state, group, moment.atMs),
    };
    return replaceGroup(state, { ...withDurable(group, { hasFaltered: true }), activity: unconfirmed });
  }
  record(
    moment,
    'role-changed',
    `${activity.running.join(', ')} of ${group.config.name} runs, and this node may not hold it: stopping it`,
    {
      level: 'warning',
      group: group.config.name,
    },
  );
  return replaceGroup(state, { ...group, hasLostByRestart: held !== 'nothing', activity: stop });
}
