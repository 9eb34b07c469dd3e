import type { AnswerToOperator } from '../../core/answer.ts';
import { armedReason, armedSentences } from '../../core/armed.ts';
import type { ArmedReason } from '../../core/beat.ts';
import { decide } from '../../core/decide.ts';
import { factsOf } from '../../core/facts.ts';
import { groupNamed, isHolding } from '../../core/groups.ts';
import { rules } from '../../core/rules.ts';
import { dryRun } from './dryRun.ts';
import type { LiveMoment } from './peerGroup.ts';
import { peerStateOf } from './peerState.ts';
import { predict } from './prediction.ts';

/** Why a group is not, or would not be, taken over by a node now. */
export interface WhyNot {
  readonly node: string;
  readonly group: string;
  readonly isHolding: boolean;
  /** Whose word this is: of the node itself, or of its beats. */
  readonly from: 'itself' | 'its beats';
  /** The rule that decides there now. */
  readonly now: RuleSaid;
  readonly armed: { readonly isArmed: boolean; readonly reason: ArmedReason; readonly sentence: string };
  /** What would come of it if the other node lost its power now. */
  readonly ifOtherDies: {
    readonly takesOver: boolean;
    readonly afterMs: number | undefined;
    readonly evidence: string | undefined;
    readonly rule: RuleSaid | undefined;
  };
  /** What an operator would be told who typed `hactl takeover` there now. */
  readonly ifAsked: AnswerToOperator;
  /** What to do about it, first things first; empty where nothing is missing. */
  readonly next: readonly string[];
}

export interface RuleSaid {
  readonly rule: string;
  readonly want: string;
  readonly sentence: string;
}

/** Undefined for a group that the node does not have. */
export function whyNot(live: LiveMoment, node: string, name: string): WhyNot | undefined {
  const isSelf = node === live.state.config.self;
  const there = isSelf ? live : { ...live, state: peerStateOf(live) };
  const { state, atMs, wallMs } = there;
  const group = groupNamed(state, name);
  if (group === undefined) return undefined;
  const now = decide(factsOf(state, group, atMs, wallMs));
  const reason = armedReason(state, group, atMs, wallMs);
  const ifAsked = dryRun(there, { kind: 'takeover', groups: [name], isForced: false, reason: '', isDryRun: true });
  const holds = isHolding(group);
  const ifOtherDies = afterDeath(live, node, name);
  const next = holds ? [] : nextOf({ node, other: state.config.peer, name, reason, ifAsked, ifOtherDies });
  return {
    node,
    group: name,
    isHolding: holds,
    from: isSelf ? 'itself' : 'its beats',
    now: { rule: now.id, want: now.want, sentence: now.sentence },
    armed: { isArmed: reason === 'armed', reason, sentence: armedSentences[reason] },
    ifOtherDies,
    ifAsked,
    next,
  };
}

/** The other node loses its power in the simulator; whoever is silent already has done so. */
function afterDeath(live: LiveMoment, node: string, name: string): WhyNot['ifOtherDies'] {
  const { config } = live.state;
  const { deadMs, leaseMs, initdeadMs } = config.timing;
  const other = node === config.self ? config.peer : config.self;
  const longestMs = Math.max(deadMs, ...config.channels.map((channel) => channel.deadMs));
  const { fence, witness } = config.guards;
  const watchdogMs = 3 * (config.guards.watchdog?.timeoutMs ?? 0);
  const guardMs =
    watchdogMs + (fence === undefined ? 0 : fence.delayMs + fence.attemptMsMax) + 2 * (witness?.leaseMs ?? 0);
  const waitMs = longestMs + leaseMs + Math.min(initdeadMs, 60_000) + guardMs + 5_000;
  const { claims, groups } = predict(live, [
    { said: `crash ${other}`, waitMs: undefined, words: [['crash', other]] },
    { said: 'wait', waitMs, words: [] },
  ]);
  const held = groups.find(({ group }) => group === name);
  const takesOver = held?.ownerAfter === node;
  const claim = claims.find((one) => one.node === node && one.group === name);
  const decider = rules.find(({ id }) => id === held?.rules[node]);
  const rule = claim === undefined ? decider : rules.find(({ id }) => id === claim.rule);
  return {
    takesOver,
    afterMs: takesOver ? claim?.atMs : undefined,
    evidence: takesOver ? claim?.evidence : undefined,
    rule: rule === undefined ? undefined : { rule: rule.id, want: rule.want, sentence: rule.sentence },
  };
}

interface Missing {
  readonly node: string;
  readonly other: string;
  readonly name: string;
  readonly reason: ArmedReason;
  readonly ifAsked: AnswerToOperator;
  readonly ifOtherDies: WhyNot['ifOtherDies'];
}

function nextOf({ node, other, name, reason, ifAsked, ifOtherDies }: Missing): readonly string[] {
  const armed = armedNext(node, name)[reason];
  const asked = ifAsked.kind === 'accepted' ? `to move it there, on ${node}: hactl takeover ${name}` : ifAsked.next;
  const ruled = ifOtherDies.takesOver ? undefined : ruleNext(other, name)[ifOtherDies.rule?.rule ?? ''];
  return [...new Set([armed, ruled, asked].filter((line) => line !== undefined && line !== ''))] as string[];
}

function armedNext(node: string, name: string): Readonly<Partial<Record<ArmedReason, string>>> {
  return {
    'copy-stale': `on ${node}: bring the copy up to date with a sync`,
    'copy-lagging': `on ${node}: let a sync complete`,
    'copy-withdrawn': `on ${node}: let the sync that rewrites the copy complete`,
    'stop-failed': `on ${node}, when nothing of it runs there: hactl confirm-stopped ${name} --reason TEXT`,
    'start-failed': `on ${node}: hactl events --since 1h, mend what failed, then hactl ack ${name}`,
    observing: `on ${node}: hactl online`,
    broken: `on ${node}: hactl status`,
    leaving: `on ${node}: systemctl start twinbeat`,
    'no-carrier': `on ${node}: mend the link of the service device`,
    maintenance: `hactl maintenance off ${name}`,
    'standby-by-order': `on ${node}: hactl online`,
    'down-by-order': `on the node that shall own it: hactl takeover ${name}`,
  };
}

function ruleNext(other: string, name: string): Readonly<Record<string, string>> {
  return {
    'peer-lost-hold': 'add a channel on a second medium, or mend the one that is down: hactl status',
    'peer-lost-blind': 'mend the service LAN of that node: none of its ping targets answers',
    'startup-alone-hold': `make sure that ${other} is off, then: hactl confirm-dead ${other} --reason TEXT`,
    'address-answered': 'find out who answers for the address: hactl events --since 1h',
    flapping: `mend the cause, then: hactl ack ${name}`,
    'peer-stop-failed': `when nothing of it runs on ${other}: hactl confirm-stopped ${name} --reason TEXT`,
    'peer-one-way': 'mend the channels that work in one direction only: hactl status',
  };
}
