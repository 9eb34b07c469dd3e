import type { OperatorWish } from './event.ts';
import { groupNamed, isInMaintenance, replaceGroup } from './groups.ts';
import type { Heeded } from './heeded.ts';
import { accepted, refused, unknownGroup } from './heeded.ts';
import type { JobOutcome } from './job.ts';
import { detailOf, startJob, withResource } from './jobs.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import type { GroupState, NodeState } from './state.ts';
import { beginRestart } from './stop.ts';

type ResourceWish = Extract<OperatorWish, { kind: 'resource' }>;

/**
 * One resource by hand. `start` and `stop` need maintenance: without it a check would undo them. `restart` takes
 * the resource and those to its right down, and up again.
 */
export function handleResource(state: NodeState, wish: ResourceWish, moment: Moment): Heeded {
  const group = groupNamed(state, wish.group);
  if (group === undefined) return unknownGroup(state, wish.group);
  const resource = group.config.resources.find(({ name }) => name === wish.resource);
  const { self } = state.config;
  if (resource === undefined) {
    const known = group.config.resources.map(({ name }) => name).join(', ');
    return refused(state, `${wish.group} has no resource ${wish.resource}; it has ${known}`, 'hactl status');
  }
  if (wish.action === 'cleanup')
    return accepted(
      replaceGroup(state, cleanedUp(group, wish.resource, moment)),
      `the failures of ${wish.resource} are forgotten`,
    );
  if (group.activity.kind !== 'active') return refused(state, `${wish.group} is not active on ${self}`, 'hactl status');
  if (group.job !== undefined)
    return refused(state, `${group.job.resource} is being worked on`, 'wait a moment, then try again');
  if (wish.action === 'restart') {
    if (isInMaintenance(group))
      return refused(state, `${wish.group} is in maintenance`, `hactl resource stop ${wish.group} ${wish.resource}`);
    return accepted(
      beginRestart(state, group, wish.resource, moment),
      `restarting ${wish.resource}, and what stands to its right`,
    );
  }
  if (!isInMaintenance(group)) {
    return refused(
      state,
      `a check would undo it: ${wish.group} is not in maintenance`,
      `hactl maintenance on ${wish.group}`,
    );
  }
  const timeoutMs = wish.action === 'start' ? resource.startTimeoutMs : resource.stopTimeoutMs;
  const started = startJob(state, group, { resource: wish.resource, action: wish.action, timeoutMs }, moment);
  return accepted(started, `${wish.action === 'start' ? 'starting' : 'stopping'} ${wish.resource}`);
}

/** What an operator's own start or stop came to. It is his to judge: nothing is restarted or given up for it. */
export function noteByHand(group: GroupState, resource: string, outcome: JobOutcome, moment: Moment): GroupState {
  const free: GroupState = { ...group, job: undefined };
  const action = group.job?.action;
  if (outcome.kind === 'done' || outcome.kind === 'running' || outcome.kind === 'stopped') {
    const isUp = outcome.kind === 'running' || (outcome.kind === 'done' && action === 'start');
    return withResource(free, resource, { state: isUp ? 'running' : 'stopped', detail: 'by hand' });
  }
  const detail = detailOf(outcome);
  record(moment, 'job-failed', `${resource}: the ${action ?? 'job'} by hand failed: ${detail}`, {
    level: 'error',
    group: group.config.name,
  });
  return withResource(free, resource, { state: 'failed', detail });
}

function cleanedUp(group: GroupState, resource: string, moment: Moment): GroupState {
  const known = group.monitors[resource];
  const monitors =
    known === undefined
      ? group.monitors
      : { ...group.monitors, [resource]: { ...known, nextAtMs: moment.atMs, unclear: 0 } };
  const isFailed = group.resources[resource]?.state === 'failed';
  return {
    ...(isFailed ? withResource(group, resource, { state: 'unknown', detail: '' }) : group),
    monitors,
    trouble: { ...group.trouble, failedAtMs: [], sentence: undefined, backoffs: 0, backoffUntilMs: moment.atMs },
  };
}
