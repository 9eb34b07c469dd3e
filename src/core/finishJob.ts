import { noteCheck } from './check.ts';
import { replaceGroup } from './groups.ts';
import type { JobId, JobOutcome } from './job.ts';
import { noteSync } from './lastSync.ts';
import type { Moment } from './moment.ts';
import { noteMonitor } from './monitor.ts';
import { stopPlan } from './plan.ts';
import { noteByHand } from './resources.ts';
import { noteStart } from './start.ts';
import type { Activity, GroupState, NodeState } from './state.ts';
import { noteStop } from './stop.ts';

/** Hands the outcome of a job to what waits for it; an outcome that nobody waits for any more is dropped. */
export function finishJob(state: NodeState, job: JobId, outcome: JobOutcome, moment: Moment): NodeState {
  for (const group of state.groups) {
    if (group.job?.id === job) return finishPlanned(state, group, group.job.resource, outcome, moment);
    if (group.activity.kind === 'checking' && group.activity.adopted.includes(job)) {
      const adopted = group.activity.adopted.filter((other) => other !== job);
      return replaceGroup(state, { ...group, activity: { ...group.activity, adopted } });
    }
    const monitored = Object.entries(group.monitors).find(([, monitor]) => monitor.job === job);
    if (monitored !== undefined) return noteMonitor(state, group, monitored[0], outcome, moment);
  }
  return state;
}

function finishPlanned(
  state: NodeState,
  group: GroupState,
  resource: string,
  outcome: JobOutcome,
  moment: Moment,
): NodeState {
  const { activity } = group;
  switch (activity.kind) {
    case 'checking':
      return replaceGroup(state, noteCheck(group, activity, resource, outcome));
    case 'starting':
      return replaceGroup(state, noteStart(group, resource, outcome, moment));
    case 'stopping':
      // What a start or a check came to no longer matters on the way down: every resource is stopped anyway.
      // Nor does a stop that belonged to the way up: what the standby's side says is no word about the owner's.
      return isStepDown(group, activity, resource)
        ? replaceGroup(state, noteStop(group, activity, resource, outcome, moment))
        : replaceGroup(state, { ...group, job: undefined });
    case 'syncing':
      return noteSync(state, group, outcome, moment);
    case 'active':
      return replaceGroup(state, noteByHand(group, resource, outcome, moment));
    case 'idle':
    case 'claiming':
    case 'unconfirmed':
      return replaceGroup(state, { ...group, job: undefined });
  }
}

function isStepDown(group: GroupState, { next }: Extract<Activity, { kind: 'stopping' }>, resource: string): boolean {
  return group.job?.action === 'stop' && stopPlan(group)[next - 1]?.resource === resource;
}
