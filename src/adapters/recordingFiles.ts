import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';

export interface RecordingFilesOptions {
  /** Made when the first recording is written. */
  readonly directory: string;
  /** The newest events in pieces that take well below a millisecond to make, oldest first. */
  texts(): Iterable<string>;
  /** Told once when a recording cannot be written. */
  onTrouble(sentence: string): void;
  readonly limits?: Partial<RecordingLimits>;
}

export interface RecordingLimits {
  /** After a decision: what follows from it is of interest too. */
  readonly afterMs: number;
  /** Between two recordings: many decisions in a row are in one. */
  readonly gapMs: number;
  readonly filesMax: number;
  readonly bytesMax: number;
}

const defaultLimits: RecordingLimits = { afterMs: 2_000, gapMs: 10_000, filesMax: 12, bytesMax: 4 * 1024 * 1024 };

/**
 * Writes the newest events to a file after each decision: `recordings/2026-11-20T12-03-11.250Z.jsonl`.
 *
 * Off the path of the beats: later, in pieces, and never twice at once. A disk that takes nothing costs a recording.
 */
export class RecordingFiles {
  readonly #options: RecordingFilesOptions;
  readonly #limits: RecordingLimits;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  #isInTrouble = false;

  constructor(options: RecordingFilesOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
  }

  noteDecision(): void {
    if (this.#timer !== undefined) return;
    const { afterMs, gapMs } = this.#limits;
    const waitMs = Math.max(afterMs, this.#lastMs + gapMs - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#lastMs = performance.now();
      this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
    }, waitMs).unref();
  }

  /** Nothing more is written; what is under way is waited for. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#writing;
  }

  async #write(): Promise<void> {
    const { directory } = this.#options;
    try {
      const text = await this.#gather();
      await mkdir(directory, { recursive: true, mode: 0o750 });
      const name = `${new Date().toISOString().replaceAll(':', '-')}.jsonl`;
      const half = join(directory, '.half');
      await writeFile(half, text, { mode: 0o640 });
      await rename(half, join(directory, name));
      await this.#prune();
      this.#isInTrouble = false;
    } catch (error) {
      if (!this.#isInTrouble) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#options.onTrouble(
          `no recording of a decision can be written to ${directory}: ${reason}; going on without it`,
        );
      }
      this.#isInTrouble = true;
    }
  }

  /** A recording that is too long would lose its end, and with it the decision: it is left out whole. */
  async #gather(): Promise<string> {
    const pieces: string[] = [];
    let bytes = 0;
    for (const piece of this.#options.texts()) {
      bytes += Buffer.byteLength(piece);
      if (bytes > this.#limits.bytesMax) throw new Error(`it is longer than ${this.#limits.bytesMax} bytes`);
      pieces.push(piece);
      await turn();
    }
    return pieces.join('');
  }

  async #prune(): Promise<void> {
    const { directory } = this.#options;
    const names = (await readdir(directory)).filter((name) => /^[\dTZ.-]+\.jsonl$/.test(name)).toSorted();
    for (const name of names.slice(0, -this.#limits.filesMax)) await rm(join(directory, name), { force: true });
  }
}
