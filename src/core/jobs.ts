import { replaceGroup } from './groups.ts';
import type { JobAction, JobOutcome } from './job.ts';
import type { Moment } from './moment.ts';
import type { GroupState, NodeState, ResourceState } from './state.ts';

/** What is to be done with one resource, and for how long at the most. */
export interface WantedJob {
  readonly resource: string;
  readonly action: JobAction;
  readonly timeoutMs: number;
}

/** Starts the one job that a group's plan waits for. */
export function startJob(state: NodeState, group: GroupState, wanted: WantedJob, moment: Moment): NodeState {
  const { resource, action, timeoutMs } = wanted;
  const count = state.jobCount + 1;
  const id = `${state.incarnation}-${count}`;
  moment.effects.push({
    type: 'startJob',
    spec: {
      job: id,
      group: group.config.name,
      resource,
      action,
      epochCounter: group.durable.heldEpoch.counter,
      timeoutMs,
    },
  });
  const shown = action === 'start' ? 'starting' : action === 'stop' ? 'stopping' : undefined;
  const named = shown === undefined ? group : withResource(group, resource, { state: shown, detail: '' });
  return replaceGroup({ ...state, jobCount: count }, { ...named, job: { id, resource, action } });
}

export function withResource(group: GroupState, resource: string, resourceState: ResourceState): GroupState {
  return { ...group, resources: { ...group.resources, [resource]: resourceState } };
}

/** What an outcome means to a person who expected another one. */
export function detailOf(outcome: JobOutcome): string {
  switch (outcome.kind) {
    case 'failed':
    case 'timedOut':
    case 'notStarted':
      return outcome.detail;
    case 'stopped':
      return 'it is not running';
    case 'running':
      return 'it is still running';
    case 'done':
      return outcome.note ?? 'done';
  }
}
