import type { Role } from './beat.ts';
import type { OperatorWish } from './event.ts';
import { isHolding, isInMaintenance, isServing, withDurable } from './groups.ts';
import type { Heeded } from './heeded.ts';
import { accepted, inMaintenance, refused, unknownGroup } from './heeded.ts';
import type { Moment } from './moment.ts';
import { askRelease } from './moves.ts';
import { isPeerAlive, lackNow, saidNow } from './peerView.ts';
import type { GroupState, NodeState } from './state.ts';

type Maintenance = Extract<OperatorWish, { kind: 'maintenance' }>;
type Standby = Extract<OperatorWish, { kind: 'standby' }>;

/**
 * Hands off, or on again. Told by the beats: the peer takes nothing of such a group either, also when this
 * node falls silent. Only a group that is at rest can be left alone.
 */
export function setMaintenance(state: NodeState, wish: Maintenance, moment: Moment): Heeded {
  const named = new Set(wish.groups.length > 0 ? wish.groups : state.groups.map((group) => group.config.name));
  for (const name of named) {
    const group = state.groups.find(({ config }) => config.name === name);
    if (group === undefined) return unknownGroup(state, name);
    // Its next beat would say again what was ended here; but nobody can end it where the group is unknown.
    if (
      !wish.isOn &&
      !group.durable.isMaintained &&
      group.durable.isPeerMaintained &&
      isPeerAlive(state, moment.atMs) &&
      lackNow(state, name, moment.atMs) === undefined
    ) {
      const { peer } = state.config;
      return refused(
        state,
        `the maintenance of ${name} was ordered on ${peer}`,
        `on ${peer}: hactl maintenance off ${name}`,
      );
    }
    if (wish.isOn && !isAtRest(group))
      return refused(state, `${name} is ${group.activity.kind} at this moment`, 'wait until it is done: hactl status');
    const said = saidNow(state, name, moment.atMs);
    if (wish.isOn && said !== undefined && !restingRoles.has(said.role)) {
      const { peer } = state.config;
      return refused(state, `${name} is ${said.role} on ${peer} at this moment`, 'wait until it is done: hactl status');
    }
  }
  const groups = state.groups.map((group) => {
    if (!named.has(group.config.name)) return group;
    const changed = withDurable(group, { isMaintained: wish.isOn, isPeerMaintained: false });
    return wish.isOn || !isInMaintenance(group) ? changed : checkSoon(changed, moment.atMs);
  });
  const why = wish.reason === '' ? '' : `: ${wish.reason}`;
  return accepted(
    { ...state, groups },
    `maintenance of ${[...named].join(', ')} is ${wish.isOn ? 'on' : 'over'}${why}`,
  );
}

/** Gives away what this node owns, and takes nothing until `online`. */
export function goStandby(state: NodeState, wish: Standby, moment: Moment): Heeded {
  const coming = state.groups.find(isOnItsWay);
  if (coming !== undefined) {
    const { config, activity } = coming;
    return refused(state, `${config.name} is ${activity.kind} at this moment`, 'wait until it is done: hactl status');
  }
  const owned = state.groups.filter(isServing);
  const maintained = owned.find(isInMaintenance);
  if (maintained !== undefined) return inMaintenance(state, maintained);
  let released = state;
  for (const { config } of owned) {
    const asked = releaseOne(released, config.name, wish, moment);
    if (asked.answer.kind === 'refused') {
      return refused(
        state,
        asked.answer.sentence,
        'hactl standby --force --reason TEXT (what the peer may not take then stays down until a takeover)',
      );
    }
    released = asked.state;
  }
  const groups = released.groups.map((group) => withDurable(group, { isStandbyByOrder: true }));
  return accepted(
    { ...released, groups, retiredGroups: withStandby(state, true) },
    `${state.config.self} goes on standby${owned.length === 0 ? '' : `, and releases ${owned.map(({ config }) => config.name).join(', ')}`}`,
  );
}

/** To the peer where that may take it; where it may not, force takes it down. */
function releaseOne(state: NodeState, name: string, { isForced, reason }: Standby, moment: Moment): Heeded {
  const wish = { kind: 'release', groups: [name], reason, isDryRun: false } as const;
  const moved = askRelease(state, { ...wish, isForced: false }, moment);
  return moved.answer.kind === 'refused' && isForced ? askRelease(state, { ...wish, isForced: true }, moment) : moved;
}

export function goOnline(state: NodeState, moment: Moment): Heeded {
  const wasAway = state.isObserver || state.groups.some((group) => group.durable.isStandbyByOrder);
  if (!wasAway) return accepted(state, `${state.config.self} is online already`);
  const groups = state.groups.map((group) => ({
    ...withDurable(group, { isStandbyByOrder: false }),
    trouble: { ...group.trouble, backoffUntilMs: moment.atMs },
  }));
  return accepted(
    { ...state, groups, retiredGroups: withStandby(state, false), isObserver: false },
    `${state.config.self} is online: it may take groups again`,
  );
}

/** The groups that have left the config may come back, and say the same then. */
function withStandby({ retiredGroups }: NodeState, isStandbyByOrder: boolean): NodeState['retiredGroups'] {
  return retiredGroups.map((group) => ({ ...group, isStandbyByOrder }));
}

/** It will be served here, or may be, and cannot be asked to be released yet. */
function isOnItsWay(group: GroupState): boolean {
  const { activity } = group;
  if (activity.kind === 'stopping') return activity.afterwards === 'restart';
  return isHolding(group) && !isServing(group);
}

function isAtRest({ activity }: GroupState): boolean {
  return activity.kind === 'idle' || activity.kind === 'active';
}

/** The peer keeps its hands off, too, and what is halfway up or down there would stay so. */
const restingRoles: ReadonlySet<Role> = new Set(['standby', 'released', 'active', 'failed']);

/** What was done by hand meanwhile is found out at once, not with the next regular check. */
function checkSoon(group: GroupState, atMs: number): GroupState {
  const monitors = Object.entries(group.monitors).map(
    ([name, monitor]) => [name, { ...monitor, nextAtMs: atMs }] as const,
  );
  return { ...group, monitors: Object.fromEntries(monitors) };
}
