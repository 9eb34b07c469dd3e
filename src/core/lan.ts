import { hasCarrier } from './armed.ts';
import { addressVerdict } from './ask.ts';
import type { GroupBeat } from './beat.ts';
import { hasAddress } from './groups.ts';
import { pingView } from './pings.ts';
import type { GroupState, NodeState } from './state.ts';

/** Nothing says that this node is cut off from the service LAN of the group. */
export function isLanSeen(state: NodeState, group: GroupState): boolean {
  return hasCarrier(state, group) && pingView(state) !== 'down';
}

/** The same within the last deadtime: what ends a split may have mended this LAN a moment ago. */
export function wasLanSeen(state: NodeState, group: GroupState, atMs: number): boolean {
  const { lanBadAtMs } = group;
  return lanBadAtMs === undefined || atMs - lanBadAtMs >= state.config.timing.deadMs;
}

/**
 * The LAN is there, because a ping target answers, and the floating address that the peer held does not: that is one
 * more medium on which the peer is silent.
 */
export function isAddressSilentInProvenLan(
  state: NodeState,
  group: GroupState,
  said: GroupBeat | undefined,
  atMs: number,
): boolean {
  const isAnswered = group.ask.kind === 'none' || group.ask.last.kind !== 'silent';
  if (said?.role !== 'active' || !hasAddress(group) || isAnswered) return false;
  return pingView(state) === 'up' && addressVerdict(state, group, atMs) === 'free';
}
