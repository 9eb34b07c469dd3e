import type { Operator } from './comparisons.ts';

/** What the comparisons and rules of a switchable core ask: whether they are the one that is switched off. */
export class Switches {
  /** The numbers of the mutants that were come by since it was set. */
  seen: Set<number> | undefined;
  readonly #rules: ReadonlyMap<string, number>;
  #off: number | undefined;

  /** @param rules the number of each rule by its id. */
  constructor(rules: ReadonlyMap<string, number>) {
    this.#rules = rules;
  }

  switchOff(mutant: number | undefined): void {
    this.#off = mutant;
  }

  compare(mutant: number, operator: Operator, left: number, right: number): boolean {
    this.seen?.add(mutant);
    return compared(operator, left, right) !== (mutant === this.#off);
  }

  has(rule: string): boolean {
    const mutant = this.#rules.get(rule);
    if (mutant !== undefined) this.seen?.add(mutant);
    return mutant === undefined || mutant !== this.#off;
  }
}

function compared(operator: Operator, left: number, right: number): boolean {
  switch (operator) {
    case '===':
      return left === right;
    case '!==':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}
