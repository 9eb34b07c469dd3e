import type { StatusReport } from '../../control/controlProtocol.ts';

/** The report as it would read `ms` later if nothing else was learnt: every age has grown. */
export function aged(report: StatusReport, ms: number): StatusReport {
  const at = Date.parse(report.at);
  return {
    ...mapAges(report, (age) => (age === null ? null : age + ms)),
    at: Number.isNaN(at) ? report.at : new Date(at + ms).toISOString(),
    upMs: report.upMs + ms,
  };
}

/** The report without what changes all the time: two that are equal so say the same. */
export function withoutAges(report: StatusReport): StatusReport {
  const { machine: _machine, ...rest } = mapAges(report, (age) => (age === null ? null : 0));
  return {
    ...rest,
    at: '',
    upMs: 0,
    channels: rest.channels.map((channel) => ({ ...channel, lossPct: null, rejected: {} })),
    groups: rest.groups.map((group) => ({ ...group, lag: null })),
    beats: { sent: 0, heard: 0, latenessMs: { p50: 0, p99: 0, p999: 0, max: 0 } },
  };
}

function mapAges(report: StatusReport, map: (age: number | null) => number | null): StatusReport {
  const nodes = Object.entries(report.nodes).map(
    ([name, node]) => [name, { ...node, heardAgoMs: map(node.heardAgoMs) }] as const,
  );
  return {
    ...report,
    nodes: Object.fromEntries(nodes),
    channels: report.channels.map((channel) => ({ ...channel, heardAgoMs: map(channel.heardAgoMs) })),
  };
}
