import { closeSync, fstatSync, ftruncateSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

/**
 * Follows what a script writes into a file.
 *
 * A file, not a pipe: a pipe would end with the runner, and the next word that the script or its service says
 * would end them too. And a grandchild that keeps the file open delays nobody.
 */
export class OutputTail {
  readonly #file: number;
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #position: number;
  #head = '';
  #tail = '';
  #unfinished = '';
  #lineCount = 0;
  #droppedLines = 0;
  #isClosed = false;

  /** Owns `file` from here on; what was in it before is not this call's output. */
  constructor(file: number, onLine: (line: string) => void) {
    this.#file = file;
    this.#onLine = onLine;
    if (fstatSync(file).size > fileBytesMax) ftruncateSync(file);
    this.#position = fstatSync(file).size;
  }

  /** Reads what came since the last time, at most `drainBytesMax`; the rest of a flood is skipped. */
  drain(): void {
    if (this.#isClosed) return;
    const { size } = fstatSync(this.#file);
    if (size < this.#position) this.#position = 0;
    const buffer = Buffer.alloc(Math.min(size - this.#position, drainBytesMax));
    if (buffer.length > 0) {
      const count = readSync(this.#file, buffer, 0, buffer.length, this.#position);
      this.#position += count;
      this.#take(this.#decoder.write(buffer.subarray(0, count)));
    }
    if (size <= fileBytesMax) return;
    // The script goes on at the new end: its file is open for appending.
    ftruncateSync(this.#file);
    this.#position = 0;
  }

  /** Reads to the end and lets the file go. */
  close(): void {
    if (this.#isClosed) return;
    this.drain();
    if (this.#unfinished !== '') this.#takeLine(this.#unfinished);
    if (this.#droppedLines > 0) this.#onLine(`(${this.#droppedLines} more lines dropped)`);
    this.#isClosed = true;
    closeSync(this.#file);
  }

  /** The first and the last part of the output. */
  get text(): string {
    return this.#head + this.#tail;
  }

  #take(text: string): void {
    const room = headCharsMax - this.#head.length;
    this.#head += text.slice(0, room);
    this.#tail = (this.#tail + text.slice(room)).slice(-tailCharsMax);
    const lines = (this.#unfinished + text).split('\n');
    this.#unfinished = (lines.pop() ?? '').slice(0, lineCharsMax);
    for (const line of lines) this.#takeLine(line);
  }

  #takeLine(line: string): void {
    if (this.#lineCount >= lineCountMax) {
      this.#droppedLines += 1;
      return;
    }
    this.#lineCount += 1;
    this.#onLine(line.slice(0, lineCharsMax));
  }
}

/** What stays on disk of one resource's output. */
const fileBytesMax = 256 * 1024;
/** One read: more would hold the loop, on which leases are renewed. */
const drainBytesMax = 64 * 1024;
/** Kept for the judge: a status answer is in the first lines, an error in the last. */
const headCharsMax = 16 * 1024;
const tailCharsMax = 4 * 1024;
/** Told to the head for one call. */
const lineCountMax = 200;
const lineCharsMax = 500;
