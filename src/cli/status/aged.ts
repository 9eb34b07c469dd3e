import type { StatusReport } from '../../control/controlProtocol.ts';
import type { GuardsReport } from '../../control/guardsReport.ts';

/** The report as it would read `ms` later if nothing else was learnt: every age has grown. */
export function aged(report: StatusReport, ms: number): StatusReport {
  const at = new Date(Date.parse(report.at) + ms);
  return {
    ...mapAges(report, {
      age: (before) => (before === null ? null : before + ms),
      left: (before) => (before === null ? null : Math.max(0, before - ms)),
    }),
    // The last moment that JavaScript knows has none after it.
    at: Number.isNaN(at.getTime()) ? report.at : at.toISOString(),
    upMs: report.upMs + ms,
  };
}

/** The report without what changes all the time: two that are equal so say the same. */
export function withoutAges(report: StatusReport): StatusReport {
  const { machine: _machine, ...rest } = mapAges(report, { age: none, left: none });
  return {
    ...rest,
    at: '',
    upMs: 0,
    channels: rest.channels.map((channel) => ({ ...channel, lossPct: null, rejected: {} })),
    groups: rest.groups.map((group) => ({ ...group, lag: null })),
    // Of how long the witness has been gone, to the second.
    warnings: rest.warnings.map((one) => ({ ...one, sentence: one.sentence.replace(/\bfor \d+ s\b/, '') })),
    beats: { sent: 0, heard: 0, latenessMs: { p50: 0, p99: 0, p999: 0, max: 0 } },
  };
}

function none(ms: number | null): number | null {
  return ms === null ? null : 0;
}

interface Changes {
  readonly age: (ms: number | null) => number | null;
  /** Of what gets less with time. */
  readonly left: (ms: number | null) => number | null;
}

function mapAges(report: StatusReport, changes: Changes): StatusReport {
  const { age } = changes;
  const nodes = Object.entries(report.nodes).map(
    ([name, node]) => [name, { ...node, heardAgoMs: age(node.heardAgoMs) }] as const,
  );
  return {
    ...report,
    nodes: Object.fromEntries(nodes),
    channels: report.channels.map((channel) => ({ ...channel, heardAgoMs: age(channel.heardAgoMs) })),
    ...(report.guards === undefined ? {} : { guards: guardsOf(report.guards, changes) }),
  };
}

function guardsOf(guards: GuardsReport, { age, left }: Changes): GuardsReport {
  const { witness } = guards;
  if (witness === undefined) return guards;
  const leases = witness.leases.map((lease) => ({
    ...lease,
    renewedAgoMs: age(lease.renewedAgoMs),
    servesForMs: left(lease.servesForMs),
  }));
  const { answeredAgoMs, peerHeardAgoMs } = witness;
  const ages = { answeredAgoMs: age(answeredAgoMs), peerHeardAgoMs: age(peerHeardAgoMs) };
  return { ...guards, witness: { ...witness, ...ages, leases } };
}
