import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { OperatorWish } from '../../src/core/event.ts';
import { served, TestNode } from './testNode.ts';

const takeover: OperatorWish = { kind: 'takeover', groups: ['site'], isForced: false, reason: '', isDryRun: false };

suite('a takeover of what was served here before the restart, and may be at the silent peer by now', () => {
  function waiting(): TestNode {
    const takeoverByHand = { mode: 'manual', isSingleChannelAllowed: false, isStrict: false } as const;
    const node = new TestNode({ disk: [served()], config: { takeover: takeoverByHand, startupAlone: 'hold' } });
    node.judge = ({ action }) => (action === 'status' ? { kind: 'running' } : { kind: 'done' });
    node.boot().advance(20_000);
    assert.equal(node.group().activity.kind, 'unconfirmed');
    return node;
  }

  test('is refused, by name and without, and what is missing is told', () => {
    for (const groups of [['site'], []]) {
      const { answer } = waiting().type({ ...takeover, groups });
      assert(answer.kind === 'refused', groups.join());
      assert.match(answer.sentence, /node2 is silent: whether it still runs site is not known/);
      assert.match(answer.next, /hactl confirm-dead node2/);
    }
  });

  test('is accepted once the peer is confirmed dead', () => {
    const node = waiting();
    const confirmed = node.type({ kind: 'confirmDead', node: 'node2', reason: 'x', isForced: false });
    assert.equal(confirmed.answer.kind, 'accepted');
    assert.equal(node.type(takeover).answer.kind, 'accepted');
    node.advance(1_000);
    assert.equal(node.group().activity.kind, 'active');
  });
});
