import { leaseOverAtMs } from './ask.ts';
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
 * of the state, and the earliest of them that is still to come is the one alarm.
 */
export function nextAlarmMs(state: NodeState, atMs: number): number {
  const { timing } = state.config;
  let nextMs = atMs + timing.keepaliveMs;
  const consider: Consider = (timeMs) => {
    if (timeMs > atMs && timeMs < nextMs) nextMs = timeMs;
  };
  for (const { nextBeatAtMs } of state.channels) consider(nextBeatAtMs);
  considerPeer(state, consider);
  consider(changeDueAtMs(state));
  consider(settledAtMs(state));
  consider(pingSettledAtMs(state));
  consider(petAtMs(state));
  consider(state.startedAtMs + timing.initdeadMs);
  if (state.leaving.kind === 'left') consider(state.leaving.untilMs);
  if (state.disk.failure !== undefined) consider(state.disk.retryAtMs);
  consider(fenceAtMs(state));
  consider(fenceTestAtMs(state));
  for (const group of state.groups) considerGroup(state, group, atMs, consider);
  return nextMs;
}

/** Takes a time that matters into account. */
type Consider = (timeMs: number) => void;

function considerPeer(state: NodeState, consider: Consider): void {
  const lateMs = lateAtMs(state);
  const silentMs = freshUntilMs(state);
  consider(lateMs);
  consider(silentMs);
  consider((lateMs + silentMs) / 2);
  consider(peerFencedAtMs(state) ?? Number.POSITIVE_INFINITY);
  if (state.config.takeover.isStrict) consider(leaseOverAtMs(state));
}

function fenceAtMs({ fence }: NodeState): number {
  if (fence.kind === 'waiting') return fence.untilMs;
  return fence.kind === 'failed' ? fence.retryAtMs : Number.POSITIVE_INFINITY;
}

function considerGroup(state: NodeState, group: GroupState, atMs: number, consider: Consider): void {
  const { activity } = group;
  if (isRenewed(state, group, atMs)) consider(group.nextRenewAtMs);
  consider(group.trouble.backoffUntilMs);
  if (state.config.guards.witness !== undefined) considerLease(state, group, consider);
  consider(group.declinedUntilMs);
  consider(failbackAtMs(group));
  if (group.wish?.kind === 'takeover') consider(group.wish.untilMs);
  if (activity.kind === 'stopping') consider(activity.retryAtMs);
  for (const { name } of group.config.resources) consider(group.monitors[name]?.nextAtMs ?? Number.POSITIVE_INFINITY);
}

function considerLease(state: NodeState, group: GroupState, consider: Consider): void {
  const { asked, nextAskAtMs } = group.lease;
  if (asked === undefined) consider(nextAskAtMs);
  consider(mayAskFromMs(state));
  consider(servesUntilMs(state, group));
}
