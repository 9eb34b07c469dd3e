import assert from 'node:assert/strict';
import { test } from 'node:test';
import { droppedLines } from '../../../src/adapters/serialChannel/modemLines.ts';

const up = { cts: true, dsr: true, dcd: true };
const down = { cts: false, dsr: false, dcd: false };

test('a modem line that drops is named, once', () => {
  assert.deepEqual(droppedLines(up, down), ['DSR', 'DCD']);
  assert.deepEqual(droppedLines(up, { ...up, dcd: false }), ['DCD']);
  assert.deepEqual(droppedLines(down, down), []);
});

test('lines that were never seen up, come up, or serve flow control only, say nothing', () => {
  assert.deepEqual(droppedLines(undefined, down), []);
  assert.deepEqual(droppedLines(down, up), []);
  assert.deepEqual(droppedLines(up, { ...up, cts: false }), []);
});
