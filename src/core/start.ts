import { withdraw } from './claim.ts';
import { leaveDeadManOrder } from './deadMan.ts';
import { isTrueOnDisk, replaceGroup } from './groups.ts';
import { isSameEpoch } from './identity.ts';
import type { JobOutcome } from './job.ts';
import { detailOf, startJob, withResource } from './jobs.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import { firstMonitors } from './monitor.ts';
import { startPlan } from './plan.ts';
import { hasServed, isServingOnDisk, markServing } from './serving.ts';
import type { Activity, GroupState, NodeState } from './state.ts';
import { noteFailure } from './trouble.ts';
import { isWatchdogFailed, isWatchdogReady } from './watchdog.ts';

export type Starting = Extract<Activity, { kind: 'starting' }>;

/**
 * The next step of the way up. Before the first resource other than an address starts, the disk says that
 * this ownership serves: from then on every other copy is older (I6).
 */
export function pressStart(state: NodeState, group: GroupState, activity: Starting, moment: Moment): NodeState {
  if (group.job !== undefined) return state;
  const step = startPlan(group)[activity.next];
  if (step === undefined) return becomeActive(state, group, moment);
  if (!isClaimedOnDisk(state, group)) return state;
  // The runner was lost after the claim, and came back without a watchdog.
  if (activity.next === 0 && group.durable.holding === 'claimed' && !isWatchdogReady(state)) {
    return isWatchdogFailed(state) ? withdraw(state, group, moment) : state;
  }
  if (step.serves && !hasServed(group)) return replaceGroup(state, markServing(group, activity));
  if (step.serves && !isServingOnDisk(state, group)) return state;
  if (activity.next === 0) leaveDeadManOrder(state, group, moment);
  const ordered = step.serves ? { ...group, activity: { kind: 'starting', next: activity.next } as const } : group;
  return startJob(state, ordered, step, moment);
}

/** The next step puts an address up that is not known to be there. */
export function isAddressNext(group: GroupState, { next }: Starting): boolean {
  const step = startPlan(group)[next];
  const isAddress = step?.action === 'start' && !step.serves;
  return isAddress && group.job === undefined && group.resources[step.resource]?.state !== 'running';
}

/** Of what an owner runs nothing has come up yet. */
export function isAllDown({ config, resources }: GroupState): boolean {
  return config.resources.every(({ name, side }) => side === 'standby' || resources[name]?.state === 'stopped');
}

/** What a step of the way up came to; a failed one never starts the next (I7). */
export function noteStart(group: GroupState, resource: string, outcome: JobOutcome, moment: Moment): GroupState {
  const { activity } = group;
  if (activity.kind !== 'starting') return { ...group, job: undefined };
  const step = startPlan(group)[activity.next];
  if (outcome.kind === 'done' || outcome.kind === 'running') {
    const shown = step?.action === 'stop' ? 'stopped' : 'running';
    return {
      ...withResource(group, resource, { state: shown, detail: outcome.kind === 'done' ? (outcome.note ?? '') : '' }),
      job: undefined,
      activity: { ...activity, next: activity.next + 1 },
    };
  }
  const verb = step?.action === 'stop' ? 'stop before the takeover' : 'start';
  const failed = noteFailure(group, resource, `the ${verb} failed: ${detailOf(outcome)}`, 'giveUp', moment);
  return { ...failed, job: undefined };
}

/** In maintenance: what runs is left as it is, but its leases and the dead-man order need a head that renews them. */
export function goOnUntouched(state: NodeState, group: GroupState, moment: Moment): NodeState {
  leaveDeadManOrder(state, group, moment);
  return becomeActive(state, group, moment);
}

function becomeActive(state: NodeState, group: GroupState, moment: Moment): NodeState {
  record(
    moment,
    'role-changed',
    `${group.config.name} is active on ${state.config.self} under epoch ${group.durable.heldEpoch.counter}`,
    {
      group: group.config.name,
    },
  );
  return replaceGroup(state, {
    ...group,
    activity: { kind: 'active' },
    wish: undefined,
    monitors: firstMonitors(group, moment.atMs),
    ask: { kind: 'none' },
  });
}

/** The survivor of a split goes on under an epoch that is not on disk yet. */
function isClaimedOnDisk(state: NodeState, group: GroupState): boolean {
  return isTrueOnDisk(
    state,
    group.config.name,
    (saved) => saved.holding !== 'nothing' && isSameEpoch(saved.heldEpoch, group.durable.heldEpoch),
  );
}
