import type { Socket } from 'node:net';

/**
 * JSON lines over a stream socket: one JSON value a line, UTF-8, ended by a line feed.
 *
 * Nothing that arrives throws: a line that is no JSON is a result like any other, and a line longer than
 * `lineBytesMax` ends the reading, because the next border between two lines can no longer be trusted.
 */
export type LineResult =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'notJson'; readonly detail: string }
  | { readonly kind: 'tooLong'; readonly bytesMax: number };

const lineFeed = 0x0a;

export class LineReader {
  readonly #lineBytesMax: number;
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #isDead = false;

  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax;
  }

  /** Results of the lines that `chunk` completes. After `tooLong` everything is ignored. */
  push(chunk: Uint8Array): readonly LineResult[] {
    const results: LineResult[] = [];
    let start = 0;
    while (!this.#isDead) {
      const end = chunk.indexOf(lineFeed, start);
      const part = chunk.subarray(start, end === -1 ? chunk.length : end);
      if (this.#partBytes + part.length > this.#lineBytesMax) {
        this.#isDead = true;
        this.#parts = [];
        results.push({ kind: 'tooLong', bytesMax: this.#lineBytesMax });
        break;
      }
      this.#parts.push(part);
      this.#partBytes += part.length;
      if (end === -1) break;
      const line = Buffer.concat(this.#parts).toString('utf8').trim();
      this.#parts = [];
      this.#partBytes = 0;
      if (line !== '') results.push(parseLine(line));
      start = end + 1;
    }
    // A peer that sends byte by byte must not make the list of parts long.
    if (this.#parts.length > partCountMax) this.#parts = [Buffer.concat(this.#parts)];
    return results;
  }
}

export function encodeLine(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

export interface LineConnection {
  /** False when nothing was sent: the socket is closed, or the other side does not read. */
  send(message: object): boolean;
  /** Sends what is queued, then closes. */
  end(): void;
  destroy(): void;
}

export interface LineConnectionOptions {
  readonly lineBytesMax: number;
  /** Unsent bytes that may wait for a slow reader; more are not taken. */
  readonly queueBytesMax: number;
  onValue(value: unknown): void;
  onBadLine(detail: string): void;
  /** Once, after everything else. */
  onClose(reason: string): void;
}

/** Speaks JSON lines over `socket`. A line that is too long is reported as a bad line, and the socket is closed. */
export function connectLines(socket: Socket, options: LineConnectionOptions): LineConnection {
  const reader = new LineReader(options.lineBytesMax);
  let reason = 'closed by the other side';
  socket.on('data', (chunk: Buffer) => {
    for (const result of reader.push(chunk)) {
      if (socket.destroyed) return;
      if (result.kind === 'value') options.onValue(result.value);
      else if (result.kind === 'notJson') options.onBadLine(result.detail);
      else {
        reason = `a line is longer than ${result.bytesMax} bytes`;
        options.onBadLine(reason);
        socket.end();
        socket.destroySoon();
      }
    }
  });
  socket.on('error', (error) => {
    reason = error.message;
  });
  socket.on('close', () => options.onClose(reason));
  return {
    send(message) {
      if (!socket.writable || socket.writableLength > options.queueBytesMax) return false;
      socket.write(encodeLine(message));
      return true;
    },
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
}

/** Parts of one unfinished line that are kept before they are joined. */
const partCountMax = 64;
/** Of a line that is no JSON, as much as a log line can bear. */
const excerptCharsMax = 80;

function parseLine(line: string): LineResult {
  try {
    return { kind: 'value', value: JSON.parse(line) };
  } catch {
    return { kind: 'notJson', detail: `not JSON: ${JSON.stringify(line.slice(0, excerptCharsMax))}` };
  }
}
