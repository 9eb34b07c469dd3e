import type { DurableGroup } from './durable.ts';
import { withDurable } from './groups.ts';
import type { NodeState } from './state.ts';

/**
 * A fence that has lied is not believed by the next daemon either: the disk knows it of each group, and what one knows
 * holds for all. A group that the config takes up later learns it in the next step.
 */
export function rememberLie(state: NodeState): NodeState {
  const by = liedBy(state);
  if (by === undefined) return state;
  const isKnown = state.fence.kind === 'lied' && state.groups.every(({ durable }) => durable.fenceLiedBy === by);
  if (isKnown) return state;
  const groups = state.groups.map((group) => withDurable(group, { fenceLiedBy: by }));
  return { ...state, groups, fence: { kind: 'lied', by } };
}

/** An operator acknowledges: of the groups that have left the config, too, which may come back. */
export function forgetLie(state: NodeState): NodeState {
  if (liedBy(state) === undefined) return state;
  return {
    ...state,
    fence: state.fence.kind === 'lied' ? { kind: 'idle' } : state.fence,
    groups: state.groups.map((group) => withDurable(group, { fenceLiedBy: undefined })),
    retiredGroups: state.retiredGroups.map((group): DurableGroup => ({ ...group, fenceLiedBy: undefined })),
  };
}

function liedBy({ fence, groups }: NodeState): string | undefined {
  if (fence.kind === 'lied') return fence.by;
  return groups.map(({ durable }) => durable.fenceLiedBy).find((by) => by !== undefined);
}
