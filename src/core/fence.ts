import { hasCarrier, isBroken } from './armed.ts';
import { wantOf } from './decide.ts';
import type { Evidence } from './evidence.ts';
import { rememberLie } from './fenceLie.ts';
import type { FenceOutcome } from './fenceOutcome.ts';
import { isInMaintenance } from './groups.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import { hasWaitedInitdead, peerView } from './peerView.ts';
import { pingView } from './pings.ts';
import { isLoopHealthy } from './stall.ts';
import type { Fence, GroupState, NodeState } from './state.ts';
import { unreachable } from './unreachable.ts';

/** A fence that failed is tried again after this time, then after twice as long, and so on. */
const retryMsMin = 5_000;
const retryMsMax = 60_000;

/**
 * Fences the peer where that is needed, and never otherwise.
 *
 * F1. An owner whose peer is silent fences it at once, so that the peer cannot do the same to it; who only wants to
 *     become the owner waits for `delay` first. Of two that are equally near the lower name does not wait.
 * F2. Nothing is fenced that is heard, but a peer that could not stop what it holds; nor by a node that doubts its own view;
 *     nor while any group is in maintenance: the whole machine would go, and whoever works on it.
 * F3. A success is evidence until the peer is heard again. If the same daemon of it answers a beat that was sent after
 *     the success, the fence has lied, and is not believed again until an operator acknowledges, whatever restarts.
 */
export function pressFence(known: NodeState, moment: Moment): NodeState {
  const config = known.config.guards.fence;
  if (config === undefined) return known.fence.kind === 'idle' ? known : withFence(known, { kind: 'idle' });
  const state = rememberLie(known);
  const { fence } = state;
  const need = needOf(state, moment.atMs);
  switch (fence.kind) {
    case 'lied':
    case 'done':
    case 'running':
      return state;
    case 'idle': {
      if (need === undefined) return state;
      const delayMs = need.isFirst ? 0 : config.delayMs;
      return delayMs === 0
        ? fire(state, need, moment)
        : withFence(state, { kind: 'waiting', untilMs: moment.atMs + delayMs });
    }
    case 'waiting':
      if (need === undefined) return withFence(state, { kind: 'idle' });
      return need.isFirst || moment.atMs >= fence.untilMs ? fire(state, need, moment) : state;
    case 'failed':
      if (!isAnyFenceable(state, moment.atMs)) return withFence(state, { kind: 'idle' });
      return need !== undefined && moment.atMs >= fence.retryAtMs ? fire(state, need, moment) : state;
    case 'person':
      return isAnyFenceable(state, moment.atMs) ? state : withFence(state, { kind: 'idle' });
    default:
      return unreachable(fence);
  }
}

export function noteFenced(state: NodeState, id: string, outcome: FenceOutcome, moment: Moment): NodeState {
  const { fence, config } = state;
  if (fence.kind !== 'running' || fence.id !== id) return state;
  if (outcome.kind === 'off' && fence.isOvertaken) {
    const sentence = `${outcome.by} has fenced ${config.peer}, whose next daemon was heard meanwhile: that proves nothing any more`;
    record(moment, 'fence', sentence, { level: 'warning' });
    return withFence(state, { kind: 'idle' });
  }
  switch (outcome.kind) {
    case 'off': {
      record(moment, 'fence', `${config.peer} is fenced, by ${outcome.by}`, { level: 'warning', evidence: 'E2' });
      // What the LAN answered before says nothing about a machine that is off.
      const groups = state.groups.map((group): GroupState => ({ ...group, ask: { kind: 'none' } }));
      const { incarnation } = fence;
      return { ...state, groups, fence: { kind: 'done', by: outcome.by, incarnation, atMs: moment.atMs } };
    }
    case 'failed': {
      const failures = fence.failures + 1;
      const inMs = Math.min(retryMsMax, retryMsMin * 2 ** (failures - 1));
      const sentence = `${config.peer} could not be fenced: ${outcome.detail}; tried again in ${Math.round(inMs / 1_000)} s`;
      record(moment, 'fence', sentence, { level: 'error' });
      return withFence(state, { kind: 'failed', failures, detail: outcome.detail, retryAtMs: moment.atMs + inMs });
    }
    case 'person':
      record(moment, 'fence', `a person has to fence ${config.peer}: ${outcome.detail}`, { level: 'error' });
      return withFence(state, { kind: 'person', detail: outcome.detail });
    default:
      return unreachable(outcome);
  }
}

/** The peer was fenced, and nothing has come from it since that could have been sent after: that would withdraw it. */
export function isFenced({ fence, peer }: NodeState): boolean {
  return fence.kind === 'done' && fence.incarnation === peer.incarnation;
}

/**
 * What the fence has come to, for one group that this node may have to claim. Where there is a witness, a fence that
 * does not work is no matter: it is asked instead.
 */
