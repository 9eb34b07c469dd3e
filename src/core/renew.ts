import { canGoOn } from './confirm.ts';
import { groupNamed, isInMaintenance, replaceGroup, withDurable } from './groups.ts';
import { leaseEndsAtMs } from './lease.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
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
      return state.isSameBoot && (holding === 'serving' || holding === 'claimed') && canGoOn(state, group, atMs);
    }
    case 'unconfirmed':
      return canGoOn(state, group, atMs);
    case 'idle':
    case 'syncing':
    case 'claiming':
      return false;
  }
}

/** What the runner found when it renewed. */
export function noteRenewal(state: NodeState, name: string, missing: readonly string[], moment: Moment): NodeState {
  const group = groupNamed(state, name);
  if (group === undefined) return state;
  const { kind } = group.activity;
  // Whoever works on the group by hand takes its addresses down too: it is checked again when he is done.
  if (kind === 'active' && isInMaintenance(group)) {
    return replaceGroup(state, { ...withoutResources(group, missing), renewedAtMs: moment.atMs });
  }
  if (kind === 'checking' && missing.length > 0) return replaceGroup(state, { ...group, renewedAtMs: undefined });
  // What the way up has not come to yet is not missed.
  const isMissed = missing.some((resource) => kind === 'active' || group.resources[resource]?.state === 'running');
  const isSeenTo = (kind !== 'active' && kind !== 'starting') || group.isAddressDropped;
  if (!isMissed || isSeenTo) {
    return missing.length > 0 && kind === 'unconfirmed'
      ? state
      : replaceGroup(state, { ...group, renewedAtMs: moment.atMs });
  }
  const sinceMs = moment.atMs - (group.renewedAtMs ?? moment.atMs);
  const hasLapsed = sinceMs >= state.config.timing.leaseMs;
  if (!hasLapsed && kind === 'starting') return state;
  const what = hasLapsed
    ? `lapsed after ${Math.round(sinceMs)} ms without a renewal: whether this node still owns the group is decided anew`
    : 'was removed by somebody else: putting it back';
  record(moment, 'address-missing', `${missing.join(', ')} of ${name} ${what}`, { level: 'warning', group: name });
  if (!hasLapsed) return replaceGroup(state, { ...group, activity: { kind: 'starting', next: 0 }, monitors: {} });
  return replaceGroup(state, {
    ...withDurable(withoutResources(group, missing), { hasFaltered: true }),
    monitors: {},
    renewedAtMs: undefined,
    activity: { kind: 'unconfirmed', sinceMs: moment.atMs, canConfirmAlone: false },
  });
}

/** What was stopped by hand stays told so. */
function withoutResources(group: GroupState, missing: readonly string[]): GroupState {
  const gone = missing
    .filter((resource) => group.resources[resource]?.state !== 'stopped')
    .map((resource) => [resource, { state: 'stopped', detail: '' }] as const);
  return gone.length === 0 ? group : { ...group, resources: { ...group.resources, ...Object.fromEntries(gone) } };
}
