import type { StatusReport } from '../control/controlProtocol.ts';
import type { GuardsReport, PingReport, WatchdogStatus } from '../control/guardsReport.ts';
import type { PingConfig, WatchdogConfig } from '../core/nodeConfig.ts';
import { peerView } from '../core/peerView.ts';
import { pingView } from '../core/pings.ts';
import type { NodeState } from '../core/state.ts';
import { selfFenceMs } from '../core/watchdog.ts';
import { witnessReport, witnessWarnings } from './witnessReport.ts';

type Warning = StatusReport['warnings'][number];

/** Undefined where no guard is configured. */
export function guardsReport(state: NodeState, atMs: number): GuardsReport | undefined {
  const { ping, watchdog, witness } = state.config.guards;
  if (ping === undefined && watchdog === undefined && witness === undefined) return undefined;
  return {
    ...(ping === undefined ? {} : { ping: pingReport(state, ping) }),
    ...(watchdog === undefined ? {} : { watchdog: watchdogReport(state, watchdog) }),
    ...(witness === undefined ? {} : { witness: witnessReport(state, atMs) }),
  };
}

/** What is wrong with a guard, each with what it means for the next failure. */
export function guardWarnings(state: NodeState, atMs: number): readonly Warning[] {
  return [...pingWarnings(state, atMs), ...watchdogWarnings(state), ...witnessWarnings(state, atMs)];
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

function watchdogReport(state: NodeState, { device }: WatchdogConfig): WatchdogStatus {
  const { watchdog, peer } = state;
  const isChanging = watchdog.kind === 'arming' || watchdog.kind === 'disarming';
  return {
    device,
    state: isChanging ? 'off' : watchdog.kind,
    detail: watchdog.kind === 'failed' ? watchdog.detail : '',
    boundMs: selfFenceMs(state) || null,
    peerBoundMs: peer.selfFenceMs || null,
  };
}

function watchdogWarnings({ config, watchdog, runner }: NodeState): readonly Warning[] {
  const device = config.guards.watchdog?.device;
  if (device === undefined) return [];
  if (watchdog.kind === 'failed') {
    const sentence = `the watchdog of ${config.self} cannot be armed (${watchdog.detail}): nothing is started there`;
    const next = `look who has it: fuser ${device}; systemd lets go of it without RuntimeWatchdogSec`;
    return [{ id: 'no-watchdog', sentence, next }];
  }
  // The head waits for it before it claims anything.
  const isUnsaid = watchdog.kind === 'unknown' && runner === 'connected';
  const sentence = `the runner of ${config.self} says nothing of ${device}: its configuration may be an older one`;
  return isUnsaid ? [{ id: 'no-watchdog', sentence, next: 'systemctl reload twinbeat' }] : [];
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
