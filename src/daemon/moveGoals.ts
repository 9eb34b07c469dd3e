import type { ResourceAction } from '../control/controlProtocol.ts';
import { groupNamed, isServing } from '../core/groups.ts';
import type { GroupState, NodeState } from '../core/state.ts';

export type GoalOutcome =
  | 'moving'
  | 'arrived'
  /** `isVague`: what the journal has just said about the group says it better. */
  | { readonly failure: string; readonly isVague?: boolean };

/** What somebody waits for: when it has come to something, and how that is said. */
export interface Goal {
  readonly groups: readonly string[];
  /** Called for each of the groups at each look, in turn. */
  outcome(state: NodeState, group: GroupState): GoalOutcome;
  done(state: NodeState): string;
}

/** The groups become active here. */
export function takeoverGoal(groups: readonly string[]): Goal {
  /** Groups that were seen on the way: from then on a standstill is a failure. */
  const started = new Set<string>();
  return {
    groups,
    outcome: (_state, group) => stopFailure(group) ?? takeoverOutcome(group, started),
    done: ({ config }) => `${groups.join(', ')} is active on ${config.self}`,
  };
}

/** The groups become active at the peer, or are down where an operator wanted that. */
export function releaseGoal(groups: readonly string[]): Goal {
  return {
    groups,
    outcome: (state, group) => stopFailure(group) ?? releaseOutcome(state, group),
    done: () => `${groups.join(', ')} is released`,
  };
}

/** The same, for a node that then stays without. */
export function standbyGoal(groups: readonly string[]): Goal {
  return {
    ...releaseGoal(groups),
    done: (state) => {
      const { self, peer } = state.config;
      const areThere = groups.filter((name) => state.peer.groups[name]?.beat?.role === 'active');
      const areDown = groups.filter((name) => !areThere.includes(name));
      const there = areThere.length === 0 ? '' : `; ${areThere.join(', ')} is active on ${peer}`;
      const down = areDown.length === 0 ? '' : `; ${areDown.join(', ')} is down until a takeover`;
      return `${self} is on standby${there}${down}`;
    },
  };
}

/** What an operator does with one resource has come to something. */
export function resourceGoal(name: string, resource: string, action: Exclude<ResourceAction, 'cleanup'>): Goal {
  const isUp = action !== 'stop';
  return {
    groups: [name],
    outcome: (_state, group) => {
      if (group.job?.resource === resource) return 'moving';
      const isRestarting =
        group.activity.kind === 'starting' ||
        (group.activity.kind === 'stopping' && group.activity.afterwards === 'restart');
      if (action === 'restart' && isRestarting && !group.trouble.isGivingUp) return 'moving';
      const { state = 'unknown', detail = '' } = group.resources[resource] ?? {};
      if (group.activity.kind === 'active' && state === (isUp ? 'running' : 'stopped')) return 'arrived';
      const why = detail === '' ? '' : `: ${detail}`;
      return { failure: `the ${action} of ${resource} failed, it is ${state}${why}` };
    },
    done: ({ config }) => `${resource} is ${isUp ? 'running' : 'stopped'} on ${config.self}`,
  };
}

/** The groups that an empty list means, before anything has moved. */
export function movedGroups(
  state: NodeState,
  verb: 'takeover' | 'release',
  named: readonly string[],
): readonly string[] {
  if (named.length > 0) return [...new Set(named)].filter((name) => groupNamed(state, name) !== undefined);
  return state.groups.filter((group) => isServing(group) === (verb === 'release')).map(({ config }) => config.name);
}

function stopFailure({ config, durable: { stopFailed } }: GroupState): GoalOutcome | undefined {
  if (stopFailed === undefined) return undefined;
  return { failure: `${stopFailed.resource} of ${config.name} could not be stopped: ${stopFailed.detail}` };
}

function takeoverOutcome(group: GroupState, started: Set<string>): GoalOutcome {
  const { name } = group.config;
  const { activity, trouble } = group;
  if (activity.kind === 'active') return 'arrived';
  if (trouble.isGivingUp) return { failure: `${name} could not be started: ${trouble.sentence ?? 'see the events'}` };
  const isOnTheWay = isServing(group) || activity.kind === 'claiming' || activity.kind === 'syncing';
  if (isOnTheWay) started.add(name);
  // The wish ends when it is fulfilled, and when it is given up.
  const isGivenUp = group.wish === undefined && !isOnTheWay;
  if (isGivenUp || (started.has(name) && activity.kind === 'stopping')) {
    return { failure: `the takeover of ${name} is off: ${group.because.sentence}`, isVague: true };
  }
  return 'moving';
}

/** Arrived when the peer is active, or when an operator wanted the group down and it is verified down. */
function releaseOutcome(state: NodeState, group: GroupState): GoalOutcome {
  const { name } = group.config;
  const peerRole = state.peer.groups[name]?.beat?.role;
  const isGone = group.activity.kind === 'idle' && group.isVerifiedStopped;
  if (isGone && (peerRole === 'active' || group.durable.isDownByOrder)) return 'arrived';
  if (isGone && peerRole === 'failed') return { failure: `${state.config.peer} could not start ${name}` };
  const isBack = group.wish === undefined && group.activity.kind === 'active';
  return isBack ? { failure: `the release of ${name} is off: ${group.because.sentence}`, isVague: true } : 'moving';
}
