import type { Facts } from './facts.ts';
import { type Rule, rules } from './rules.ts';

/** One rule beside the facts of a group, for a person who asks why. */
export interface Weighed {
  readonly rule: Rule;
  readonly applies: boolean;
  /** It is the first that applies. */
  readonly decides: boolean;
  /** The facts that its condition looked at, in that order; it needed no others to be sure. */
  readonly looked: readonly (keyof Facts)[];
}

/** Every rule, in order, whether it applies or not. The one that decides is the one that `decide` returns. */
export function weighRules(facts: Facts): readonly Weighed[] {
  let isDecided = false;
  return rules.map((rule) => {
    const { applies, looked } = weigh(rule, facts);
    const decides = applies && !isDecided;
    isDecided ||= applies;
    return { rule, applies, decides, looked };
  });
}

function weigh(rule: Rule, facts: Facts): { readonly applies: boolean; readonly looked: readonly (keyof Facts)[] } {
  const looked = new Set<keyof Facts>();
  const watched = new Proxy(facts, {
    get(target, key) {
      looked.add(key as keyof Facts);
      return target[key as keyof Facts];
    },
  });
  return { applies: rule.when(watched), looked: [...looked] };
}