export function fenceFact(
  state: NodeState,
  group: GroupState,
  evidence: Evidence | undefined,
  atMs: number,
): 'none' | 'due' | 'failed' | 'person' | 'lied' {
  const { fence } = state;
  const { guards } = state.config;
  const isProven = evidence !== undefined && proofs.has(evidence);
  if (guards.fence === undefined || isProven || !isFenceable(state, group, atMs)) return 'none';
  const verdict = isSpared(state) ? 'person' : verdictOf(fence);
  return verdict === 'due' || guards.witness === undefined ? verdict : 'none';
}

/** More than silence says that the peer runs nothing of the group. */
const proofs: ReadonlySet<Evidence> = new Set(['E1', 'E2', 'E4', 'E5', 'own']);

function verdictOf(fence: Fence): 'due' | 'failed' | 'person' | 'lied' {
  switch (fence.kind) {
    case 'lied':
    case 'person':
    case 'failed':
      return fence.kind;
    case 'running':
      return fence.failures > 0 ? 'failed' : 'due';
    case 'idle':
    case 'waiting':
    case 'done':
      return 'due';
  }
}

/** A fence, where there is one, is what proves that a peer that is merely not heard runs nothing. */
export function isProofOfAbsence(state: NodeState, group: GroupState): boolean {
  return isFenced(state) && (state.peer.incarnation !== undefined || mayStartFenced(state, group));
}

/** F2. */
function isFenceable(state: NodeState, group: GroupState, atMs: number): boolean {
  const sight = pingView(state);
  const isBlind = sight === 'down' || sight === 'unknown';
  if (isBlind || isBroken(state) || !isLoopHealthy(state, atMs) || !hasCarrier(state, group)) return false;
  const isWished = group.wish?.kind === 'takeover';
  const { mode } = state.config.takeover;
  switch (peerView(state, atMs)) {
    case 'silent':
      return mode === 'auto' || isWished;
    case 'heard':
      return group.durable.hasPeerStopFailed;
    case 'never':
      return (mode === 'auto' || isWished) && hasWaitedInitdead(state, atMs) && mayStartFenced(state, group);
    case 'left':
    case 'unaware':
    case 'oneWay':
      return false;
  }
}

/** In maintenance of one group the peer's machine is left alone, whatever becomes of the others. */
function isSpared({ groups }: NodeState): boolean {
  return groups.some(isInMaintenance);
}

function isAnyFenceable(state: NodeState, atMs: number): boolean {
  return state.groups.some((group) => isFenceable(state, group, atMs));
}

/** The other copy may be the newer one, and a machine that is off cannot say so. */
function mayStartFenced({ config }: NodeState, group: GroupState): boolean {
  if (config.guards.fence?.isAtStartup !== true || config.startupAlone === 'hold') return false;
  return group.config.dataClass !== 'copied' || config.startupAlone === 'take';
}

interface Need {
  /** Without the delay. */
  readonly isFirst: boolean;
}

function needOf(state: NodeState, atMs: number): Need | undefined {
  if (state.leaving.kind !== 'no' || isSpared(state)) return undefined;
  const fenceable = state.groups.filter((group) => isFenceable(state, group, atMs));
  const wanted = fenceable.filter(({ because }) => wantOf(because.rule) === 'fence');
  const isSilent = peerView(state, atMs) === 'silent';
  const owned = isSilent ? fenceable.filter(isOwned) : [];
  if (wanted.length === 0 && owned.length === 0) return undefined;
  const isStuck = !isSilent && peerView(state, atMs) === 'heard';
  return { isFirst: isStuck || isNearer(state, owned.length > 0) };
}

function isOwned({ activity }: GroupState): boolean {
  return activity.kind === 'active' || activity.kind === 'starting' || activity.kind === 'claiming';
}

/** F1: whoever owns something, as far as both know; of two that do, or do not, the lower name. */
function isNearer({ config, peer }: NodeState, isOwner: boolean): boolean {
  const ownsThere = Object.values(peer.groups).some(({ ownsSinceWallMs }) => ownsSinceWallMs !== undefined);
  return isOwner === ownsThere ? config.self < config.peer : isOwner;
}

function fire(state: NodeState, { isFirst }: Need, moment: Moment): NodeState {
  const { fence, config } = state;
  const withinMs = config.guards.fence?.attemptMsMax ?? 0;
  const count = state.jobCount + 1;
  const id = `${state.incarnation}-${count}`;
  const why = isFirst || fence.kind !== 'waiting' ? '' : ', after the delay that leaves the other node the first shot';
  record(moment, 'fence', `fencing ${config.peer}${why}`, { level: 'warning' });
  moment.effects.push({ type: 'fence', fence: id, withinMs });
  const before = fence.kind === 'failed' ? fence : { failures: 0, detail: '' };
  const { failures, detail } = before;
  const { incarnation } = state.peer;
  const running: Fence = { kind: 'running', id, incarnation, isOvertaken: false, failures, detail };
  return { ...state, jobCount: count, fence: running };
}

function withFence(state: NodeState, fence: Fence): NodeState {
  return { ...state, fence };
}
