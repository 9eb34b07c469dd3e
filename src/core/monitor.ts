import { isInMaintenance, replaceGroup } from './groups.ts';
import type { JobOutcome } from './job.ts';
import { detailOf, withResource } from './jobs.ts';
import type { Moment } from './moment.ts';
import type { GroupState, Monitor, NodeState } from './state.ts';
import { beginRestart } from './stop.ts';
import { noteFailure } from './trouble.ts';

/** A check that gives no clear answer is asked once more before it counts. */
const unclearMax = 2;

export function firstMonitors(group: GroupState, atMs: number): GroupState['monitors'] {
  const monitored = group.config.resources.filter(({ monitorMs, side }) => monitorMs > 0 && side === 'owner');
  return Object.fromEntries(
    monitored.map(({ name, monitorMs }) => [name, { job: undefined, nextAtMs: atMs + monitorMs, unclear: 0 }]),
  );
}

/** Checks every resource of an active group at its own pace. */
export function monitor(state: NodeState, group: GroupState, moment: Moment): NodeState {
  if (state.runner === 'away' || state.stall.kind === 'unsettled') return state;
  let count = state.jobCount;
  const monitors: Record<string, Monitor> = { ...group.monitors };
  for (const { name, monitorMs, statusTimeoutMs } of group.config.resources) {
    const known = group.monitors[name];
    if (known === undefined || known.job !== undefined || known.nextAtMs > moment.atMs) continue;
    count += 1;
    const job = `${state.incarnation}-${count}`;
    const epochCounter = group.durable.heldEpoch.counter;
    moment.effects.push({
      type: 'startJob',
      spec: {
        job,
        group: group.config.name,
        resource: name,
        action: 'status',
        epochCounter,
        timeoutMs: statusTimeoutMs,
      },
    });
    monitors[name] = { ...known, job, nextAtMs: moment.atMs + monitorMs };
  }
  return count === state.jobCount ? state : replaceGroup({ ...state, jobCount: count }, { ...group, monitors });
}

/** What a check came to: restart the resource here, or, after too many, give the group up. */
export function noteMonitor(
  state: NodeState,
  group: GroupState,
  resource: string,
  outcome: JobOutcome,
  moment: Moment,
): NodeState {
  const known = group.monitors[resource];
  if (known === undefined || group.activity.kind !== 'active') return state;
  if (outcome.kind === 'running' || outcome.kind === 'done') {
    const position =
      outcome.kind === 'running' && outcome.position !== undefined
        ? { ...group.position, newest: outcome.position }
        : group.position;
    const monitors = { ...group.monitors, [resource]: { ...known, job: undefined, unclear: 0 } };
    return replaceGroup(state, {
      ...withResource(group, resource, { state: 'running', detail: '' }),
      monitors,
      position,
    });
  }
  const unclear = outcome.kind === 'stopped' ? unclearMax : known.unclear + 1;
  if (unclear < unclearMax) {
    const monitors = { ...group.monitors, [resource]: { job: undefined, nextAtMs: moment.atMs, unclear } };
    return replaceGroup(state, {
      ...withResource(group, resource, { state: 'unknown', detail: detailOf(outcome) }),
      monitors,
    });
  }
  const isAddress = group.config.resources.some(({ name, kind }) => name === resource && kind === 'address');
  // Nothing is decided in hold mode, nor in maintenance, which may begin while a check runs; and an address that was
  // dropped is expected to be down.
  if (state.isHoldMode || isInMaintenance(group) || (isAddress && group.isAddressDropped)) {
    const monitors = { ...group.monitors, [resource]: { ...known, job: undefined } };
    return replaceGroup(state, {
      ...withResource(group, resource, { state: 'failed', detail: detailOf(outcome) }),
      monitors,
    });
  }
  const failed = noteFailure(group, resource, `it was found down: ${detailOf(outcome)}`, 'count', moment);
  if (failed.trouble.isGivingUp) return replaceGroup(state, failed);
  if (isAddress) return replaceGroup(state, { ...failed, activity: { kind: 'starting', next: 0 } });
  return beginRestart(replaceGroup(state, failed), failed, resource, moment);
}
