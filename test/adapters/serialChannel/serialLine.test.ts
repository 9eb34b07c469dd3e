import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { lineMs, readSerialPort } from '../../../src/adapters/serialChannel/serialLine.ts';
import { Deframer, enframe } from '../../../src/wire/slip.ts';

const frameBytes = 129;
/** A UART hands its bytes on in pieces of so many. */
const pieceBytes = 16;
const pieces = Math.ceil((frameBytes + 2) / pieceBytes);

suite('reading a serial line', () => {
  for (const baud of [9_600, 19_200, 115_200]) {
    test(`takes a frame in a few reads, soon after its last byte: ${baud} baud`, async () => {
      const line = new PretendedLine(baud);
      for (let count = 0; count < 3; count += 1) await line.carry(frameBytes);
      const [, second, third] = line.heard;
      assert(second !== undefined && third !== undefined);
      for (const { lateMs, reads } of [second, third]) {
        assert(lateMs <= 3, `${lateMs} ms after its last byte`);
        assert(reads <= 4 + Math.floor(lineMs(frameBytes, baud) / 50), `${reads} reads for ${pieces} pieces`);
      }
    });
  }

  test('a frame that is longer than the one before comes whole and in time, and so does the next one', async () => {
    const line = new PretendedLine(19_200);
    for (const bytes of [40, 40, 600, 600]) await line.carry(bytes);
    assert.deepEqual(
      line.heard.map(({ bytes }) => bytes),
      [40, 40, 600, 600],
    );
    for (const { lateMs } of line.heard.slice(1)) assert(lateMs <= 12, `${lateMs} ms after its last byte`);
  });

  test('a frame that is shorter than the one before is late by the bound of the pause at the most', async () => {
    const line = new PretendedLine(9_600);
    for (const bytes of [600, 600, 40]) await line.carry(bytes);
    assert((line.heard[2]?.lateMs ?? Number.NaN) <= 50);
  });

  test('a line that falls silent in the middle of a frame is waited for without reading', async () => {
    const line = new PretendedLine(115_200);
    await line.carry(frameBytes);
    await line.carry(frameBytes, 70);
    const before = line.reads;
    await line.pass(2_000);
    assert(line.reads - before <= 1);
    await line.carry(frameBytes);
    const whole = line.heard.filter(({ bytes }) => bytes === frameBytes);
    assert.equal(whole.length, 2, 'the broken one is lost, and no other');
  });

  test('a port that cannot be read any more ends it with the reason', async () => {
    const port = { read: () => Promise.reject(new Error('EIO')) };
    await assert.rejects(
      readSerialPort(port, 9_600, () => new Deframer(10)),
      /EIO/,
    );
  });
});

interface Heard {
  readonly bytes: number;
  /** After the last byte was there. */
  readonly lateMs: number;
  readonly reads: number;
}

/** A line in pretended time, a millisecond a step. */
class PretendedLine {
  readonly heard: Heard[] = [];
  reads = 0;
  readonly #baud: number;
  #nowMs = 0;
  readonly #waiting: number[] = [];
  #wake: (() => void) | undefined;
  #readsBefore = 0;
  #lastByteAtMs = 0;
  #timers: { readonly dueMs: number; readonly resolve: () => void }[] = [];

  constructor(baud: number) {
    this.#baud = baud;
    const deframer = new Deframer(1_400);
    const onChunk = (chunk: Uint8Array): Deframer => {
      for (const frame of deframer.push(chunk)) {
        this.heard.push({
          bytes: frame.length,
          lateMs: this.#nowMs - this.#lastByteAtMs,
          reads: this.reads - this.#readsBefore,
        });
      }
      return deframer;
    };
    const wait = (ms: number): Promise<void> =>
      new Promise((resolve) => this.#timers.push({ dueMs: this.#nowMs + ms, resolve }));
    void readSerialPort({ read: async (buffer) => await this.#read(buffer) }, baud, onChunk, {
      nowMs: () => this.#nowMs,
      wait,
    });
  }

  /** Sends a frame, or only its first bytes, and lets a beat's time pass. */
  async carry(bytes: number, cutAfter = Number.POSITIVE_INFINITY): Promise<void> {
    const line = enframe(new Uint8Array(bytes).fill(7)).slice(0, cutAfter);
    this.#readsBefore = this.reads;
    const beganMs = this.#nowMs;
    for (let at = 0; at < line.length; at += pieceBytes) {
      const piece = line.slice(at, at + pieceBytes);
      const dueMs = Math.ceil(beganMs + lineMs(at + piece.length, this.#baud));
      await this.pass(dueMs - this.#nowMs);
      this.#lastByteAtMs = this.#nowMs;
      this.#waiting.push(...piece);
      this.#wake?.();
      await turn();
    }
    await this.pass(200);
  }

  async pass(ms: number): Promise<void> {
    for (let step = 0; step < ms; step += 1) {
      this.#nowMs += 1;
      const due = this.#timers.filter(({ dueMs }) => dueMs <= this.#nowMs);
      this.#timers = this.#timers.filter(({ dueMs }) => dueMs > this.#nowMs);
      for (const { resolve } of due) resolve();
      await turn();
    }
  }

  async #read(buffer: Buffer): Promise<{ readonly bytesRead: number }> {
    while (this.#waiting.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.reads += 1;
    const bytes = this.#waiting.splice(0, buffer.length);
    buffer.set(bytes);
    return { bytesRead: bytes.length };
  }
}
