import { standbySide } from './groups.ts';
import { isHigher, isSameEpoch } from './identity.ts';
import type { GroupState } from './state.ts';

/**
 * Whether this node's copy may serve: the state of replicated data that no beat can see.
 *
 * Stale iff the data is copied and the copy does not descend from the newest ownership that served, or
 * the last completed sync began longer than `maxLag` before the owner was last heard.
 */
export type CopyState = 'good' | 'stale' | 'lagging' | 'withdrawn';

export function copyState(group: GroupState, wallMs: number): CopyState {
  const { durable, config } = group;
  if (config.dataClass !== 'copied') return 'good';
  if (durable.isCopyWithdrawn) return 'withdrawn';
  if (isHigher(durable.servedEpoch, durable.copyEpoch)) return 'stale';
  return lagMs(group, wallMs) > config.maxLagMs ? 'lagging' : 'good';
}

/**
 * How old this node's copy is: from the begin of its last completed sync to the moment the owner was last
 * heard. Zero for the node that served last, and where nothing has ever served.
 */
export function lagMs(group: GroupState, wallMs: number): number {
  const { durable } = group;
  if (durable.servedEpoch.counter === 0 || isOwnCopy(group)) return 0;
  if (durable.sync === undefined) return Number.POSITIVE_INFINITY;
  // An owner that was last heard long before the sync began: the clock jumped back, and nothing is known of the age.
  return Math.abs((durable.ownerHeardWallMs ?? wallMs) - durable.sync.beganWallMs);
}

/** The copy here is the original: this node itself served the newest ownership. What it holds is always its own. */
export function isOwnCopy(group: GroupState): boolean {
  const { copyEpoch, servedEpoch, heldEpoch } = group.durable;
  return isSameEpoch(copyEpoch, servedEpoch) && heldEpoch.node === servedEpoch.node;
}

/** A planned move runs a last sync where a standby-side resource copies the data. */
export function needsLastSync(group: GroupState): boolean {
  return (
    group.config.dataClass === 'copied' &&
    standbySide(group).length > 0 &&
    group.durable.servedEpoch.counter > 0 &&
    !isOwnCopy(group)
  );
}
