import { movesMax } from './durable.ts';
import type { Evidence } from './evidence.ts';
import { lastOwner } from './groups.ts';
import type { GroupState, NodeState } from './state.ts';

/** Moves that lie further apart are no sign of flapping. */
const flappingWindowMs = 60 * 60_000;

/**
 * Too many automatic moves in too short a time. It ends by `hactl ack`, never by waiting: what made the group move
 * is still there. Both directions, because the clock may have jumped between the moves.
 */
export function isFlapping({ durable: { movesWallMs } }: GroupState): boolean {
  const oldest = movesWallMs.at(0);
  const newest = movesWallMs.at(-1);
  if (oldest === undefined || newest === undefined || movesWallMs.length < movesMax) return false;
  return Math.abs(newest - oldest) < flappingWindowMs;
}

/** A claim by this evidence takes the group from the peer by this node's own decision, not by anybody's word. */
export function isMove(state: NodeState, group: GroupState, evidence: Evidence | undefined): boolean {
  if (group.wish?.kind === 'takeover') return false;
  // With a fence silence leads to proof, and what is proven is no sign of flapping.
  const isBySilence = (evidence === 'E6' || evidence === 'E7') && state.config.guards.fence === undefined;
  return isBySilence || (evidence === 'agreed' && lastOwner(group) === state.config.peer);
}
