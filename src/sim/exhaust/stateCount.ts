import { createHash } from 'node:crypto';
import type { NodeState } from '../../core/state.ts';
import type { World } from '../world.ts';

/** One bit for each value of a hash. 32 MB. */
const bits = 2 ** 28;

/** Where the states that several threads come by are marked. */
export function newMarks(): SharedArrayBuffer {
  return new SharedArrayBuffer(bits / 8);
}

/**
 * Counts distinct states of the pair: what both daemons know and want, and what runs. By linear counting, since so
 * many do not fit into memory: less than one per cent off, up to some hundred millions.
 */
export class StateCount {
  readonly #marks: Int32Array<SharedArrayBuffer>;
  readonly #digests = new WeakMap<NodeState, string>();

  constructor(marks: SharedArrayBuffer = newMarks()) {
    this.#marks = new Int32Array(marks);
  }

  note(world: World): void {
    const hash = createHash('md5');
    for (const machine of world.machines) {
      const state = machine.head?.engine.state;
      hash.update(state === undefined ? 'none' : this.#digestOf(state));
      hash.update(world.options.groups.map(({ name }) => machine.held(name).all.join(' ')).join(';'));
    }
    const bit = hash.digest().readUInt32LE(0) & (bits - 1);
    Atomics.or(this.#marks, bit >>> 5, 1 << (bit & 31));
  }

  /** How many distinct states were noted, about. */
  estimate(): number {
    const marked = this.#marks.reduce((sum, word) => sum + onesIn(word), 0);
    return Math.round(-bits * Math.log1p(-marked / bits));
  }

  /** Most states of a run differ from the one before at one node only. */
  #digestOf(state: NodeState): string {
    const known = this.#digests.get(state);
    if (known !== undefined) return known;
    const digest = createHash('md5').update(JSON.stringify(state)).digest('base64');
    this.#digests.set(state, digest);
    return digest;
  }
}

function onesIn(word: number): number {
  let count = 0;
  for (let left = word >>> 0; left !== 0; left = (left & (left - 1)) >>> 0) count += 1;
  return count;
}
