import type { DurableState } from '../../core/durable.ts';
import type { Store } from '../../engine/ports.ts';
import { encodeDurable } from './encodeDurable.ts';
import { encodeSlot, payloadBytesMax, slotBytes, slotCount } from './slot.ts';

/** What the writer needs of the file. Each promise may fail, and may take long. */
export interface SlotFile {
  write(bytes: Uint8Array, position: number): Promise<void>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

type OnSaved = Parameters<Store['save']>[1];
type Saved = Parameters<OnSaved>[0];

/**
 * Writes states to the two slots in turn, one at a time.
 *
 * States that arrive during a write wait as one: only the newest of them is written, and all are answered with its
 * result, in the order of their coming. A state whose write failed may be on the disk all the same.
 */
export class SlotWriter implements Store {
  readonly #file: SlotFile;
  readonly #path: string;
  readonly #build: string;
  #waiting: { readonly state: DurableState; readonly answers: OnSaved[] } | undefined;
  #writing: Promise<void> | undefined;
  #isClosed = false;
  /** The slot of the newest state that is known to be on the disk: the one that is not written next. */
  #newestSlot: number;
  #sequence: number;

  constructor(
    file: SlotFile,
    path: string,
    newest: { readonly slot: number; readonly sequence: number } | undefined,
    build: string,
  ) {
    this.#file = file;
    this.#path = path;
    this.#build = build;
    this.#newestSlot = newest?.slot ?? slotCount - 1;
    this.#sequence = newest?.sequence ?? 0;
  }

  save(state: DurableState, onSaved: OnSaved): void {
    this.#waiting = { state, answers: [...(this.#waiting?.answers ?? []), onSaved] };
    this.#writing ??= this.#writeWaiting();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#writing;
    await this.#file.close().catch(() => undefined);
  }

  async #writeWaiting(): Promise<void> {
    // Off the caller's stack, and after everything else that it saves in the same step.
    await Promise.resolve();
    for (let job = this.#takeWaiting(); job !== undefined; job = this.#takeWaiting()) {
      const result = await this.#write(job.state);
      for (const answer of job.answers) answer(result);
    }
    this.#writing = undefined;
  }

  #takeWaiting(): { readonly state: DurableState; readonly answers: readonly OnSaved[] } | undefined {
    const job = this.#waiting;
    this.#waiting = undefined;
    return job;
  }

  async #write(state: DurableState): Promise<Saved> {
    if (this.#isClosed) return { ok: false, reason: `the state file ${this.#path} is closed` };
    const payload = encodeDurable(state, this.#build);
    if (payload.length > payloadBytesMax) {
      return { ok: false, reason: `the state has ${payload.length} bytes, a slot of ${this.#path} ${payloadBytesMax}` };
    }
    const slot = (this.#newestSlot + 1) % slotCount;
    // A failed write uses its sequence up: the one after it must win over what it may have left behind.
    this.#sequence += 1;
    try {
      await this.#file.write(encodeSlot(this.#sequence, payload), slot * slotBytes);
      await this.#file.datasync();
    } catch (error) {
      return { ok: false, reason: `${this.#path} cannot be written: ${messageOf(error)}` };
    }
    this.#newestSlot = slot;
    return { ok: true };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
