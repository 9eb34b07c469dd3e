import { isTrueOnDisk, withDurable } from './groups.ts';
import { isHigher, isSameEpoch } from './identity.ts';
import type { Activity, GroupState, NodeState } from './state.ts';

/**
 * From the first start of a resource other than an address an ownership has *served*: every other copy of the
 * data is older. The disk says so before that start is ordered (I6).
 */
export function markServing(group: GroupState, activity: Extract<Activity, { kind: 'starting' }>): GroupState {
  const { heldEpoch, holding, servedEpoch, copyEpoch, isCopyWithdrawn } = group.durable;
  const serving = withDurable(group, {
    holding: 'serving',
    servedEpoch: heldEpoch,
    copyEpoch: heldEpoch,
    isCopyWithdrawn: false,
  });
  const beforeServing = activity.beforeServing ?? { holding, servedEpoch, copyEpoch, isCopyWithdrawn };
  return { ...serving, activity: { ...activity, beforeServing } };
}

export function hasServed(group: GroupState): boolean {
  const { holding, servedEpoch, copyEpoch, heldEpoch } = group.durable;
  return holding === 'serving' && isSameEpoch(servedEpoch, heldEpoch) && isSameEpoch(copyEpoch, heldEpoch);
}

export function isServingOnDisk(state: NodeState, group: GroupState): boolean {
  return isTrueOnDisk(
    state,
    group.config.name,
    (saved) => saved.holding === 'serving' && isSameEpoch(saved.servedEpoch, group.durable.heldEpoch),
  );
}

/** A start that is given up before anything of it could serve has made no other copy older, nor this one newer. */
export function withoutServing(group: GroupState): GroupState {
  const { activity } = group;
  if (activity.kind !== 'starting' || activity.beforeServing === undefined) return group;
  const { servedEpoch, heldEpoch } = group.durable;
  // What the peer has served since was heard of meanwhile.
  const isNews = isHigher(servedEpoch, heldEpoch);
  return withDurable(group, { ...activity.beforeServing, ...(isNews ? { servedEpoch } : {}) });
}
