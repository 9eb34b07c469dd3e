import { canGoOn, couldNobodyTake } from './confirm.ts';
import { groupNamed, isInMaintenance, replaceGroup, withDurable } from './groups.ts';
import { leaseEndsAtMs } from './lease.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import { withoutServing } from './serving.ts';
import type { GroupState, NodeState } from './state.ts';

/**
 * Renews the leases of what this node holds: by order of the decision loop, and only when its own time did
 * not stand still. If this stops for good, the kernel removes the addresses and the runner the services.
 */
export function renew(state: NodeState, moment: Moment): NodeState {
  if (state.stall.kind === 'unsettled' || state.runner === 'away') return state;
  return state.groups.reduce((current, group) => {
    if (!isRenewed(state, group, moment.atMs) || group.nextRenewAtMs > moment.atMs) return current;
    // A stop that takes too long must not keep the address up when another may have it.
    if (moment.atMs >= leaseEndsAtMs(state, group)) return current;
    moment.effects.push({ type: 'renew', group: group.config.name, epochCounter: group.durable.heldEpoch.counter });
    return replaceGroup(current, { ...group, nextRenewAtMs: moment.atMs + state.config.timing.renewMs });
  }, state);
}

/** What runs, and what ran before a restart and may go on: its checks take longer than a lease. */
export function isRenewed(state: NodeState, group: GroupState, atMs: number): boolean {
  switch (group.activity.kind) {
    case 'starting':
    case 'active':
    case 'stopping':
      return true;
    case 'checking': {
      const { holding } = group.durable;
      return (holding === 'serving' || holding === 'claimed') && canGoOn(state, group, atMs);
    }
    case 'unconfirmed':
      return canGoOn(state, group, atMs);
    case 'idle':
    case 'syncing':
    case 'claiming':
      return false;
  }
}

/** Nothing was renewed for a lease: the addresses are gone, and the peer may have taken over. */
export function hasLapsed(state: NodeState, group: GroupState, atMs: number): boolean {
  return group.renewedAtMs !== undefined && atMs - group.renewedAtMs >= state.config.timing.leaseMs;
}

/** What was held until the lapse goes up again only when it is confirmed. */
export function doubt(state: NodeState, group: GroupState, missing: readonly string[], moment: Moment): NodeState {
  const lapsedMs = Math.round(moment.atMs - (group.renewedAtMs ?? moment.atMs));
  noteMissing(
    group,
    missing,
    `lapsed after ${lapsedMs} ms without a renewal: whether this node still owns the group is decided anew`,
    moment,
  );
  const { resources } = group.config;
  const addresses = resources.filter(({ kind }) => kind === 'address').map(({ name }) => name);
  const lapsed = { ...withoutResources(group, addresses), renewedAtMs: undefined };
  // A peer that was silent before has missed nothing; and the LAN is asked before the address comes back.
  return giveWay(state, lapsed, moment, couldNobodyTake(state, lapsed, moment.atMs));
}

/** Somebody else may own the group by now: nothing more is put up before that is known, and what runs is left. */
export function giveWay(state: NodeState, group: GroupState, moment: Moment, canConfirmAlone = false): NodeState {
  return replaceGroup(state, {
    ...withDurable(withoutServing(group), { hasFaltered: true }),
    monitors: {},
    renewedAtMs: undefined,
    activity: { kind: 'unconfirmed', sinceMs: moment.atMs, canConfirmAlone },
  });
}

/** What the runner found when it renewed. What comes before a stall is settled was asked for before it. */
export function noteRenewal(state: NodeState, name: string, missing: readonly string[], moment: Moment): NodeState {
  const group = groupNamed(state, name);
  if (group === undefined || state.stall.kind === 'unsettled') return state;
  const { kind } = group.activity;
  // Whoever works on the group by hand takes its addresses down too: it is checked again when he is done.
  if (kind === 'active' && isInMaintenance(group)) {
    return replaceGroup(state, { ...withoutResources(group, missing), renewedAtMs: moment.atMs });
  }
  if (kind === 'checking' && missing.length > 0) return replaceGroup(state, { ...group, renewedAtMs: undefined });
  // What the way up has not come to yet is not missed.
  const isMissed = missing.some((resource) => kind === 'active' || group.resources[resource]?.state === 'running');
  const isSeenTo = (kind !== 'active' && kind !== 'starting') || group.isAddressDropped;
  const isOver = hasLapsed(state, group, moment.atMs);
  // What is on its way ends in a start, which must know, whether or not there is an address to be missed.
  if (isOver && (kind === 'stopping' || (kind === 'starting' && !isMissed))) return state;
  if (!isMissed || isSeenTo) {
    return missing.length > 0 && kind === 'unconfirmed'
      ? state
      : replaceGroup(state, { ...group, renewedAtMs: moment.atMs });
  }
  if (isOver) return doubt(state, group, missing, moment);
  if (kind === 'starting') return state;
  noteMissing(group, missing, 'was removed by somebody else: putting it back', moment);
  const put = withoutResources(group, missing);
  return replaceGroup(state, { ...put, activity: { kind: 'starting', next: 0 }, monitors: {} });
}

function noteMissing({ config: { name } }: GroupState, missing: readonly string[], what: string, moment: Moment): void {
  const which = missing.length === 0 ? name : `${missing.join(', ')} of ${name}`;
  record(moment, 'address-missing', `${which} ${what}`, { level: 'warning', group: name });
}

/** What was stopped by hand stays told so. */
function withoutResources(group: GroupState, missing: readonly string[]): GroupState {
  const gone = missing
    .filter((resource) => group.resources[resource]?.state !== 'stopped')
    .map((resource) => [resource, { state: 'stopped', detail: '' }] as const);
  return gone.length === 0 ? group : { ...group, resources: { ...group.resources, ...Object.fromEntries(gone) } };
}
