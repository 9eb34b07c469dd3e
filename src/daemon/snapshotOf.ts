import { digestOfText } from '../config/digest.ts';
import { snapshotText } from '../control/snapshot/snapshot.ts';
import type { NodeConfig } from '../core/nodeConfig.ts';
import type { NodeState } from '../core/state.ts';

/** What `hactl` thinks with when it explains, plans or simulates. Keys are the codec's, and no part of the state. */
export function snapshotOf(
  state: NodeState,
  { version, atMs, wallMs }: { readonly version: string; readonly atMs: number; readonly wallMs: number },
): string {
  const at = new Date(wallMs).toISOString();
  return snapshotText({ snapshot: 1, version, at, atMs, wallMs, digest: configDigest(state.config), state });
}

/** The same on both nodes while their files are the same. */
function configDigest(config: NodeConfig): string {
  const nodes = [config.self, config.peer].toSorted();
  return digestOfText(JSON.stringify({ ...config, self: nodes[0], peer: nodes[1], isObserver: false }));
}
