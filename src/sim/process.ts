/**
 * A pretended process: what comes to it while it is frozen waits, in order, and is worked off at once when it
 * thaws, with no time passing in between. What comes after its end is lost.
 */
export class Process {
  #state: 'runs' | 'frozen' | 'dead' = 'runs';
  #waiting: Task[] = [];

  get isAlive(): boolean {
    return this.#state !== 'dead';
  }

  get isFrozen(): boolean {
    return this.#state === 'frozen';
  }

  run(task: () => void, kind: Task['kind'] = 'other'): void {
    if (this.#state === 'runs') task();
    else if (this.#state === 'frozen') this.#waiting.push({ task, kind });
  }

  freeze(): void {
    if (this.#state === 'runs') this.#state = 'frozen';
  }

  /** A loop may look at its timers or at its sockets first: so much else runs before the timers. */
  thaw(beforeTimersMax: number): void {
    if (this.#state !== 'frozen') return;
    this.#state = 'runs';
    const waiting = this.#waiting;
    this.#waiting = [];
    const timers = waiting.filter(({ kind }) => kind === 'timer');
    const others = waiting.filter(({ kind }) => kind !== 'timer');
    const inOrder = [...others.slice(0, beforeTimersMax), ...timers, ...others.slice(beforeTimersMax)];
    for (const { task } of inOrder) this.run(task);
  }

  kill(): void {
    this.#state = 'dead';
    this.#waiting = [];
  }
}

interface Task {
  readonly task: () => void;
  readonly kind: 'timer' | 'other';
}
