import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { newDurableGroup } from '../../src/core/durable.ts';
import { activeNode, groupConfig, own, resource, TestNode, theirs } from './testNode.ts';

suite('a beat tells', () => {
  test('how old the copy here is, and nothing of the kind where no data is copied', () => {
    for (const [dataClass, lagSeconds] of [
      ['copied', 90],
      ['none', undefined],
    ] as const) {
      const wallMs = new TestNode().wallMs;
      const copy = {
        ...newDurableGroup('site', 0),
        epoch: theirs(1),
        servedEpoch: theirs(1),
        copyEpoch: theirs(1),
        sync: { beganWallMs: wallMs - 90_000, endedWallMs: wallMs },
        ownerHeardWallMs: wallMs,
      };
      const config = { groups: [groupConfig('site', { dataClass, resources: [resource('db')] })] };
      const node = new TestNode({ config, disk: [copy] }).boot();
      node.advance(400);
      assert.equal(node.told().lagSeconds, lagSeconds);
    }
  });
});

suite('a group that was released to the peer', () => {
  test('is no longer told as released with the epoch that the peer has claimed since', () => {
    const node = activeNode();
    node.hearFor(1_000, [{ wish: 'takeover', epoch: own(1), servedEpoch: own(1) }]);
    assert.deepEqual([node.told().isReleasedToPeer, node.told().epoch], [true, own(1)]);
    // It may withdraw, and give the group back: a beat of this node that is late must not look like one more release.
    node.hearFor(400, [{ role: 'claiming', epoch: theirs(2), servedEpoch: own(1), isVerifiedStopped: false }]);
    assert.deepEqual([node.told().isReleasedToPeer, node.told().epoch], [false, theirs(2)]);
    assert.equal(
      node.group().durable.isReleasingToPeer,
      true,
      'a claim may fail: the peer is still the one to take it',
    );
  });

  test('is not taken back when the peer was told and then falls silent: it may have started', () => {
    const takeover = { mode: 'manual', isSingleChannelAllowed: false, isStrict: false } as const;
    const node = activeNode({ config: { takeover } });
    node.hearFor(1_000, [{ wish: 'takeover', epoch: own(1), servedEpoch: own(1) }]);
    assert.equal(node.told().isReleasedToPeer, true);
    node.advance(5_000);
    assert.equal(node.rule(), 'peer-lost-hold');
    assert.equal(node.group().durable.isReleasingToPeer, true);
  });
});
