import { isHolding, isInMaintenance, isOfEarlierBoot } from './groups.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import { lastHeardMs, peerView } from './peerView.ts';
import type { GroupState, NodeState } from './state.ts';

/** The runner drops an order to pet that is older: so much later than the loop's last turn the device was petted. */
const petAgeMsMax = 250;

/** The device that resets this machine when it is not petted. `boundMs`: at the latest so long after this loop stalls. */
export type WatchdogState =
  /** The runner is away, or has not said: what was armed counts on. 0: nothing was. */
  | { readonly kind: 'unknown'; readonly boundMs: number }
  | { readonly kind: 'off' }
  | { readonly kind: 'arming' }
  | { readonly kind: 'armed'; readonly boundMs: number; readonly canDisarm: boolean }
  | { readonly kind: 'disarming' }
  | { readonly kind: 'failed'; readonly detail: string };

/** What the runner says of the device. `timeoutMs` is the device's own, which may differ from what was asked for. */
export interface WatchdogReport {
  readonly state: 'off' | 'armed' | 'failed';
  readonly timeoutMs: number;
  /** Some kernels never let go of a watchdog that runs (nowayout). */
  readonly canDisarm: boolean;
  readonly detail: string;
}

/** Everything that needs an armed watchdog may begin: it is armed, or none is configured. */
export function isWatchdogReady({ config, watchdog }: NodeState): boolean {
  return config.guards.watchdog === undefined || watchdog.kind === 'armed';
}

export function isWatchdogFailed({ config, watchdog }: NodeState): boolean {
  return config.guards.watchdog !== undefined && watchdog.kind === 'failed';
}

/** Asks for it, before anything is claimed: a node that cannot arm it must not become active. */
export function wantWatchdog(state: NodeState, moment: Moment): NodeState {
  return { ...state, watchdogWantedAtMs: moment.atMs };
}

export function noteWatchdog(state: NodeState, report: WatchdogReport, moment: Moment): NodeState {
  const before = state.watchdog;
  const watchdog = stateOf(report);
  if (report.state === 'failed' && before.kind !== 'failed') {
    record(moment, 'watchdog', `the watchdog is not armed: ${report.detail}`, { level: 'error' });
  } else if (report.state === 'armed' && before.kind !== 'armed') {
    record(
      moment,
      'watchdog',
      `the watchdog is armed: ${Math.round(report.timeoutMs)} ms without a turn of this loop reset the machine`,
    );
  } else if (report.state === 'off' && before.kind !== 'off' && before.kind !== 'unknown') {
    record(moment, 'watchdog', 'the watchdog is off');
  }
  return { ...state, watchdog };
}

/** What is known of a device whose runner is away: if it was armed, it counts on. */
export function loseWatchdog({ watchdog }: NodeState): WatchdogState {
  const boundMs = watchdog.kind === 'armed' || watchdog.kind === 'unknown' ? watchdog.boundMs : 0;
  return { kind: 'unknown', boundMs };
}

/**
 * Arms the watchdog before the first start, pets it while anything is held, and disarms it after the last verified
 * stop. After a stall of its own the loop pets nothing before it has looked at its peer anew, as for leases.
 */
export function keepWatchdog(state: NodeState, moment: Moment): NodeState {
  if (state.runner === 'away') return state;
  const isNeeded = needsWatchdog(state, moment.atMs);
  const { watchdog } = state;
  switch (watchdog.kind) {
    case 'off':
      if (!isNeeded) return state;
      moment.effects.push({ type: 'watchdog', order: 'arm' });
      return { ...state, watchdog: { kind: 'arming' } };
    case 'armed':
      if (!isNeeded && watchdog.canDisarm) {
        moment.effects.push({ type: 'watchdog', order: 'disarm' });
        return { ...state, watchdog: { kind: 'disarming' } };
      }
      if (state.stall.kind === 'unsettled' || state.nextPetAtMs > moment.atMs) return state;
      moment.effects.push({ type: 'watchdog', order: 'pet' });
      return { ...state, nextPetAtMs: moment.atMs + state.config.timing.renewMs };
    case 'unknown':
    case 'arming':
    case 'disarming':
    case 'failed':
      return state;
  }
}

/** When the device wants to be petted. */
export function petAtMs({ watchdog, nextPetAtMs, runner }: NodeState): number {
  return watchdog.kind === 'armed' && runner === 'connected' ? nextPetAtMs : Number.POSITIVE_INFINITY;
}

/** So long after its loop stalls, at the latest, this machine has been reset; 0: it would not be. For the beats. */
export function selfFenceMs({ watchdog }: NodeState): number {
  return watchdog.kind === 'armed' || watchdog.kind === 'unknown' ? watchdog.boundMs : 0;
}

/**
 * From when on a silent peer that hangs has been reset by its watchdog: twice the bound that it announced, so that
 * the reset itself has its time too (4 of the timing inequalities). Undefined where it announced none.
 */
export function peerFencedAtMs(state: NodeState): number | undefined {
  const { selfFenceMs: boundMs } = state.peer;
  return boundMs === 0 ? undefined : lastHeardMs(state) + 2 * boundMs;
}

export function selfFenceOf(state: NodeState, atMs: number): 'none' | 'pending' | 'over' {
  const fencedAtMs = peerFencedAtMs(state);
  if (fencedAtMs === undefined || peerView(state, atMs) !== 'silent') return 'none';
  return atMs < fencedAtMs ? 'pending' : 'over';
}

function stateOf({ state, timeoutMs, canDisarm, detail }: WatchdogReport): WatchdogState {
  switch (state) {
    case 'off':
      return { kind: 'off' };
    case 'armed':
      return { kind: 'armed', boundMs: timeoutMs + petAgeMsMax, canDisarm };
    case 'failed':
      return { kind: 'failed', detail };
  }
}

function needsWatchdog(state: NodeState, atMs: number): boolean {
  if (state.config.guards.watchdog === undefined) return false;
  return state.watchdogWantedAtMs === atMs || state.groups.some((group) => mayRunHere(state, group));
}

/** Something of it runs here, or may: a failed stop counts, and what a reboot has ended does not. */
function mayRunHere(state: NodeState, group: GroupState): boolean {
  if (isOfEarlierBoot(state, group)) return false;
  // A daemon that leaves in maintenance leaves the services running, with nobody to pet for them.
  if (isInMaintenance(group) && state.leaving.kind !== 'no') return false;
  return isHolding(group) || group.durable.stopFailed !== undefined;
}
