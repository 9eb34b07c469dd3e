import { groupNamed, replaceGroup, withDurable } from './groups.ts';
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
    if (!isRenewed(group) || group.nextRenewAtMs > moment.atMs) return current;
    moment.effects.push({ type: 'renew', group: group.config.name, epochCounter: group.durable.heldEpoch.counter });
    return replaceGroup(current, { ...group, nextRenewAtMs: moment.atMs + state.config.timing.renewMs });
  }, state);
}

export function isRenewed(group: GroupState): boolean {
  const { kind } = group.activity;
  return kind === 'starting' || kind === 'active' || kind === 'stopping';
}

/** What the runner found when it renewed. */
export function noteRenewal(state: NodeState, name: string, missing: readonly string[], moment: Moment): NodeState {
  const group = groupNamed(state, name);
  if (group === undefined || !isRenewed(group)) return state;
  if (missing.length === 0 || group.activity.kind !== 'active' || group.isAddressDropped) {
    return replaceGroup(state, { ...group, renewedAtMs: moment.atMs });
  }
  const sinceMs = moment.atMs - (group.renewedAtMs ?? moment.atMs);
  const hasLapsed = sinceMs >= state.config.timing.leaseMs;
  const what = hasLapsed
    ? `lapsed after ${Math.round(sinceMs)} ms without a renewal: whether this node still owns the group is decided anew`
    : 'was removed by somebody else: putting it back';
  record(moment, 'address-missing', `${missing.join(', ')} of ${name} ${what}`, { level: 'warning', group: name });
  if (!hasLapsed) return replaceGroup(state, { ...group, activity: { kind: 'starting', next: 0 }, monitors: {} });
  return replaceGroup(state, {
    ...withDurable(group, { hasFaltered: true }),
    monitors: {},
    activity: { kind: 'unconfirmed', sinceMs: moment.atMs, canConfirmAlone: false },
  });
}
