import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { countHeard, lossPercent } from '../../src/core/loss.ts';
import type { LossWindow } from '../../src/core/state.ts';

const none: LossWindow = { sinceMs: 0, heard: 0, missed: 0, heardBefore: 0, missedBefore: 0 };

suite('the loss of a channel', () => {
  test('is not known before the first beat', () => {
    assert.equal(lossPercent(none), undefined);
    assert.equal(lossPercent(countHeard(none, 0, true, 0)), 0);
  });

  test('is that of the last half to full minute', () => {
    const bad = countHeard(none, 1, false, 1_000);
    assert.equal(lossPercent(bad), 50);
    const good = countHeard(bad, 0, false, 29_000);
    assert.equal(Math.round(lossPercent(good) ?? 0), 33);
    const later = countHeard(good, 0, false, 31_000);
    assert.equal(lossPercent(later), 25, 'the half minute before still counts');
    assert.equal(lossPercent(countHeard(later, 0, false, 62_000)), 0, 'what lies further back does not');
  });
});
