import { wantOf } from './decide.ts';
import { groupNamed, isHolding, isOfEarlierBoot, replaceGroup, withDurable } from './groups.ts';
import { isHigher } from './identity.ts';
import { graceEndsAtMs, isWitnessSilent, unansweredMax } from './lease.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import type { WitnessGuard } from './nodeConfig.ts';
import { withoutServing } from './serving.ts';
import type { GroupState, Lease, NodeState } from './state.ts';
import type { WitnessAnswer, WitnessReply, WitnessWish } from './witnessWords.ts';

/** An answer that only told a newer epoch is followed by the next request after so long: the epoch is on its way to the disk. */
const againMs = 20;

/** Asks the witness about every group that is due: one request at a time for each, and at once when it wants another thing. */
export function askWitness(state: NodeState, moment: Moment): NodeState {
  if (state.config.guards.witness === undefined) return state;
  return state.config.groups.reduce((current, { name }) => {
    const group = groupNamed(current, name);
    return group === undefined ? current : askForGroup(current, group, moment);
  }, state);
}

/** Takes in what the witness said; of an answer that nobody waits for any more nothing is believed. */
export function hearWitness(
  state: NodeState,
  name: string,
  ask: number,
  answer: WitnessAnswer,
  moment: Moment,
): NodeState {
  const group = groupNamed(state, name);
  const { witness } = state.config.guards;
  const asked = group?.lease.asked;
  if (group === undefined || witness === undefined || asked?.id !== ask) return state;
  if (answer.kind === 'silent') {
    const unanswered = Math.min(group.lease.unanswered + 1, unansweredMax);
    const nextAskAtMs = isInGrace(state, group, witness, moment.atMs) ? moment.atMs : group.lease.nextAskAtMs;
    const next: GroupState = { ...group, lease: { ...group.lease, asked: undefined, unanswered, nextAskAtMs } };
    if (isWitnessSilent(next) && !isWitnessSilent(group)) {
      record(moment, 'witness-silent', `the witness does not answer for ${name}`, { level: 'warning', group: name });
    }
    return replaceGroup(state, next);
  }
  reportAnswer(state, group, answer, moment);
  const lease: Lease = {
    ...group.lease,
    asked: undefined,
    unanswered: 0,
    grantedFromMs: grantedFromMs(group.lease, asked.atMs, answer),
    answer: { ...answer, atMs: moment.atMs },
    nextAskAtMs: nextAskAtMs(group.lease, answer, moment.atMs),
  };
  return replaceGroup(state, believe({ ...group, lease }, answer));
}

/** There is no time for a pause: the first request may be lost, or have to learn which start of the witness it talks to. */
function isInGrace(state: NodeState, group: GroupState, witness: WitnessGuard, atMs: number): boolean {
  return mayRun(state, group) && group.lease.grantedFromMs === undefined && atMs < graceEndsAtMs(state, witness);
}

function askForGroup(state: NodeState, group: GroupState, moment: Moment): NodeState {
  const { witness } = state.config.guards;
  const { lease, config } = group;
  if (witness === undefined || lease.asked !== undefined) return state;
  const wish = wishOf(state, group);
  if (wish === lease.wish && moment.atMs < lease.nextAskAtMs) return state;
  const id = state.jobCount + 1;
  moment.effects.push({
    type: 'askWitness',
    ask: id,
    waitMs: witness.timeoutMs,
    request: {
      group: config.name,
      wish,
      isHolding: mayRun(state, group),
      epoch: group.durable.epoch,
      servedEpoch: withoutServing(group).durable.servedEpoch,
      leaseMs: witness.leaseMs,
    },
  });
  const asked = { id, atMs: moment.atMs };
  // The witness may give away what it is given back before its answer comes, or when none does.
  const grantedFromMs = wish === 'release' ? undefined : lease.grantedFromMs;
  const asking: Lease = { ...lease, asked, wish, grantedFromMs, nextAskAtMs: moment.atMs + witness.renewMs };
  return replaceGroup({ ...state, jobCount: id }, { ...group, lease: asking });
}

