import type { JobAction } from './job.ts';
import type { GroupState } from './state.ts';

export interface PlanStep {
  readonly resource: string;
  readonly action: JobAction;
  readonly timeoutMs: number;
  /** Something other than an address: from here on the ownership serves. */
  readonly serves: boolean;
}

/**
 * The way up: every standby-side resource is stopped and verified before the first start, whatever
 * the order of the line (I7); then left to right.
 */
export function startPlan(group: GroupState): readonly PlanStep[] {
  const { resources } = group.config;
  const stops = resources
    .filter(({ side }) => side === 'standby')
    .map(
      ({ name, stopTimeoutMs }): PlanStep => ({
        resource: name,
        action: 'stop',
        timeoutMs: stopTimeoutMs,
        serves: false,
      }),
    );
  const starts = resources
    .filter(({ side }) => side === 'owner')
    .map(
      ({ name, kind, startTimeoutMs }): PlanStep => ({
        resource: name,
        action: 'start',
        timeoutMs: startTimeoutMs,
        serves: kind !== 'address',
      }),
    );
  return [...stops, ...starts];
}

/** The way down, right to left. `next` of a stopping activity counts down from its length. */
export function stopPlan(group: GroupState): readonly PlanStep[] {
  return group.config.resources
    .filter(({ side }) => side === 'owner')
    .map(
      ({ name, stopTimeoutMs }): PlanStep => ({
        resource: name,
        action: 'stop',
        timeoutMs: stopTimeoutMs,
        serves: false,
      }),
    );
}

/** The place of a resource in `stopPlan`. */
export function stopIndexOf(group: GroupState, resource: string): number {
  return stopPlan(group).findIndex((step) => step.resource === resource);
}
