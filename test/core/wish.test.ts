import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { OperatorWish } from '../../src/core/event.ts';
import { activeNode, own, TestNode, theirs } from './testNode.ts';

const takeover: OperatorWish = { kind: 'takeover', groups: ['site'], isForced: false, reason: '', isDryRun: false };
const release: OperatorWish = { ...takeover, kind: 'release' };

suite('a wish of the peer', () => {
  const asking = { wish: 'takeover', epoch: own(1), servedEpoch: own(1) } as const;

  test('moves the group when it names the epoch that it supersedes', () => {
    const node = activeNode();
    node.hearFor(400, [asking]);
    assert.equal(node.group().activity.kind, 'idle');
    assert.equal(node.told().isReleasedToPeer, true);
  });

  test('moves the group, and so does a release, when that peer has claimed a higher epoch before, and withdrawn it', () => {
    const withdrawn = { epoch: theirs(2), servedEpoch: own(1) } as const;
    for (const how of ['asked by the peer', 'released here']) {
      const node = activeNode();
      node.hearFor(400, [withdrawn]);
      assert.equal(node.group().activity.kind, 'active', how);
      if (how === 'released here') node.type(release);
      node.hearFor(400, [how === 'released here' ? withdrawn : { ...withdrawn, wish: 'takeover' }]);
      assert.deepEqual([node.told().role, node.told().isReleasedToPeer, node.told().epoch], ['released', true, own(3)]);
    }
  });

  test('is ignored when it names another epoch, or comes from a peer that is not armed or has other files', () => {
    for (const other of [
      { epoch: own(0) },
      { epoch: theirs(2), isVerifiedStopped: false, role: 'claiming' },
      { armed: 'copy-stale' },
      { digest: '00000002' },
      { wish: 'forcedTakeover', digest: '00000002' },
      { armed: 'broken', wish: 'forcedTakeover' },
    ] as const) {
      const node = activeNode();
      node.hearFor(400, [{ ...asking, ...other }]);
      assert.equal(node.group().activity.kind, 'active', JSON.stringify(other));
    }
  });

  test('is told as done only when that is on disk', () => {
    const node = activeNode();
    node.disk = 'late';
    node.hear([asking]);
    for (let count = 0; count < 10 && node.state.disk.saved[0]?.holding !== 'stopping'; count += 1) node.saved();
    node.hearFor(400, [asking]);
    assert.equal(node.group().activity.kind, 'idle');
    assert.equal(node.told().role, 'stopping');
    assert.equal(node.told().isReleasedToPeer, false);
    node.saved();
    node.hearFor(10, [asking]);
    assert.equal(node.told().role, 'released');
    assert.equal(node.told().isReleasedToPeer, true);
  });

  test('is told as done by a disk that fails on the way down, too, where it knows for whom the group is', () => {
    const node = activeNode();
    node.judge = () => undefined;
    node.hear([asking]);
    node.disk = 'broken';
    node.judge = () => ({ kind: 'done' });
    for (const spec of node.running) node.finish(spec, { kind: 'done' });
    node.hearFor(400, [asking]);
    assert.equal(node.state.disk.saved[0]?.holding, 'stopping');
    assert.deepEqual([node.told().role, node.told().isReleasedToPeer], ['released', true]);
    // Nothing is its own any more after a restart: the peer may have it, and be silent.
    const takeover = { mode: 'manual', isSingleChannelAllowed: false, isStrict: false } as const;
    const again = new TestNode({ disk: node.state.disk.saved, config: { takeover } }).boot();
    again.hear();
    again.advance(60_000);
    assert.equal(again.rule(), 'peer-lost-hold');
  });
});
