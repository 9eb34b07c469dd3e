import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestNode } from './testNode.ts';

test('what is told of one channel is known of that one', () => {
  const node = new TestNode().boot();
  node.happen({ type: 'channelChanged', channel: 1, isOpen: true, detail: 'open' });
  assert.deepEqual(
    node.state.channels.map(({ isOpen, detail }) => [isOpen, detail]),
    [
      [false, 'not open yet'],
      [true, 'open'],
    ],
  );
});
