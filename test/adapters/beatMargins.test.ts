import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { BeatMargins } from '../../src/adapters/beatMargins.ts';

suite('the margins of beats', () => {
  test('are zeros before the first beat', () => {
    const margins = new BeatMargins();
    assert.deepEqual(margins.silence(), { count: 0, p50: 0, p99: 0, p999: 0, max: 0 });
    assert.equal(margins.echo(0), undefined);
  });

  test('keep the longest silence below deadtime, and count a death apart', () => {
    const margins = new BeatMargins();
    for (const silenceMs of [undefined, 200, 210, 640, 2_000, 60_000]) {
      margins.noteFresh(silenceMs, 2_000, { channel: 1, ageMs: 5 });
    }
    const { count, max, p50 } = margins.silence();
    assert.equal(count, 3);
    assert(Math.abs(max - 640) < 10, String(max));
    assert(Math.abs(p50 - 210) < 10, String(p50));
    assert.equal(margins.overdueCount, 2);
    assert.equal(margins.echo(1)?.count, 6);
    assert.equal(margins.echo(0), undefined);
    margins.noteChannels([]);
    assert.equal(margins.echo(1), undefined);
  });

  test('take any number', () => {
    const margins = new BeatMargins();
    for (const ageMs of [-1, 0, Number.NaN, Number.POSITIVE_INFINITY]) {
      margins.noteFresh(ageMs, 2_000, { channel: 0, ageMs: Number.isNaN(ageMs) ? 0 : ageMs });
    }
    assert.equal(margins.echo(0)?.count, 4);
  });
});
