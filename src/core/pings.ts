import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import type { NodeState } from './state.ts';

/**
 * Whether this node sees the service LAN, by its ping targets.
 *
 * - `off`: none is configured
 * - `unknown`: the runner has not yet said enough
 * - `up`: at least one answers
 * - `down`: none does
 */
export type PingView = 'off' | 'unknown' | 'up' | 'down';

/** A ping target came or went. The runner tells it of what lasts, never of one lost packet. */
export function notePing(state: NodeState, target: string, isUp: boolean, moment: Moment): NodeState {
  const known = state.pings[target];
  if (known?.isUp === isUp) return state;
  const next = { ...state, pings: { ...state.pings, [target]: { isUp, sinceMs: moment.atMs } } };
  if (!isUp) {
    const isLast = pingView(next) === 'down';
    const sentence = `ping target ${target} does not answer${isLast ? ': none does, this node may be cut off from its LAN' : ''}`;
    record(moment, 'ping-lost', sentence, { level: isLast ? 'error' : 'warning' });
  } else if (known !== undefined) record(moment, 'ping-back', `ping target ${target} answers again`);
  return next;
}

export function pingView(state: NodeState): PingView {
  const { ping } = state.config.guards;
  if (ping === undefined) return 'off';
  if (ping.targets.some((target) => state.pings[target]?.isUp === true)) return 'up';
  return ping.targets.some((target) => state.pings[target] === undefined) ? 'unknown' : 'down';
}

/** How many targets answer, for the beats; undefined: nobody is asked, or it is not known yet. */
export function pingsAnswering(state: NodeState): number | undefined {
  if (pingView(state) === 'unknown') return undefined;
  return state.config.guards.ping?.targets.filter((target) => state.pings[target]?.isUp === true).length;
}

/**
 * No target has answered for long enough that the peer would have noticed by now, if they had died for both: it asks
 * as often, and may have begun an interval later.
 */
export function isPingLostHereAlone(state: NodeState, atMs: number): boolean {
  return pingView(state) === 'down' && (state.peer.pingsAnswering ?? 0) > 0 && atMs >= pingSettledAtMs(state);
}

/** Only one of the two reaches the service LAN: it is the one to serve there. */
export function whoSeesLan(state: NodeState): 'self' | 'peer' | 'same' {
  const mine = pingsAnswering(state);
  const theirs = state.peer.pingsAnswering;
  if (mine === undefined || theirs === undefined || mine > 0 === theirs > 0) return 'same';
  return mine > 0 ? 'self' : 'peer';
}

/** When a loss that both nodes see has been told by both. */
export function pingSettledAtMs(state: NodeState): number {
  const { ping } = state.config.guards;
  if (ping === undefined || pingView(state) !== 'down') return Number.NEGATIVE_INFINITY;
  const lostAtMs = Math.max(...ping.targets.map((target) => state.pings[target]?.sinceMs ?? 0));
  return lostAtMs + 2 * ping.intervalMs + ping.timeoutMs + state.config.timing.warnMs;
}
