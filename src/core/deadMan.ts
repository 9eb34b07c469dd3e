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

export function withdrawDeadManOrder(group: GroupState, moment: Moment): void {
  const { name } = group.config;
  moment.effects.push({
    type: 'setDeadMan',
    group: name,
    afterMs: undefined,
    epochCounter: group.durable.heldEpoch.counter,
  });
}
