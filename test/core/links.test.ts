import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { TestNode } from './testNode.ts';

suite('a service device', () => {
  test('that gets another MAC tells it to the peer, and its carrier is as old as before', () => {
    const node = new TestNode().boot();
    const link = { type: 'linkChanged', device: 'eth0', hasCarrier: true } as const;
    node.happen({ ...link, mac: '02:00:00:00:00:01' });
    const sinceMs = node.state.links['eth0']?.sinceMs;
    node.advance(1_000);
    node.happen({ ...link, mac: '02:00:00:00:00:07' });
    assert.deepEqual(node.state.links['eth0'], { hasCarrier: true, mac: '02:00:00:00:00:07', sinceMs });
    node.advance(400);
    assert.equal(node.told().mac, '02:00:00:00:00:07');
    assert.deepEqual([...node.entries('carrier-lost'), ...node.entries('carrier-back')], []);
  });
});
