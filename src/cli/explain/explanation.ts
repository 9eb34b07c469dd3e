import type { Snapshot } from '../../control/snapshot/snapshot.ts';
import { type Facts, factsOf } from '../../core/facts.ts';
import type { Want } from '../../core/rules.ts';
import type { GroupState } from '../../core/state.ts';
import { weighRules } from '../../core/weigh.ts';
import { ageLines } from './ages.ts';

/** Why a node does with a group what it does: every rule in order, beside the facts. `hactl explain --json` prints it. */
export interface Explanation {
  readonly node: string;
  readonly group: string;
  /** RFC 3339: the moment of the facts. */
  readonly at: string;
  /** `journal`: the facts of the newest decision up to then. */
  readonly from: 'now' | 'journal';
  readonly decides: RuleView;
  readonly rules: readonly RuleView[];
  readonly facts: Readonly<Record<string, string | boolean>>;
  /** How old that is which the facts come from, as sentences. */
  readonly ages: readonly string[];
}

export interface RuleView {
  readonly rule: string;
  readonly want: Want;
  readonly sentence: string;
  readonly applies: boolean;
  readonly decides: boolean;
  /** What the rule looked at. */
  readonly facts: Readonly<Record<string, string | boolean>>;
}

/** The facts of now, and the rules beside them. */
export function explainNow(snapshot: Snapshot, group: GroupState): Explanation {
  const { state, atMs, wallMs, at } = snapshot;
  const facts = factsOf(state, group, atMs, wallMs);
  const who = { node: state.config.self, group: group.config.name, at, from: 'now' } as const;
  return { ...who, ...weighed(facts), ages: ageLines(state, group, atMs, wallMs) };
}

/** A line of the journal with the facts of a decision, or undefined for any other line. */
export function explainEvent(event: Readonly<Record<string, unknown>>, node: string): Explanation | undefined {
  const { id, group, time, facts } = event as Partial<Record<'id' | 'group' | 'time' | 'facts', unknown>>;
  if (id !== 'decided' || typeof group !== 'string' || typeof time !== 'string') return undefined;
  if (typeof facts !== 'object' || facts === null) return undefined;
  // What an older version did not write down is as if it were not so: no rule throws for it.
  const known = Object.entries(facts).filter((entry): entry is [string, string | boolean] => isFact(entry[1]));
  const who = { node, group, at: time, from: 'journal' } as const;
  return { ...who, ...weighed(Object.fromEntries(known) as unknown as Facts), ages: [] };
}

function weighed(facts: Facts): Pick<Explanation, 'decides' | 'rules' | 'facts'> {
  const views = weighRules(facts).map(({ rule, applies, decides, looked }): RuleView => {
    const used = looked.flatMap((key) => (isFact(facts[key]) ? [[key, facts[key]] as const] : []));
    const { id, want, sentence } = rule;
    return { rule: id, want, sentence, applies, decides, facts: Object.fromEntries(used) };
  });
  const decider = views.find(({ decides }) => decides);
  const last = views.at(-1);
  const decides = decider ?? last;
  if (decides === undefined) throw new RangeError('there are rules');
  return { decides, rules: views, facts: { ...facts } };
}

function isFact(value: unknown): value is string | boolean {
  return typeof value === 'string' || typeof value === 'boolean';
}
