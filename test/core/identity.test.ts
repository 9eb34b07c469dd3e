import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareEpochs, isHigher, isSameEpoch } from '../../src/core/identity.ts';
import { own, theirs } from './testNode.ts';

test('of two epochs the one with the higher counter is the higher, and then the one of the higher name', () => {
  const ascending = [own(1), theirs(1), own(2), theirs(2)];
  for (const [i, a] of ascending.entries()) {
    for (const [j, b] of ascending.entries()) {
      assert.equal(isHigher(a, b), i > j);
      assert.equal(isSameEpoch(a, b), i === j);
      assert.equal(Math.sign(compareEpochs(a, b)), Math.sign(i - j));
    }
  }
});
