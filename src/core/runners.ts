import { hasDeadManOrder, leaveDeadManOrder } from './deadMan.ts';
import type { Renewal } from './event.ts';
import type { JobSpec } from './job.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import type { GroupState, NodeState } from './state.ts';
import { loseWatchdog } from './watchdog.ts';

/** The runner is there: jobs of an earlier daemon are adopted, and the dead-man orders are left again. */
export function meetRunner(
  state: NodeState,
  jobs: readonly JobSpec[],
  renewals: readonly Renewal[],
  moment: Moment,
): NodeState {
  if (state.runner === 'away') record(moment, 'runner-connected', 'the runner is connected');
  const groups = state.groups.map((group) => {
    const left = jobs.filter((job) => job.group === group.config.name && !isKnown(group, job.job));
    for (const { job } of left) moment.effects.push({ type: 'adoptJob', job });
    const renewal = renewals.find((candidate) => candidate.group === group.config.name);
    const isOurs = renewal !== undefined && renewal.epochCounter === group.durable.heldEpoch.counter;
    // A daemon that has said good-bye has taken its orders back: what it leaves running is in maintenance.
    if (hasDeadManOrder(group) && state.leaving.kind !== 'left') leaveDeadManOrder(state, group, moment);
    if (group.activity.kind !== 'checking') return group;
    const adopted = [...group.activity.adopted, ...left.map(({ job }) => job)];
    const renewedAtMs = isOurs ? moment.atMs - renewal.agoMs : undefined;
    return { ...group, renewedAtMs, activity: { ...group.activity, adopted } };
  });
  return { ...state, runner: 'connected', groups };
}

export function loseRunner(state: NodeState, reason: string, moment: Moment): NodeState {
  if (state.runner === 'away') return state;
  record(moment, 'runner-lost', `the runner is lost: ${reason}; nothing is claimed until it is back`, {
    level: 'error',
  });
  // What it last said of the LAN grows old; it tells all of it again.
  return { ...state, runner: 'away', pings: {}, watchdog: loseWatchdog(state) };
}

/** A job that this daemon itself waits for goes on over a short loss of the connection. */
function isKnown(group: GroupState, job: string): boolean {
  return group.job?.id === job || Object.values(group.monitors).some((monitor) => monitor.job === job);
}
