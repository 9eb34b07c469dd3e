import { exitCodes, type GroupReport, type NodeReport, type StatusReport } from '../../control/controlProtocol.ts';

/** Where a group is, as far as the node that was asked can know. */
export type Place =
  | { readonly kind: 'active'; readonly node: string }
  | { readonly kind: 'twice'; readonly nodes: readonly string[] }
  /** Between two owners, or asking whether it still may be one. */
  | { readonly kind: 'moving'; readonly node: string; readonly role: string }
  | { readonly kind: 'failed'; readonly node: string }
  /** Held by a node that is not heard: it may be dead, and it may be active. */
  | { readonly kind: 'unknown'; readonly node: string }
  | { readonly kind: 'nowhere' };

export function placeOf(group: GroupReport, status: StatusReport): Place {
  const holders = rolesOf(group, status);
  const active = holders.filter(({ role }) => role === 'active').map(({ node }) => node);
  const [first] = active;
  if (active.length > 1) return { kind: 'twice', nodes: active };
  if (first !== undefined) return { kind: 'active', node: first };
  const moving = holders.find(({ role }) => movingRoles.has(role));
  if (moving !== undefined) return { kind: 'moving', node: moving.node, role: moving.role };
  const failed = holders.find(({ role }) => role === 'failed');
  if (failed !== undefined) return { kind: 'failed', node: failed.node };
  const silent = silentPeer(status);
  if (
    silent !== undefined &&
    group.peerRole !== null &&
    (group.peerRole === 'active' || movingRoles.has(group.peerRole))
  ) {
    return { kind: 'unknown', node: silent };
  }
  return { kind: 'nowhere' };
}

/**
 * The exit code of `hactl status`: 0 when both nodes are online, there is no jeopardy and each group is
 * active once. Made of facts that both nodes share, so that it does not matter which of them is asked.
 */
export function exitCodeOf(status: StatusReport): number {
  const nodes = Object.values(status.nodes);
  const areOnline = nodes.length > 1 && nodes.every(({ state }) => state === 'online');
  const areActive = status.groups.every((group) => placeOf(group, status).kind === 'active');
  return areOnline && areActive && !status.jeopardy ? exitCodes.ok : exitCodes.degraded;
}

/** Roles of the nodes whose word counts: this one, and the peer while it is heard. */
function rolesOf(
  group: GroupReport,
  status: StatusReport,
): readonly { readonly node: string; readonly role: string }[] {
  const roles = [{ node: status.node, role: group.role }];
  const peer = peerOf(status);
  if (peer !== undefined && group.peerRole !== null && isHeard(peer.report)) {
    roles.push({ node: peer.name, role: group.peerRole });
  }
  return roles;
}

export function peerOf(status: StatusReport): { readonly name: string; readonly report: NodeReport } | undefined {
  const peer = Object.entries(status.nodes).find(([name, { self }]) => !self && name !== status.node);
  return peer === undefined ? undefined : { name: peer[0], report: peer[1] };
}

export function isHeard({ state }: NodeReport): boolean {
  return state === 'online' || state === 'suspect' || state === 'starting';
}

function silentPeer(status: StatusReport): string | undefined {
  const peer = peerOf(status);
  return peer?.report.state === 'silent' ? peer.name : undefined;
}

const movingRoles: ReadonlySet<string> = new Set(['claiming', 'starting', 'stopping', 'unconfirmed']);
