import type { DurableState } from '../core/durable.ts';
import type { Store } from '../engine/ports.ts';
import type { Process } from './process.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * The two slots, as far as they can be told apart from outside: what is read after a crash is the newest state
 * that was acknowledged, or the one that was being written.
 */
export class Disk {
  /** What a daemon that starts now would read. */
  content: DurableState | undefined;
  /** Writes are refused; one of them may get to the disk all the same. */
  isFailing = false;
  /** Writes take so much longer. */
  slowMs = 0;
  /** Whether a write that is under way at a crash gets to the disk; drawn where it is not said. */
  keepsTornWrite: boolean | undefined;
  #writing: DurableState | undefined;
  #generation = 0;
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  get isWriting(): boolean {
    return this.#writing !== undefined;
  }

  /** The store of one daemon: its answers end with the process. */
  storeFor(process: Process): Store {
    return {
      save: (state, onSaved) => {
        const { schedule, random, options } = this.#around;
        const generation = this.#generation;
        const isRefused = this.isFailing;
        this.#writing = state;
        schedule.after(random.disk.timeMs(options.pace.diskMs) + this.slowMs, () => {
          if (generation !== this.#generation) return;
          this.#writing = undefined;
          const isWritten = !isRefused || random.disk.chance(20);
          if (isWritten) this.content = state;
          process.run(() => onSaved(isRefused ? { ok: false, reason: 'no space left on device' } : { ok: true }));
        });
      },
    };
  }

  /** The write that was under way got to the disk, or it did not: a torn slot is not believed. */
  crash(): void {
    this.#generation += 1;
    const isKept = this.keepsTornWrite ?? this.#around.random.disk.chance(50);
    if (this.#writing !== undefined && isKept) this.content = this.#writing;
    this.#writing = undefined;
  }
}
