import { isBrokenByDiskAlone } from './armed.ts';
import { ask } from './ask.ts';
import { resumeCheck } from './check.ts';
import { beginClaim, pressClaim, reclaim, withdraw } from './claim.ts';
import type { Decision } from './decide.ts';
import { decide } from './decide.ts';
import type { Facts } from './facts.ts';
import { factsOf } from './facts.ts';
import { groupNamed, isServing, replaceGroup } from './groups.ts';
import { meetContest } from './heal.ts';
import { decidedEntry } from './journal.ts';
import { beginSync } from './lastSync.ts';
import type { Moment } from './moment.ts';
import { monitor } from './monitor.ts';
import { doubt, giveWay, hasLapsed } from './renew.ts';
import type { Rule } from './rules.ts';
import { withoutServing } from './serving.ts';
import type { Starting } from './start.ts';
import { goOnUntouched, isAddressNext, isAllDown, pressStart } from './start.ts';
import type { GroupState, NodeState } from './state.ts';
import { beginStop, pressStop } from './stop.ts';
import { unreachable } from './unreachable.ts';
import { isWatchdogReady, wantWatchdog } from './watchdog.ts';

/** A group goes through fewer stages than this at one moment; more would be a loop. */
const stagesMax = 8;

/** Moves every group towards what the rules want of it, as far as it gets at this moment. */
export function act(state: NodeState, moment: Moment): NodeState {
  return state.config.groups.reduce((current, { name }) => actOnGroup(current, name, moment), state);
}

function actOnGroup(state: NodeState, name: string, moment: Moment): NodeState {
  let current = state;
  for (let stage = 0; stage < stagesMax; stage += 1) {
    const before = groupNamed(current, name);
    if (before === undefined) return current;
    current = actOnce(current, before, moment);
    if (groupNamed(current, name)?.activity === before.activity) return current;
  }
  return current;
}

function actOnce(state: NodeState, before: GroupState, moment: Moment): NodeState {
  const met = meetContest(state, before, moment);
  const contested = met === before ? state : replaceGroup(state, met);
  if (before.latch?.verdict === 'reclaimed' && met.latch === undefined && isServing(met)) {
    moment.effects.push({ type: 'announce', group: met.config.name });
  }
  const facts = factsOf(contested, met, moment.atMs, moment.wallMs);
  const rule = decide(facts);
  const group = explain(contested, met, rule, facts, moment);
  const decided = group === met ? contested : replaceGroup(contested, group);
  return pursue(decided, group, { rule, facts }, moment);
}

/** Keeps the rule that applies, and writes it to the journal when it is another one than before. */
function explain(state: NodeState, group: GroupState, rule: Rule, facts: Facts, moment: Moment): GroupState {
  const { kind } = group.activity;
  const isBusy = (kind === 'checking' && rule.want !== 'handsOff') || (kind === 'stopping' && rule.want === 'keep');
  if (group.because.rule === rule.id || isBusy) return group;
  moment.effects.push({ type: 'record', entry: decidedEntry(state, group, rule, facts, moment) });
  return { ...group, because: { rule: rule.id, sentence: rule.sentence } };
}

/** The activity says what is possible, the rule what is wanted. */
function pursue(state: NodeState, group: GroupState, decision: Decision, moment: Moment): NodeState {
  const { rule, facts } = decision;
  const { activity } = group;
  switch (activity.kind) {
    case 'checking':
      return resumeCheck(state, group, activity, moment);
    case 'idle':
      // Whatever else is missing: only a new answer ends the old one.
      if (facts.address === 'held' && !facts.isPeerHolding) return ask(state, group, moment);
      return rule.want === 'claim' ? approach(state, group, facts, moment) : state;
    case 'syncing':
      return pursueSynced(state, group, decision, moment);
    case 'claiming':
      return pursueClaim(state, group, decision, moment);
    case 'starting':
      if (isGoingDown(rule)) return beginStop(state, group, decision, moment);
      if (rule.want === 'reclaim') return reclaim(state, group, moment);
      // What a start that is under way has come to is heard first: it may have failed.
      if (group.job === undefined && hasLapsed(state, group, moment.atMs)) return doubt(state, group, [], moment);
      return mayGoUp(state, decision) ? pressUp(state, group, activity, facts, moment) : state;
    case 'active':
      return pursueActive(state, group, decision, moment);
    case 'unconfirmed':
      if (isGoingDown(rule)) return beginStop(state, group, decision, moment);
      if (rule.want === 'reclaim') return reclaim(state, group, moment);
      if (rule.want === 'keep') return goOn(state, group);
      if (rule.want === 'handsOff' && facts.canConfirm) return goOnUntouched(state, group, moment);
      if (rule.want === 'hold' && facts.address === 'held') return ask(state, group, moment);
      return rule.want === 'claim' ? approach(state, group, facts, moment) : state;
    case 'stopping':
      return pressStop(state, group, decision, moment);
    default:
      return unreachable(activity);
  }
}

/** Confirmed: its lease counts from the next renewal, and what the LAN answered before says nothing about now. */
function goOn(state: NodeState, group: GroupState): NodeState {
  const ask = { kind: 'none' } as const;
  return replaceGroup(state, { ...group, ask, activity: { kind: 'starting', next: 0 }, renewedAtMs: undefined });
}

