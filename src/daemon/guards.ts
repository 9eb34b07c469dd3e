import type { StatusReport } from '../control/controlProtocol.ts';
import type { GuardsReport, PingReport } from '../control/guardsReport.ts';
import type { PingConfig } from '../core/nodeConfig.ts';
import { peerView } from '../core/peerView.ts';
import { pingView } from '../core/pings.ts';
import type { NodeState } from '../core/state.ts';
import { witnessReport, witnessWarnings } from './witnessReport.ts';

type Warning = StatusReport['warnings'][number];

/** Undefined where no guard is configured. */
export function guardsReport(state: NodeState, atMs: number): GuardsReport | undefined {
  const { ping, witness } = state.config.guards;
  if (ping === undefined && witness === undefined) return undefined;
  return {
    ...(ping === undefined ? {} : { ping: pingReport(state, ping) }),
    ...(witness === undefined ? {} : { witness: witnessReport(state, atMs) }),
  };
}

/** What is wrong with a guard, each with what it means for the next failure. */
export function guardWarnings(state: NodeState, atMs: number): readonly Warning[] {
  return [...pingWarnings(state, atMs), ...witnessWarnings(state, atMs)];
}

function pingReport(state: NodeState, { targets }: PingConfig): PingReport {
  const stateOf = (target: string): PingReport['targets'][number]['state'] => {
    const isUp = state.pings[target]?.isUp;
    return isUp === undefined ? 'unknown' : isUp ? 'up' : 'down';
  };
  return {
    targets: targets.map((address) => ({ address, state: stateOf(address) })),
    peerAnswering: state.peer.pingsAnswering ?? null,
  };
}

function pingWarnings(state: NodeState, atMs: number): readonly Warning[] {
  const { config, peer } = state;
  const silent = config.guards.ping?.targets.filter((target) => state.pings[target]?.isUp === false) ?? [];
  if (silent.length === 0) return [];
  if (pingView(state) !== 'down') {
    const sentence = `ping target ${silent.join(', ')} does not answer ${config.self}`;
    return [{ id: 'ping-target', sentence, next: 'look at it; where it is gone for good, change guards.ping.targets' }];
  }
  const isBoth = peerView(state, atMs) === 'heard' && peer.pingsAnswering === 0;
  const meaning = isBoth ? `nor ${config.peer}; nothing moves for that` : 'it may be cut off from the service LAN';
  const sentence = `no ping target answers ${config.self} (${silent.join(', ')}), ${meaning}, and it takes nothing over from a silent peer`;
  return [{ id: 'no-ping', sentence, next: `look at the service LAN of ${config.self}, and at the targets` }];
}
