import type { Entry } from '../../core/entry.ts';
import type { Journal } from '../../engine/ports.ts';
import { JournalFiles, journalPath } from './journalFiles.ts';
import { type JournalEvent, lineOf, timeOf } from './journalLine.ts';
import { type EventQuery, readEvents } from './readEvents.ts';

export interface FileJournalOptions {
  readonly directory: string;
  readonly incarnation: string;
  /** Told once when entries can no longer be written, and once when they can again. */
  onTrouble(sentence: string): void;
  readonly limits?: Partial<JournalLimits>;
}

export interface JournalLimits {
  readonly fileBytesMax: number;
  readonly filesMax: number;
  /** Bytes that wait for a disk that is full or slow; entries beyond it are in memory only. */
  readonly queueBytesMax: number;
  /** Newest events kept in memory: what a full disk leaves to `hactl events`. */
  readonly ringLengthMax: number;
  /** Pause after a failed write. */
  readonly retryMs: number;
  /** How long closing waits for the disk. */
  readonly closeMs: number;
}

const defaultLimits: JournalLimits = {
  // A busy day is below 1 MiB: 16 MiB are weeks.
  fileBytesMax: 4 * 1024 * 1024,
  filesMax: 4,
  queueBytesMax: 1024 * 1024,
  ringLengthMax: 500,
  retryMs: 5000,
  closeMs: 1000,
};

/**
 * The journal on disk, `journal.jsonl` and its elders in the state directory, and the newest events in memory.
 *
 * Nothing here blocks the caller or fails it: what the disk does not take is counted, and the first line
 * after the trouble says how much is missing.
 */
export class FileJournal implements Journal {
  readonly #options: FileJournalOptions;
  readonly #limits: JournalLimits;
  readonly #files: JournalFiles;
  readonly #followers = new Set<(event: JournalEvent) => void>();
  #ring: JournalEvent[] = [];
  #count = 0;
  /** Waiting lines; the first may have been written in part. */
  #queue: Buffer[] = [];
  #queueBytes = 0;
  #dropped = 0;
  #droppedSinceTrouble = 0;
  #isInTrouble = false;
  #writing: Promise<void> | undefined;
  #reading: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  #endPause: () => void = () => undefined;

  constructor(options: FileJournalOptions) {
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#files = new JournalFiles({ directory: options.directory, ...this.#limits });
  }

  /** Entries that are missing in the files. */
  get droppedCount(): number {
    return this.#dropped;
  }

  append(entry: Entry): void {
    this.#count += 1;
    const { event, text } = lineOf(entry, this.#options.incarnation, this.#count);
    this.#ring.push(event);
    // Cut rarely: moving the whole array for each event would cost more than the event.
    if (this.#ring.length >= 2 * this.#limits.ringLengthMax) this.#ring = this.#ring.slice(-this.#limits.ringLengthMax);
    this.#enqueue(text);
    for (const follower of this.#followers) follower(event);
  }

  /**
   * The newest `limit` events at or after `since`, oldest first. What is older than the memory may have a later time: the
   * clock was set back, or a machine without one began long ago.
   */
  events(query: { readonly since?: string; readonly limit: number }): Promise<readonly JournalEvent[]> {
    const since = query.since === undefined ? undefined : timeOf(Date.parse(query.since));
    const recent = this.#ring.slice(-this.#limits.ringLengthMax);
    const inMemory = recent.filter((event) => since === undefined || event.time >= since);
    const oldest = recent[0];
    if (inMemory.length >= query.limit) return Promise.resolve(inMemory.slice(-query.limit));
    // One reader of the files at a time, so that many clients do not make long turns of the loop.
    const read = this.#reading.then(() =>
      this.#olderEvents({ since, limit: query.limit - inMemory.length }, oldest?.n),
    );
    this.#reading = read.catch(() => undefined);
    return read.then((older) => [...older, ...inMemory]);
  }

  /** Every event from here on, on the stack of `append`. Returns how to stop. */
  follow(onEvent: (event: JournalEvent) => void): () => void {
    this.#followers.add(onEvent);
    return () => this.#followers.delete(onEvent);
  }

  /** Writes what waits, as far as the disk takes it within a second. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#endPause();
    const tooLong = new Promise<void>((resolve) => setTimeout(resolve, this.#limits.closeMs).unref());
    await Promise.race([this.#writing, tooLong]);
    await Promise.race([this.#files.close().catch(() => undefined), tooLong]);
  }

  #enqueue(text: string): void {
    const line = Buffer.from(text, 'utf8');
    if (this.#isClosed || this.#queueBytes + line.length > this.#limits.queueBytesMax) {
      this.#dropped += 1;
      this.#droppedSinceTrouble += 1;
      return;
    }
    this.#queue.push(line);
    this.#queueBytes += line.length;
    this.#writing ??= this.#writeQueue();
  }

  async #writeQueue(): Promise<void> {
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const bytes = Buffer.concat(this.#queue);
      this.#queue = [bytes];
      try {
        const written = await this.#files.append(bytes);
        this.#takeFromQueue(written);
        this.#endTrouble();
      } catch (error) {
        this.#beginTrouble(error);
        if (this.#isClosed) break;
        await this.#pause();
      }
    }
    this.#writing = undefined;
  }

  /** `bytes` of the first piece are on the disk; more pieces may have come since. */
  #takeFromQueue(bytes: number): void {
    const [first, ...rest] = this.#queue;
    if (first === undefined) return;
    this.#queue = bytes < first.length ? [first.subarray(bytes), ...rest] : rest;
    this.#queueBytes -= bytes;
  }

  #beginTrouble(error: unknown): void {
    if (this.#isInTrouble) return;
    this.#isInTrouble = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.onTrouble(
      `the journal in ${this.#options.directory} cannot be written: ${reason}; going on without it`,
    );
  }

  #endTrouble(): void {
    if (!this.#isInTrouble && this.#droppedSinceTrouble === 0) return;
    const sentence = `the journal is written again; ${this.#droppedSinceTrouble} entries before this one are missing in it`;
    this.#isInTrouble = false;
    this.#droppedSinceTrouble = 0;
    this.#options.onTrouble(sentence);
    const { incarnation } = this.#options;
    const line = { time: new Date().toISOString(), incarnation, n: 0, id: 'journal-gap', level: 'warning', sentence };
    this.#enqueue(`${JSON.stringify(line)}\n`);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#endPause = resolve;
      setTimeout(resolve, this.#limits.retryMs).unref();
    });
  }

  /** From the newest file to the oldest, until there are enough. Events that are in memory are not taken again. */
  async #olderEvents(query: EventQuery, firstInMemory: number | undefined): Promise<readonly JournalEvent[]> {
    const isOlder = (event: JournalEvent): boolean =>
      event.incarnation !== this.#options.incarnation || firstInMemory === undefined || event.n < firstInMemory;
    let older: readonly JournalEvent[] = [];
    for (let index = 0; index < this.#limits.filesMax && older.length < query.limit; index += 1) {
      // As many again as the file may share with the memory.
      const wanted = { since: query.since, limit: query.limit - older.length + this.#limits.ringLengthMax };
      const found = await readEvents(journalPath(this.#options.directory, index), wanted, isOlder);
      older = [...found, ...older];
    }
    return older.slice(-query.limit);
  }
}
