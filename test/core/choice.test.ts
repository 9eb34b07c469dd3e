import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { choose } from '../../src/core/choice.ts';
import type { DurableGroup } from '../../src/core/durable.ts';
import type { DataClass } from '../../src/core/nodeConfig.ts';
import { groupConfig, own, TestNode, theirs } from './testNode.ts';

/** Whom this node chooses while both are armed and the peer has the copy of epoch 4. */
function chosen(dataClass: DataClass, durable: Partial<DurableGroup>, preferred = 'node1'): string {
  const config = { groups: [groupConfig('site', { dataClass, preferred })] };
  const node = new TestNode({ config }).boot();
  node.hear([{ copyEpoch: theirs(4) }]);
  const group = { ...node.group(), durable: { ...node.group().durable, ...durable } };
  const said = node.state.peer.groups['site']?.beat;
  assert(said !== undefined);
  return choose(node.state, group, said, 'armed', node.atMs);
}

suite('of two that could take what nobody holds', () => {
  test('the one with the newer copy does', () => {
    for (const dataClass of ['copied', 'shared'] as const) {
      assert.equal(chosen(dataClass, { copyEpoch: own(5) }, 'node2'), 'self');
      assert.equal(chosen(dataClass, { copyEpoch: own(3) }), 'peer');
    }
  });

  test('the copies decide nothing where there is no data', () => {
    assert.equal(chosen('none', { copyEpoch: own(5) }, 'node2'), 'peer');
    assert.equal(chosen('none', { copyEpoch: own(3) }), 'self');
  });

  test('the last owner does where the copies are the same, and then the preferred node', () => {
    const same = { copyEpoch: theirs(4) };
    assert.equal(chosen('copied', { ...same, servedEpoch: own(4) }, 'node2'), 'self');
    assert.equal(chosen('copied', { ...same, servedEpoch: theirs(4) }), 'peer');
    assert.equal(chosen('copied', same), 'self');
    assert.equal(chosen('copied', same, 'node2'), 'peer');
  });
});
