import assert from 'node:assert/strict';
import { test } from 'node:test';

import { BeatLateness } from '../../src/adapters/beatLateness.ts';

test('before the first beat nothing is late', () => {
  assert.deepEqual(new BeatLateness().report(), { p50: 0, p99: 0, p999: 0, max: 0 });
});

test('the percentiles are those of the beats, within one per cent', () => {
  const lateness = new BeatLateness();
  for (let beat = 1; beat <= 1000; beat += 1) lateness.record(beat / 10);
  const { p50, p99, p999, max } = lateness.report();
  assert.ok(Math.abs(p50 - 50) <= 1, `${p50}`);
  assert.ok(Math.abs(p99 - 99) <= 1.5, `${p99}`);
  assert.ok(Math.abs(p999 - 99.9) <= 1.5, `${p999}`);
  assert.ok(Math.abs(max - 100) <= 1.5, `${max}`);
});

test('a beat that left early, and one that was a day late, are counted as what is closest', () => {
  const lateness = new BeatLateness();
  lateness.record(-1);
  lateness.record(24 * 3600 * 1000);
  assert.ok(lateness.report().max > 3_500_000);
});
