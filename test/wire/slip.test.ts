import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Deframer, enframe } from '../../src/wire/slip.ts';

const END = 0xc0;
const ESC = 0xdb;

function frames(deframer: Deframer, ...chunks: readonly Uint8Array[]): number[][] {
  return chunks.flatMap((chunk) => deframer.push(chunk).map((frame) => [...frame]));
}

test('a frame is written as RFC 1055 says', () => {
  assert.deepEqual([...enframe(Uint8Array.of(1, END, 2, ESC, 3))], [END, 1, ESC, 0xdc, 2, ESC, 0xdd, 3, END]);
  assert.deepEqual([...enframe(new Uint8Array(0))], [END, END]);
});

test('frames come back whole, however the line cuts the bytes', () => {
  const frame = fc.uint8Array({ minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 6 }), fc.integer({ min: 1, max: 30 }), (sent, chunkBytes) => {
      const line = Buffer.concat(sent.map(enframe));
      const deframer = new Deframer(40);
      const heard: number[][] = [];
      for (let at = 0; at < line.length; at += chunkBytes) {
        heard.push(...frames(deframer, line.subarray(at, at + chunkBytes)));
      }
      assert.deepEqual(
        heard,
        sent.map((it) => [...it]),
      );
      assert.equal(deframer.brokenFrames, 0);
    }),
  );
});

test('the rest of a frame whose beginning was missed is dropped', () => {
  const line = enframe(Uint8Array.of(1, 2, 3));
  const deframer = new Deframer(10);
  assert.deepEqual(frames(deframer, line.subarray(2), enframe(Uint8Array.of(9))), [[9]]);
  assert.equal(deframer.brokenFrames, 0);
});

test('after noise the next frame is heard', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
      const heard = frames(new Deframer(100), noise, enframe(Uint8Array.of(1, 2, 3)));
      assert.deepEqual(heard.at(-1), [1, 2, 3]);
    }),
  );
});

test('a frame that is too long is dropped up to its end, and counted once', () => {
  const deframer = new Deframer(4);
  const heard = frames(
    deframer,
    enframe(Uint8Array.of(1, 2, 3, 4)),
    enframe(new Uint8Array(1000)),
    enframe(Uint8Array.of(5)),
  );
  assert.deepEqual(heard, [[1, 2, 3, 4], [5]]);
  assert.equal(deframer.brokenFrames, 1);
});

test('a wrong escape, or an END behind an ESC, breaks the frame and not the next', () => {
  const deframer = new Deframer(10);
  const heard = frames(deframer, Uint8Array.of(END, 1, ESC, 2, 3, END, 4, ESC, END, 5, END));
  assert.deepEqual(heard, [[5]]);
  assert.equal(deframer.brokenFrames, 2);
});

test('a frame that was handed out does not change when the next one arrives', () => {
  const deframer = new Deframer(10);
  const first = deframer.push(enframe(Uint8Array.of(1, 2)))[0];
  deframer.push(enframe(Uint8Array.of(8, 9)));
  assert.deepEqual(first, Uint8Array.of(1, 2));
});

test('the bytes of an unfinished frame are counted as they are on the line, and so is the newest whole one', () => {
  const deframer = new Deframer(100);
  const line = enframe(Uint8Array.of(1, 0xc0, 2));
  assert.equal(line.length, 6);
  assert.deepEqual([deframer.pendingBytes, deframer.lastFrameBytes], [0, undefined]);
  deframer.push(line.slice(0, 1));
  assert.equal(deframer.pendingBytes, 0, 'an END alone may be the last one of the frame before');
  deframer.push(line.slice(1, 4));
  assert.equal(deframer.pendingBytes, 4);
  deframer.push(line.slice(4));
  assert.deepEqual([deframer.pendingBytes, deframer.lastFrameBytes], [0, 6]);
  deframer.push(Uint8Array.of(0xdb, 7, 7));
  deframer.push(Uint8Array.of(0xc0));
  assert.equal(deframer.lastFrameBytes, 6, 'a broken one says nothing about the next');
});
