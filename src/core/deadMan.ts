import { isHolding, replaceGroup } from './groups.ts';
import type { Moment } from './moment.ts';
import type { GroupState, NodeState } from './state.ts';

/** Without a head the runner stops the group after this time; it is renewed with every renewal. */
export function leaveDeadManOrder(state: NodeState, group: GroupState, moment: Moment): void {
  const { leaseMs, deadMs } = state.config.timing;
  moment.effects.push({
    type: 'setDeadMan',
    group: group.config.name,
    afterMs: group.config.hasDeadMan ? Math.max(leaseMs, deadMs) : undefined,
    epochCounter: group.durable.heldEpoch.counter,
  });
}

/** What is surely held has one; what is checked keeps the order of the daemon before until it is known to run. */
export function hasDeadManOrder(group: GroupState): boolean {
  return isHolding(group) && group.activity.kind !== 'checking';
}

export function withdrawDeadManOrder(group: GroupState, moment: Moment): void {
  const { name } = group.config;
  moment.effects.push({
    type: 'setDeadMan',
    group: name,
    afterMs: undefined,
    epochCounter: group.durable.heldEpoch.counter,
  });
}

/**
 * Nothing is renewed for a group that this node has done with, so an order that is still there would be carried out in
 * the end, although a head lives. That goes for a stop that has failed, too: what follows is an operator's matter (I8).
 * An earlier daemon may have left one.
 */
export function withdrawSpentOrders(state: NodeState, moment: Moment): NodeState {
  return state.groups.reduce((current, group) => {
    const isIdle = group.activity.kind === 'idle';
    if (isIdle === group.isDeadManWithdrawn) return current;
    if (isIdle) withdrawDeadManOrder(group, moment);
    return replaceGroup(current, { ...group, isDeadManWithdrawn: isIdle });
  }, state);
}