function wishOf(state: NodeState, group: GroupState): WitnessWish {
  if (mayRun(state, group)) return 'renew';
  const wanted = wantOf(group.because.rule);
  if (wanted === 'askWitness') return 'renew';
  const { grantedFromMs, answer } = group.lease;
  if (wanted === 'claim' && grantedFromMs !== undefined) return 'renew';
  const isKept = grantedFromMs !== undefined || answer?.holder === state.config.self;
  return isKept && group.isVerifiedStopped ? 'release' : 'look';
}

/** Something of the group runs here, or may: its lease must not go to the peer. */
function mayRun(state: NodeState, group: GroupState): boolean {
  if (group.durable.stopFailed !== undefined) return true;
  return isHolding(group) && !isOfEarlierBoot(state, group);
}

function grantedFromMs(
  { grantedFromMs: before }: Lease,
  askedAtMs: number,
  { verdict }: WitnessReply,
): number | undefined {
  switch (verdict) {
    case 'granted':
      return Math.max(before ?? askedAtMs, askedAtMs);
    case 'released':
      return undefined;
    case 'again':
    case 'held':
    case 'settling':
    case 'stale':
    case 'seen':
    case 'unwritable':
    case 'full':
      return before;
  }
}

/** Whoever waits for a lease asks again when it may be free, not a whole period later. */
function nextAskAtMs({ nextAskAtMs: planned }: Lease, { verdict, waitMs }: WitnessReply, atMs: number): number {
  if (verdict === 'stale') return Math.min(planned, atMs + againMs);
  if (verdict !== 'held' && verdict !== 'settling') return planned;
  return Math.min(planned, atMs + Math.max(againMs, waitMs + 1));
}

/** Epochs only grow: what the witness was told by the peer is as good as the peer's own word. */
function believe(group: GroupState, { epoch, servedEpoch }: WitnessReply): GroupState {
  const isEpochNews = isHigher(epoch, group.durable.epoch);
  const isServedNews = isHigher(servedEpoch, group.durable.servedEpoch);
  if (!isEpochNews && !isServedNews) return group;
  return withDurable(group, { ...(isEpochNews ? { epoch } : {}), ...(isServedNews ? { servedEpoch } : {}) });
}

function reportAnswer(state: NodeState, group: GroupState, answer: WitnessReply, moment: Moment): void {
  const { name } = group.config;
  const before = group.lease.answer?.verdict;
  if (isWitnessSilent(group)) record(moment, 'witness-heard', `the witness answers again for ${name}`, { group: name });
  if (answer.verdict === before || group.lease.wish !== 'renew') return;
  const sentence = verdictSentence(state, name, answer);
  if (sentence === undefined) return;
  const level = answer.verdict === 'granted' ? 'info' : 'warning';
  record(moment, 'witness-answer', sentence, { level, group: name });
}

/** Undefined for what is no news to people. */
function verdictSentence({ config }: NodeState, name: string, answer: WitnessReply): string | undefined {
  const { holder, otherHeardAgoMs, waitMs } = answer;
  switch (answer.verdict) {
    case 'granted':
      return `the witness granted the lease of ${name} to ${config.self}`;
    case 'held': {
      const heard = otherHeardAgoMs === undefined ? 'has not heard' : `heard ${Math.round(otherHeardAgoMs)} ms ago`;
      const whom = otherHeardAgoMs === undefined ? ` ${config.peer} since its start` : '';
      return `the witness keeps the lease of ${name} for ${holder}, which it ${heard}${whom}; it is free in ${Math.round(waitMs)} ms at the earliest`;
    }
    case 'settling':
      return `the witness has just started and grants the lease of ${name} to nobody new for ${Math.round(waitMs)} ms`;
    case 'unwritable':
      return `the witness cannot write down whose the lease of ${name} is, and grants nothing`;
    case 'full':
      return `the witness keeps no more groups of this cluster: it has no lease for ${name}`;
    case 'again':
    case 'stale':
    case 'released':
    case 'seen':
      return undefined;
  }
}
