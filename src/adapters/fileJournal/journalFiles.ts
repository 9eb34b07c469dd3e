import type { FileHandle } from 'node:fs/promises';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';

export interface JournalFilesOptions {
  readonly directory: string;
  readonly fileBytesMax: number;
  /** The current file among them. */
  readonly filesMax: number;
}

/** The current file is number 0, the oldest has the highest number. */
export function journalPath(directory: string, index: number): string {
  return join(directory, index === 0 ? 'journal.jsonl' : `journal.${index}.jsonl`);
}

/**
 * The files of the journal: appends to the current one, and turns to a fresh one when it is full.
 *
 * Without fsync: the journal explains, the state slots decide. Every method may fail, and may be called again.
 */
export class JournalFiles {
  readonly #options: JournalFilesOptions;
  #current: { readonly handle: FileHandle; size: number } | undefined;

  constructor(options: JournalFilesOptions) {
    this.#options = options;
  }

  /** Returns the bytes written, which may be fewer than there are; an error says that not one was. */
  async append(bytes: Uint8Array): Promise<number> {
    const { fileBytesMax } = this.#options;
    let current = this.#current ?? (await this.#open());
    let lines = linesWithin(bytes, fileBytesMax - current.size);
    if (lines.length === 0 && current.size > 0) {
      await this.#rotate();
      current = await this.#open();
      lines = linesWithin(bytes, fileBytesMax - current.size);
    }
    // A line that is longer than a file gets one of its own.
    if (lines.length === 0) lines = bytes.subarray(0, bytes.indexOf(lineFeed) + 1 || bytes.length);
    const { bytesWritten } = await current.handle.write(lines);
    current.size += bytesWritten;
    return bytesWritten;
  }

  async close(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    await current?.handle.close();
  }

  async #open(): Promise<{ readonly handle: FileHandle; size: number }> {
    const handle = await open(journalPath(this.#options.directory, 0), 'a+', 0o640);
    try {
      const { size } = await handle.stat();
      const current = { handle, size };
      if (size > 0 && !(await endsWithLineFeed(handle, size))) {
        // A crash cut the last line short; the next one begins on its own.
        await handle.write('\n');
        current.size += 1;
      }
      this.#current = current;
      return current;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async #rotate(): Promise<void> {
    const { directory, filesMax } = this.#options;
    await this.close();
    for (let index = filesMax - 1; index >= 1; index -= 1) {
      await renameIfThere(journalPath(directory, index - 1), journalPath(directory, index));
    }
  }
}

const lineFeed = 0x0a;

async function endsWithLineFeed(handle: FileHandle, size: number): Promise<boolean> {
  const last = new Uint8Array(1);
  await handle.read(last, 0, 1, size - 1);
  return last[0] === lineFeed;
}

/** The whole lines at the begin of `bytes` that fit. */
function linesWithin(bytes: Uint8Array, room: number): Uint8Array {
  return bytes.subarray(0, room <= 0 ? 0 : bytes.lastIndexOf(lineFeed, room - 1) + 1);
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
