import { assert } from './assert.ts';
import type { Facts } from './facts.ts';
import { type Rule, rules, type Want } from './rules.ts';

/** A rule, and the facts that it applied to. */
export interface Decision {
  readonly rule: Rule;
  readonly facts: Facts;
}

/** Returns the first rule that applies. */
export function decide(facts: Facts): Rule {
  const rule = rules.find((candidate) => candidate.when(facts));
  assert(rule !== undefined, 'the last rule applies to all facts');
  return rule;
}

/** What the rule wants whose id the journal or a state names; undefined for a rule of another version. */
export function wantOf(ruleId: string): Want | undefined {
  return rules.find(({ id }) => id === ruleId)?.want;
}
