import { leaveDeadManOrder, withdrawDeadManOrder } from './deadMan.ts';
import { isHolding, isInMaintenance } from './groups.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import type { GroupState, NodeState } from './state.ts';

/** The last beats say `left`; so many of them are sent, because any one may be lost. */
const farewellBeats = 3;
/** A peer that needs longer than this to hear it will find out by silence. */
const farewellMsMax = 1_000;

export function beginLeaving(state: NodeState, services: 'release' | 'keep', moment: Moment): NodeState {
  if (services === 'keep') {
    record(
      moment,
      'leaving',
      'the daemon stops and leaves the services running; the runner stops them unless a daemon is back in time',
    );
    for (const group of state.groups) if (isHolding(group)) leaveDeadManOrder(state, group, moment);
    moment.effects.push({ type: 'exit', code: 0 });
    return { ...state, leaving: { kind: 'gone' }, alarmAtMs: Number.POSITIVE_INFINITY };
  }
  if (state.leaving.kind !== 'no') return state;
  record(moment, 'leaving', 'the daemon stops: releasing everything, to the peer where it is armed');
  return { ...state, leaving: { kind: 'releasing', sinceMs: moment.atMs } };
}

/** Goes when every stop is verified and on disk, and the peer has had time to hear it. */
export function leave(state: NodeState, moment: Moment): NodeState {
  const { leaving } = state;
  switch (leaving.kind) {
    case 'no':
    case 'gone':
      return state;
    case 'releasing': {
      if (state.groups.some(isBusy) || !isEverythingSaved(state)) return state;
      const untouched = state.groups.filter(isInMaintenance);
      // A runner that is away keeps its orders, and nobody would be there to take them back.
      if (state.runner === 'away' && untouched.some(isHolding)) return state;
      for (const group of untouched) withdrawDeadManOrder(group, moment);
      const farewellMs = Math.min(farewellMsMax, farewellBeats * state.config.timing.keepaliveMs);
      return {
        ...state,
        leaving: { kind: 'left', untilMs: moment.atMs + farewellMs },
        beats: { ...state.beats, isDueNow: true },
      };
    }
    case 'left': {
      const busy = state.groups.filter(isBusy);
      if (busy.length > 0) {
        // What was to be left running is stopped after all: that is waited for, and the runner is told so again.
        for (const group of busy) if (isHolding(group)) leaveDeadManOrder(state, group, moment);
        return { ...state, leaving: { kind: 'releasing', sinceMs: moment.atMs } };
      }
      if (moment.atMs < leaving.untilMs) return state;
      const hasFailed = state.groups.some((group) => group.durable.stopFailed !== undefined);
      moment.effects.push({ type: 'exit', code: hasFailed ? 1 : 0 });
      return state;
    }
  }
}

/** What is in maintenance is left as it is; but a stop is never left halfway. */
function isBusy(group: GroupState): boolean {
  const { kind } = group.activity;
  return kind === 'stopping' || (kind !== 'idle' && !isInMaintenance(group));
}

function isEverythingSaved(state: NodeState): boolean {
  return state.groups.every((group) => {
    const saved = state.disk.saved.find(({ name }) => name === group.config.name);
    return state.disk.failure !== undefined || saved?.holding === group.durable.holding;
  });
}
