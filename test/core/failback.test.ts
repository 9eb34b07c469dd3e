import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isLate } from '../../src/core/peerView.ts';
import { groupConfig, incarnations, plainConfig, served, TestNode } from './testNode.ts';

const settleMs = 5_000;
const { warnMs, deadMs } = plainConfig.timing;

suite('failback by rule', () => {
  test('gives the group back to the preferred node after the settle time', () => {
    const node = awayFromHome();
    node.hearFor(settleMs - 1_000);
    assert.equal(node.rule(), 'owner');
    node.hearFor(1_200);
    assert.equal(node.rule(), 'failback');
  });

  test('gives nothing to a peer that is late, and begins the settle time anew', () => {
    const node = awayFromHome();
    node.hearFor(settleMs - warnMs - 200);
    node.advance(warnMs + 600);
    assert(node.atMs < (node.state.peer.newAtMs ?? 0) + deadMs, 'the peer is late, and not yet dead');
    assert.equal(node.rule(), 'owner');
    node.hearFor(settleMs - 400);
    assert.equal(node.rule(), 'owner');
    node.hearFor(1_000);
    assert.equal(node.rule(), 'failback');
  });

  test('gives nothing to a daemon that was restarted so quickly that it was never late', () => {
    const node = awayFromHome();
    node.hearFor(settleMs - 200);
    // It has not heard this node yet, so that what it says is not believed.
    const restarted = { incarnation: incarnations.peerAgain, echo: undefined };
    node.advance(300, () => node.hear([{}], restarted));
    assert(!isLate(node.state, node.atMs));
    assert.equal(node.rule(), 'owner');
  });
});

/** A node that serves what belongs to its peer, which can take it back from now on. */
function awayFromHome(): TestNode {
  const groups = [groupConfig('site', { preferred: 'node2', failbackAfterMs: settleMs })];
  const node = Object.assign(new TestNode({ config: { groups }, disk: [served()] }), {
    judge: () => ({ kind: 'running' as const }),
  }).boot();
  for (let waitedMs = 0; node.group().canFailBackSinceMs === undefined && waitedMs < 3_000; waitedMs += 100) {
    node.hearFor(100);
  }
  assert.equal(node.group().activity.kind, 'active');
  assert.notEqual(node.group().canFailBackSinceMs, undefined);
  return node;
}
