import type { GroupReport, StatusReport } from '../control/controlProtocol.ts';

/** One line for `systemctl status`: what is active here, how the peer is, and whether that will do. */
export function serviceStatus(report: StatusReport): string {
  const { node, nodes, groups, warnings } = report;
  const peer = Object.entries(nodes).find(([, { self }]) => !self);
  return [
    ...(report.isHoldMode ? ['hold mode, decides nothing'] : []),
    ...(groups.length === 0 ? ['no group'] : groups.map((group) => groupLine(node, group))),
    ...(peer === undefined ? [] : [`${peer[0]} ${peer[1].state}`]),
    ...(report.jeopardy ? ['jeopardy'] : []),
    ...(warnings.length === 0
      ? []
      : [`${warnings.length} ${warnings.length === 1 ? 'warning' : 'warnings'}: hactl status`]),
  ].join('; ');
}

function groupLine(node: string, { name, owner, role }: GroupReport): string {
  if (owner === node || role !== 'standby') return `${name} ${role}`;
  return owner === null ? `${name} active nowhere` : `${name} active on ${owner}`;
}
