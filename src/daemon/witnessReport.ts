import type { StatusReport } from '../control/controlProtocol.ts';
import type { WitnessReport } from '../control/guardsReport.ts';
import { isHolding } from '../core/groups.ts';
import { isWitnessSilent, servesUntilMs } from '../core/lease.ts';
import type { GroupState, NodeState } from '../core/state.ts';

type Warning = StatusReport['warnings'][number];

export function witnessReport(state: NodeState, atMs: number): WitnessReport {
  const answers = state.groups.flatMap(({ lease }) => lease.answer ?? []);
  const newest = answers.toSorted((a, b) => b.atMs - a.atMs)[0];
  const isSilent = state.groups.some(isWitnessSilent);
  const { otherHeardAgoMs } = newest ?? {};
  return {
    state: isSilent ? 'down' : newest === undefined ? 'unknown' : 'up',
    answeredAgoMs: newest === undefined ? null : Math.round(atMs - newest.atMs),
    peerHeardAgoMs:
      newest === undefined || otherHeardAgoMs === undefined ? null : Math.round(otherHeardAgoMs + atMs - newest.atMs),
    leases: state.groups.map((group) => leaseReport(state, group, atMs)),
  };
}

function leaseReport(state: NodeState, group: GroupState, atMs: number): WitnessReport['leases'][number] {
  const { answer } = group.lease;
  const untilMs = servesUntilMs(state, group);
  return {
    group: group.config.name,
    holder: answer === undefined || answer.holder === '' ? null : answer.holder,
    renewedAgoMs:
      answer === undefined || answer.holder === '' ? null : Math.round(answer.renewedAgoMs + atMs - answer.atMs),
    servesForMs: isHolding(group) && Number.isFinite(untilMs) ? Math.max(0, Math.round(untilMs - atMs)) : null,
  };
}

/** What is wrong with the witness, and what it means for the next failure. */
export function witnessWarnings(state: NodeState, atMs: number): readonly Warning[] {
  if (state.config.guards.witness === undefined) return [];
  const silent = state.groups.filter(isWitnessSilent);
  if (silent.length === 0)
    return state.groups.flatMap(({ config, lease }) => answerWarning(config.name, lease.answer?.verdict));
  const { self, peer } = state.config;
  const held = silent.filter((group) => isHolding(group));
  const report = witnessReport(state, atMs);
  const ago = report.answeredAgoMs === null ? '' : `, for ${Math.round(report.answeredAgoMs / 1000)} s`;
  const meaning =
    held.length > 0
      ? `${self} goes on while ${peer} answers, and stops its services if that ends as well`
      : `${self} takes nothing over from a silent peer`;
  const next = 'look at the witness and the way to it: systemctl status twinbeat-witness, there';
  return [{ id: 'no-witness', sentence: `the witness does not answer ${self}${ago}: ${meaning}`, next }];
}

function answerWarning(group: string, verdict: string | undefined): readonly Warning[] {
  if (verdict === 'unwritable') {
    const sentence = `the witness cannot write down whose the lease of ${group} is, and grants nothing`;
    return [{ id: 'witness-unwritable', sentence, next: 'look at the disk of the witness' }];
  }
  if (verdict === 'full') {
    const sentence = `the witness keeps no more groups of this cluster, and has no lease for ${group}`;
    return [{ id: 'witness-full', sentence, next: 'on the witness: stop it, move its state file aside, start it' }];
  }
  return [];
}