/** Whoever is not heard may have taken over while the address was down here, and then answers for it. */
function pressUp(state: NodeState, group: GroupState, starting: Starting, facts: Facts, moment: Moment): NodeState {
  const isSafe = facts.peer === 'heard' || facts.address === 'free' || !isAddressNext(group, starting);
  if (isSafe) return pressStart(state, group, starting, moment);
  if (facts.address === 'unknown') return ask(state, group, moment);
  const before = withoutServing(group);
  return before.durable.holding === 'claimed' && isAllDown(group)
    ? withdraw(state, before, moment)
    : giveWay(state, group, moment);
}

/** On the way to a claim: the address must be free, and a planned move ends with a last sync. */
function approach(state: NodeState, group: GroupState, facts: Facts, moment: Moment): NodeState {
  if (facts.address === 'unknown') return ask(state, group, moment);
  if (facts.evidence === 'none') return state;
  if (!isWatchdogReady(state)) return wantWatchdog(state, moment);
  const synced = group.activity.kind === 'idle' ? beginSync(state, group, moment) : undefined;
  return synced ?? beginClaim(state, group, facts.evidence, moment);
}

/** After the last sync: the old owner may have started again meanwhile, and then the sync was for nothing. */
function pursueSynced(state: NodeState, group: GroupState, { rule, facts }: Decision, moment: Moment): NodeState {
  if (group.job !== undefined || rule.want === 'wait') return state;
  if (rule.want === 'claim') return approach(state, group, facts, moment);
  return replaceGroup(state, { ...group, activity: { kind: 'idle' } });
}

function pursueClaim(state: NodeState, group: GroupState, { rule, facts }: Decision, moment: Moment): NodeState {
  switch (rule.want) {
    case 'keep':
    case 'claim':
      return canBeEchoed(group, facts) ? pressWhereFree(state, group, facts, moment) : withdraw(state, group, moment);
    case 'hold':
      return isLeftToPeer(state, rule, facts) ? withdraw(state, group, moment) : state;
    case 'wait':
    case 'askWitness':
    case 'dropAddresses':
    case 'handsOff':
    case 'fence':
    case 'reclaim':
      return state;
    case 'yield':
    case 'release':
    case 'standby':
      return withdraw(state, group, moment);
  }
}

/** What its disk refuses is not started here, and a peer that could take the group waits for as long as this node claims it. */
function isLeftToPeer({ disk }: NodeState, { id }: Rule, { isPeerArmed, isPeerHolding }: Facts): boolean {
  return id === 'broken' && disk.failure !== undefined && isPeerArmed && !isPeerHolding;
}

/** The claim may have waited for its disk for long: what the LAN said before it says nothing any more. */
function pressWhereFree(state: NodeState, group: GroupState, facts: Facts, moment: Moment): NodeState {
  const pressed = pressClaim(state, group);
  if (pressed === state || facts.address === 'free') return pressed;
  return facts.address === 'unknown' ? ask(state, group, moment) : withdraw(state, group, moment);
}

/** A claim that waits for its echo, and whose peer is lost meanwhile, is decided anew by what silence allows. */
function canBeEchoed({ activity }: GroupState, { peer }: Facts): boolean {
  return activity.kind !== 'claiming' || !activity.needsEcho || peer === 'heard' || peer === 'unaware';
}

function pursueActive(state: NodeState, group: GroupState, decision: Decision, moment: Moment): NodeState {
  const { rule, facts } = decision;
  if (isGoingDown(rule)) return beginStop(state, group, decision, moment);
  if (rule.want === 'reclaim') return reclaim(state, group, moment);
  if (rule.want === 'handsOff') return state;
  if (rule.want === 'dropAddresses') return dropAddresses(state, group, moment);
  if (rule.want === 'keep' && group.isAddressDropped) return putAddressesBack(state, group, facts, moment);
  return monitor(state, group, moment);
}

function isGoingDown({ want }: Rule): boolean {
  return want === 'yield' || want === 'release' || want === 'standby';
}

/** A disk that takes no writes forbids what is not on it yet, which is seen to there; what it knows of may start again. */
function mayGoUp(state: NodeState, { rule, facts }: Decision): boolean {
  return rule.want === 'keep' || (rule.id === 'broken' && isBrokenByDiskAlone(state) && !facts.isPeerStopping);
}

/** Nobody is reachable through the device: whoever takes over must not meet this address there. */
function dropAddresses(state: NodeState, group: GroupState, moment: Moment): NodeState {
  if (group.isAddressDropped) return state;
  moment.effects.push({ type: 'dropAddresses', group: group.config.name });
  return replaceGroup(state, { ...group, isAddressDropped: true, ask: { kind: 'none' } });
}

function putAddressesBack(state: NodeState, group: GroupState, facts: Facts, moment: Moment): NodeState {
  if (facts.address === 'unknown') return ask(state, group, moment);
  if (facts.address === 'held') return ask(state, group, moment);
  return replaceGroup(state, { ...group, isAddressDropped: false, activity: { kind: 'starting', next: 0 } });
}
