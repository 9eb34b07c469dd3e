export interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/**
 * Virtual time: what is due, in order of time; of two at the same moment the one that was asked for first.
 * A binary heap, because a run of some minutes has some ten thousand of them.
 */
export class Schedule {
  readonly #heap: Due[] = [];
  #nowMs = 0;
  #count = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): void {
    this.at(this.#nowMs + delayMs, run);
  }

  at(atMs: number, run: () => void): void {
    this.#count += 1;
    const due: Due = { atMs: Math.max(atMs, this.#nowMs), order: this.#count, run };
    let index = this.#heap.length;
    this.#heap.push(due);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.#heap[above];
      if (parent === undefined || !isEarlier(due, parent)) break;
      this.#heap[index] = parent;
      index = above;
    }
    this.#heap[index] = due;
  }

  /** Lets everything happen that is due up to `untilMs`, and what that causes. */
  runUntil(untilMs: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.atMs <= untilMs; next = this.#heap[0]) {
      this.#removeFirst();
      this.#nowMs = next.atMs;
      next.run();
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    const count = this.#heap.length;
    if (last === undefined || count === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= count) break;
      const left = this.#heap[child];
      const right = this.#heap[child + 1];
      if (left !== undefined && right !== undefined && isEarlier(right, left)) child += 1;
      const smaller = this.#heap[child];
      if (smaller === undefined || !isEarlier(smaller, last)) break;
      this.#heap[index] = smaller;
      index = child;
    }
    this.#heap[index] = last;
  }
}

function isEarlier(a: Due, b: Due): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
