import { isInMaintenance, standbySide } from './groups.ts';
import { hasNewcomer, isLate, peerView } from './peerView.ts';
import { whoSeesLan } from './pings.ts';
import type { GroupState, NodeState } from './state.ts';

/**
 * Notes since when the preferred node could have the group back without a pause: it is there, armed and configured
 * alike. Whoever put the group here by hand wants it here.
 */
export function noteFailback(state: NodeState, group: GroupState, atMs: number): GroupState {
  const canGoBack = isWanted(state, group) && isPeerReady(state, group, atMs);
  if (canGoBack === (group.canFailBackSinceMs !== undefined)) return group;
  return { ...group, canFailBackSinceMs: canGoBack ? atMs : undefined };
}

export function isFailbackDue(group: GroupState, atMs: number): boolean {
  return failbackAtMs(group) <= atMs;
}

/** When the group goes back, if nothing comes between. */
export function failbackAtMs({ config, canFailBackSinceMs }: GroupState): number {
  if (config.failbackAfterMs === undefined || canFailBackSinceMs === undefined) return Number.POSITIVE_INFINITY;
  return canFailBackSinceMs + config.failbackAfterMs;
}

function isWanted(state: NodeState, group: GroupState): boolean {
  const { config, durable, activity } = group;
  if (config.failbackAfterMs === undefined || config.preferred !== state.config.peer) return false;
  // Nothing would copy what was written since to the node that takes it.
  if (config.dataClass === 'copied' && standbySide(group).length === 0) return false;
  return activity.kind === 'active' && !durable.isByOperator && !isInMaintenance(group);
}

function isPeerReady(state: NodeState, group: GroupState, atMs: number): boolean {
  const said = state.peer.groups[group.config.name]?.beat;
  if (said === undefined || !isSurelyThere(state, atMs)) return false;
  return said.armed === 'armed' && said.digest === group.config.digest && whoSeesLan(state) !== 'self';
}

/** There is no hurry: a peer that is late may be gone, and one that was restarted first has to say how it is. */
function isSurelyThere(state: NodeState, atMs: number): boolean {
  const isThere = peerView(state, atMs) === 'heard' && state.peer.phase === 'online';
  return isThere && !isLate(state, atMs) && !hasNewcomer(state, atMs);
}
