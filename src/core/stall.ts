import { isHolding, withDurable } from './groups.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import type { GroupState, NodeState } from './state.ts';

/**
 * How long a socket may take to hand over what waited in it during a stall. Old beats lie there
 * in order, and the kernel has dropped the newest: silence measured before they are read means nothing.
 */
const drainMs = 100;

/**
 * Notices that this node's own time stood still: the engine came later than its alarm by more than warntime.
 *
 * Until the stall is settled nothing is renewed and nothing is claimed: the peer may have taken over.
 */
export function noticeStall(state: NodeState, moment: Moment): NodeState {
  const lateMs = moment.atMs - state.alarmAtMs;
  if (lateMs <= state.config.timing.warnMs) return state;
  record(
    moment,
    'stalled',
    `this node stood still for ${Math.round(lateMs)} ms: nothing is renewed or claimed before a fresh beat, or warntime without any`,
    { level: 'warning' },
  );
  const groups = lateMs > state.config.timing.deadMs ? state.groups.map(falter) : state.groups;
  return {
    ...state,
    groups,
    lastStallEndMs: moment.atMs,
    stall: { kind: 'unsettled', endedAtMs: moment.atMs, lastedMs: lateMs, sequence: state.beats.sequence },
    beats: { ...state.beats, isDueNow: true },
  };
}

/** The peer may have taken over meanwhile: what this node held is no longer its own by itself. */
function falter(group: GroupState): GroupState {
  if (!isHolding(group)) return group;
  const { activity } = group;
  const doubted = activity.kind === 'unconfirmed' ? { ...activity, canConfirmAlone: false } : activity;
  return { ...withDurable(group, { hasFaltered: true }), activity: doubted };
}

/** Ends a stall: the peer has echoed a beat sent after it, or warntime has passed without any. */
export function settleStall(state: NodeState, moment: Moment): NodeState {
  const { stall } = state;
  if (stall.kind === 'none') return state;
  const isEchoed = state.peer.echoedSequence > stall.sequence;
  if (!isEchoed && moment.atMs < settledAtMs(state)) return state;
  record(
    moment,
    'settled',
    isEchoed ? 'the peer has answered a beat sent after the stall' : 'the stall is over, and the peer is not heard',
  );
  return { ...state, stall: { kind: 'none' } };
}

/** When a stall settles without an answer. */
export function settledAtMs(state: NodeState): number {
  if (state.stall.kind === 'none') return Number.NEGATIVE_INFINITY;
  return state.stall.endedAtMs + drainMs + state.config.timing.warnMs;
}

/** The loop was never later than warntime within the last deadtime: silence was really heard. */
export function isLoopHealthy(state: NodeState, atMs: number): boolean {
  if (state.stall.kind === 'unsettled') return false;
  return state.lastStallEndMs === undefined || atMs - state.lastStallEndMs >= state.config.timing.deadMs;
}
