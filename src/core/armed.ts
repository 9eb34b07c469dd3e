import type { ArmedReason } from './beat.ts';
import { copyState } from './copy.ts';
import type { GroupState, NodeState } from './state.ts';
import { isWatchdogFailed } from './watchdog.ts';

/** Whether this node may take the group over now; if not, the first reason why. */
export function armedReason(state: NodeState, group: GroupState, atMs: number, wallMs: number): ArmedReason {
  // Before all else: the peer has to know of these orders, which hold for both, also when this node falls silent.
  // That the peer is in maintenance is not told back to it: neither could ever end it.
  if (group.durable.isMaintained) return 'maintenance';
  if (group.durable.isDownByOrder) return 'down-by-order';
  if (state.leaving.kind !== 'no') return 'leaving';
  if (group.durable.stopFailed !== undefined) return 'stop-failed';
  if (isBroken(state) || isWatchdogFailed(state)) return 'broken';
  if (group.activity.kind === 'checking') return 'unverified';
  if (state.isObserver) return 'observing';
  if (group.durable.isStandbyByOrder) return 'standby-by-order';
  if (!hasCarrier(state, group)) return 'no-carrier';
  if (group.trouble.backoffUntilMs > atMs) return 'start-failed';
  switch (copyState(group, wallMs)) {
    case 'good':
      return group.declinedUntilMs > atMs ? 'copy-lagging' : 'armed';
    case 'stale':
      return 'copy-stale';
    case 'lagging':
      return 'copy-lagging';
    case 'withdrawn':
      return 'copy-withdrawn';
  }
}

/** Reasons that `--force --reason` overrides: an older copy is the operator's to accept, nothing else. */
export function isOnlyBehind(reason: ArmedReason): boolean {
  return reason === 'copy-stale' || reason === 'copy-lagging';
}

/** This node must claim nothing now: it may beat, renew what it holds, and yield. */
export function isBroken(state: NodeState): boolean {
  return (
    state.isHoldMode || state.stall.kind === 'unsettled' || state.disk.failure !== undefined || state.runner === 'away'
  );
}

export function isBrokenByDiskAlone(state: NodeState): boolean {
  const { disk } = state;
  return disk.failure !== undefined && !isBroken({ ...state, disk: { ...disk, failure: undefined } });
}

/** Every device that carries an address of the group has carrier; a device that is not known yet counts as good. */
export function hasCarrier(state: NodeState, group: GroupState): boolean {
  return group.config.resources.every(
    ({ device }) => device === undefined || state.links[device]?.hasCarrier !== false,
  );
}

export function devicesOf(group: GroupState): readonly string[] {
  const devices = group.config.resources.map(({ device }) => device).filter((device) => device !== undefined);
  return [...new Set(devices)];
}

export const armedSentences: Readonly<Record<ArmedReason, string>> = {
  armed: 'it may take the group over now',
  'copy-stale': 'its copy is older than what has served since',
  'copy-lagging': 'its last completed sync is older than maxLag',
  'copy-withdrawn': 'a sync is rewriting its copy and has not completed',
  'stop-failed': 'a resource could not be stopped there',
  'start-failed': 'a resource failed there a moment ago',
  observing: 'it was started as an observer and claims nothing until an operator says so',
  broken: 'it cannot decide now: its disk, its runner, its watchdog or its own time is in trouble',
  leaving: 'its daemon is stopping',
  unverified: 'it has not yet checked what runs there',
  'no-carrier': 'its service device has no carrier',
  maintenance: 'the group is in maintenance: nothing is started, stopped or checked until hactl maintenance off',
  'standby-by-order': 'an operator put the node on standby until hactl online',
  'down-by-order': 'an operator took the group down until somebody takes it over',
};
