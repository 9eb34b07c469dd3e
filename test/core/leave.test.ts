import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { plainConfig, TestNode } from './testNode.ts';

suite('a daemon that is asked to leave its services running', () => {
  test('decides nothing more, even if the peer turns out to be silent at that very moment', () => {
    const node = new TestNode().boot();
    node.hearFor(1_000, [{ role: 'active', isVerifiedStopped: false, epoch: { counter: 1, node: 'node2' } }]);
    node.forget();
    node.atMs += plainConfig.timing.deadMs + 100;
    node.state = { ...node.state, alarmAtMs: node.atMs };
    node.happen({ type: 'stopAsked', services: 'keep' });
    assert.deepEqual(node.entries('claimed'), []);
    const types = node.effects.map(({ type }) => type);
    assert.deepEqual(types, ['record', 'exit']);
    assert.equal(node.group().durable.holding, 'nothing');
  });
});
