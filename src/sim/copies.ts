import type { Epoch } from '../core/identity.ts';
import { compareEpochs, noEpoch } from '../core/identity.ts';

/** Transactions that one ownership added. */
export interface Stretch {
  readonly epoch: Epoch;
  readonly count: number;
}

/**
 * The data of one group on one machine, as it really is: which ownerships it went through, and how many
 * transactions each added. Nobody but the checkers may look at it.
 */
export class Copy {
  #stretches: readonly Stretch[] = [];
  /** A rewriting sync is half-way: the data is of no use. */
  isTorn = false;

  get stretches(): readonly Stretch[] {
    return this.#stretches;
  }

  /** The ownership from which this data descends. */
  get epoch(): Epoch {
    return this.#stretches.at(-1)?.epoch ?? noEpoch;
  }

  get count(): number {
    return this.#stretches.reduce((sum, { count }) => sum + count, 0);
  }

  /** An owner starts to write. */
  serve(epoch: Epoch): void {
    if (compareEpochs(this.epoch, epoch) !== 0) this.#stretches = [...this.#stretches, { epoch, count: 0 }];
  }

  commit(count: number): void {
    const last = this.#stretches.at(-1);
    if (last !== undefined) this.#stretches = [...this.#stretches.slice(0, -1), { ...last, count: last.count + count }];
  }

  overwrite(source: readonly Stretch[]): void {
    this.#stretches = source;
    this.isTorn = false;
  }
}
