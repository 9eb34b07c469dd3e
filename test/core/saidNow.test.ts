import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { factsOf } from '../../src/core/facts.ts';
import { peerView, saidNow } from '../../src/core/peerView.ts';
import { groupConfig, incarnations, TestNode, theirs } from './testNode.ts';

const takeover = { kind: 'takeover', groups: ['a'], isForced: false, reason: '', isDryRun: false } as const;

suite('what the peer says of a group now', () => {
  const pair = { config: { groups: [groupConfig('a'), groupConfig('b')] } };
  const a = { name: 'a', armed: 'broken' } as const;
  const b = { name: 'b', armed: 'broken' } as const;
  const now = (node: TestNode): string | undefined => saidNow(node.state, 'a', node.atMs)?.role;

  function met(): TestNode {
    const node = new TestNode({ config: { ...pair.config, isObserver: true } }).boot();
    node.hearFor(400, [a, b]);
    return node;
  }

  test('is what it said last, for as long as it is heard', () => {
    const node = met();
    node.hearFor(10_000, [b], { isShort: true });
    assert.equal(now(node), 'standby');
    node.advance(2_500);
    assert.equal(now(node), undefined);
  });

  test('is nothing after a silence before it has told of it again, and this node takes nothing by what it said before', () => {
    const node = met();
    node.hear([{ ...a, isReleasedToPeer: true, epoch: theirs(3) }, b]);
    node.advance(2_500);
    node.hear([b], { isShort: true });
    node.type({ kind: 'online' });
    node.advance(10);
    assert.equal(peerView(node.state, node.atMs), 'heard');
    assert.equal(now(node), undefined);
    assert.equal(node.rule('a'), 'peer-holds');
    node.hear([{ ...a, role: 'active', epoch: theirs(4), isVerifiedStopped: false }]);
    assert.equal(now(node), 'active');
    assert.equal(node.group('a').durable.heldEpoch.counter, 0);
  });

  test('is known from the first beat after a silence that tells of it', () => {
    const node = met();
    node.advance(2_500);
    node.hear([a], { isShort: true });
    assert.equal(now(node), 'standby');
  });

  test('is not what comes late and was sent before the first beat after a silence', () => {
    const node = met();
    node.advance(2_500);
    node.hear([b], { isShort: true, sequence: 1_001 });
    node.hear([a], { isShort: true, sequence: 1_000 });
    assert.equal(now(node), undefined);
  });

  test('is nothing after a restart of its daemon, however short, before that one has told of it', () => {
    const node = met();
    const again = { incarnation: incarnations.peerAgain };
    node.hear([b], { isShort: true, ...again, sequence: 1, echo: undefined });
    node.advance(10);
    node.hear([b], { isShort: true, ...again, sequence: 2 });
    assert.equal(peerView(node.state, node.atMs), 'heard');
    assert.equal(now(node), undefined);
    node.hear([a], { isShort: true, ...again, sequence: 3 });
    assert.equal(now(node), 'standby');
  });

  test('is waited for by a takeover that was typed while the peer was away', () => {
    const node = met();
    node.askAnswer = undefined;
    node.hear([a, b], { phase: 'left' });
    assert.equal(node.type(takeover).answer.kind, 'accepted');
    node.advance(2_500);
    node.hear([b], { isShort: true });
    const { wish } = factsOf(node.state, node.group('a'), node.atMs, node.wallMs);
    assert.equal(wish, 'takeoverWaits');
  });
});
