import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshAgeMs } from '../../src/core/peerView.ts';
import { TestNode } from './testNode.ts';

test('how long ago the peer was alive is known from its first answer on', () => {
  const node = new TestNode().boot();
  assert.equal(freshAgeMs(node.state, node.atMs), undefined);
  node.hear();
  node.advance(700);
  assert.equal(freshAgeMs(node.state, node.atMs), 700);
});
