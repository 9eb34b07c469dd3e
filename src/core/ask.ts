import type { AskResult } from './event.ts';
import { isFenced } from './fence.ts';
import { hasAddress, replaceGroup } from './groups.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import { lastHeardMs, lateAtMs, peerView } from './peerView.ts';
import type { Ask, AskVerdict, GroupState, NodeState } from './state.ts';

/** An answer on a LAN takes less than a millisecond; a planned move waits no longer than this for one. */
const plannedWaitMs = 10;
const waitMsMin = 20;
const waitMsMax = 200;
/** A silence older than this must be asked for again before an address is put up. */
const silenceValidMs = 1_000;
/** How often an address that answers is asked for again. */
const retryMs = 250;
/** A device that cannot be asked on for so long will not be: the other evidence has to do. */
const impossibleMs = 2_000;
/** A lease is removed by the kernel up to a second late, and a frozen host goes on answering until then. */
export const leaseSlackMs = 2_000;

/** Asks the LAN for the group's address, unless a question is under way or the answer is still good. */
export function ask(state: NodeState, group: GroupState, moment: Moment): NodeState {
  if (!hasAddress(group) || group.ask.kind === 'pending') return state;
  const { last } = group.ask.kind === 'known' ? group.ask : { last: never };
  if (last.kind !== 'never' && last.kind !== 'silent' && moment.atMs - last.askedAtMs < retryMs) return state;
  const id = state.jobCount + 1;
  moment.effects.push({ type: 'ask', group: group.config.name, ask: id, waitMs: waitMs(state, moment.atMs) });
  const pending: Ask = { kind: 'pending', id, sinceMs: moment.atMs, last };
  return replaceGroup({ ...state, jobCount: id }, { ...group, ask: pending });
}

export function learnAnswer(
  state: NodeState,
  group: GroupState,
  id: number,
  answer: AskResult,
  moment: Moment,
): NodeState {
  if (group.ask.kind !== 'pending' || group.ask.id !== id) return state;
  const last = verdictOf(state, group, group.ask.sinceMs, answer);
  if (last.kind === 'answered' && group.ask.last.kind !== 'answered') {
    const whose = last.byPeer ? `the peer's ${last.mac}` : `${last.mac}, which is not the peer's`;
    record(moment, 'address-answered', `${last.address} of ${group.config.name} is answered by ${whose}`, {
      level: 'warning',
      group: group.config.name,
    });
  }
  if (last.kind === 'impossible' && group.ask.last.kind !== 'impossible') {
    record(
      moment,
      'address-unasked',
      `whether ${group.config.name}'s address is in use cannot be asked: ${last.detail}`,
      {
        level: 'warning',
        group: group.config.name,
      },
    );
  }
  return replaceGroup(state, { ...group, ask: { kind: 'known', last } });
}

/** Whether the address may be put up, as far as the LAN has answered. */
export function addressVerdict(state: NodeState, group: GroupState, atMs: number): 'free' | 'unknown' | 'held' {
  if (!hasAddress(group)) return 'free';
  const last = group.ask.kind === 'none' ? never : group.ask.last;
  switch (last.kind) {
    case 'never':
      return 'unknown';
    case 'impossible':
      return last.askedAtMs - last.sinceMs >= impossibleMs ? 'free' : 'unknown';
    case 'silent':
      return isStillSilent(state, last.askedAtMs, atMs) ? 'free' : 'unknown';
    case 'answered':
      return state.confirmedDead?.isForced === true ? 'free' : 'held';
  }
}

/** Until when an answer by the peer's own address may be what is left of a lease. */
export function leaseOverAtMs(state: NodeState): number {
  return lastHeardMs(state) + state.config.timing.leaseMs + leaseSlackMs;
}

/** The address should be asked for already: the peer is late, and this node might have to take over. */
export function shouldAskAhead(state: NodeState, group: GroupState, atMs: number): boolean {
  if (group.activity.kind !== 'idle' || !hasAddress(group)) return false;
  const view = peerView(state, atMs);
  const isNeeded = view === 'silent' || (view === 'heard' && lateAtMs(state) <= atMs);
  return isNeeded && !isAskedLately(state, group, atMs);
}

/** Well before a silence grows too old, so that a decision never waits for the next one. */
function isAskedLately(state: NodeState, { ask: question }: GroupState, atMs: number): boolean {
  if (question.kind === 'none' || question.last.kind !== 'silent') return false;
  const { askedAtMs } = question.last;
  return askedAtMs >= lateAtMs(state) && atMs - askedAtMs < silenceValidMs / 2;
}

function firstImpossibleMs({ ask: question }: GroupState, askedAtMs: number): number {
  return question.kind === 'pending' && question.last.kind === 'impossible' ? question.last.sinceMs : askedAtMs;
}

const never: AskVerdict = { kind: 'never' };

/** While the peer is silent only a question asked after it became late says anything about it. */
function isStillSilent(state: NodeState, askedAtMs: number, atMs: number): boolean {
  const isRecent = atMs - askedAtMs < silenceValidMs;
  return isRecent && (peerView(state, atMs) !== 'silent' || askedAtMs >= lateAtMs(state));
}

function waitMs(state: NodeState, atMs: number): number {
  const view = peerView(state, atMs);
  const { warnMs, deadMs } = state.config.timing;
  if (view === 'left' || isFenced(state) || (view === 'heard' && lateAtMs(state) > atMs)) return plannedWaitMs;
  return Math.min(waitMsMax, Math.max(waitMsMin, Math.round((deadMs - warnMs) / 3)));
}

function verdictOf(state: NodeState, group: GroupState, askedAtMs: number, answer: AskResult): AskVerdict {
  switch (answer.kind) {
    case 'silent':
      return { kind: 'silent', askedAtMs };
    case 'impossible':
      return { kind: 'impossible', askedAtMs, sinceMs: firstImpossibleMs(group, askedAtMs), detail: answer.detail };
    case 'answered': {
      const known = group.durable.peerMac ?? state.peer.groups[group.config.name]?.beat?.mac;
      return { kind: 'answered', askedAtMs, mac: answer.mac, address: answer.address, byPeer: answer.mac === known };
    }
  }
}
