import { changeDueAtMs } from './beats.ts';
import { failbackAtMs } from './failback.ts';
import { fenceTestAtMs } from './fenceTest.ts';
import { mayAskFromMs, servesUntilMs } from './lease.ts';
import { freshUntilMs, lateAtMs } from './peerView.ts';
import { pingSettledAtMs } from './pings.ts';
import { isRenewed } from './renew.ts';
import { settledAtMs } from './stall.ts';
import type { GroupState, NodeState } from './state.ts';
import { peerFencedAtMs, petAtMs } from './watchdog.ts';

/**
 * When this node wants to be woken at the latest. The core has no timers: each time that matters is a field
 * of the state, and the earliest of them is the one alarm.
 */
export function nextAlarmMs(state: NodeState, atMs: number): number {
  const { timing } = state.config;
  const times = [
    ...state.channels.map(({ nextBeatAtMs }) => nextBeatAtMs),
    changeDueAtMs(state),
    lateAtMs(state),
    freshUntilMs(state),
    (lateAtMs(state) + freshUntilMs(state)) / 2,
    settledAtMs(state),
    pingSettledAtMs(state),
    petAtMs(state),
    peerFencedAtMs(state) ?? Number.POSITIVE_INFINITY,
    state.startedAtMs + timing.initdeadMs,
    state.leaving.kind === 'left' ? state.leaving.untilMs : Number.POSITIVE_INFINITY,
    state.disk.failure === undefined ? Number.POSITIVE_INFINITY : state.disk.retryAtMs,
    fenceAtMs(state),
    fenceTestAtMs(state),
    ...state.groups.flatMap((group) => groupTimes(state, group, atMs)),
  ];
  return times.reduce((next, timeMs) => (timeMs > atMs && timeMs < next ? timeMs : next), atMs + timing.keepaliveMs);
}

function fenceAtMs({ fence }: NodeState): number {
  if (fence.kind === 'waiting') return fence.untilMs;
  return fence.kind === 'failed' ? fence.retryAtMs : Number.POSITIVE_INFINITY;
}

function groupTimes(state: NodeState, group: GroupState, atMs: number): readonly number[] {
  const { activity } = group;
  return [
    isRenewed(state, group, atMs) ? group.nextRenewAtMs : Number.POSITIVE_INFINITY,
    group.trouble.backoffUntilMs,
    ...leaseTimes(state, group),
    group.declinedUntilMs,
    failbackAtMs(group),
    group.wish?.kind === 'takeover' ? group.wish.untilMs : Number.POSITIVE_INFINITY,
    activity.kind === 'stopping' ? activity.retryAtMs : Number.POSITIVE_INFINITY,
    ...Object.values(group.monitors).map(({ nextAtMs }) => nextAtMs),
  ];
}

function leaseTimes(state: NodeState, group: GroupState): readonly number[] {
  if (state.config.guards.witness === undefined) return [];
  const { asked, nextAskAtMs } = group.lease;
  return [
    asked === undefined ? nextAskAtMs : Number.POSITIVE_INFINITY,
    mayAskFromMs(state),
    servesUntilMs(state, group),
  ];
}
