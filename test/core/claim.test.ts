import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Beat, GroupBeat } from '../../src/core/beat.ts';
import { noEpoch } from '../../src/core/identity.ts';
import { activeNode, incarnations, own, served, TestNode, theirs } from './testNode.ts';

suite('the last owner', () => {
  test('goes on under its own epoch after its reboot', () => {
    const node = new TestNode({ disk: [served()], isSameBoot: false }).boot();
    node.hearFor(1_000, [{ armed: 'broken', epoch: own(1), servedEpoch: own(1) }]);
    assert.equal(node.group().activity.kind, 'active');
    assert.deepEqual(node.group().durable.heldEpoch, own(1));
  });

  test('claims above what its peer has said of a group that was configured anew', () => {
    const node = new TestNode({ disk: [served()], isSameBoot: false, config: { groups: [] } }).boot();
    const { config } = new TestNode().state;
    node.happen({ type: 'configChanged', config });
    node.hear([{ armed: 'broken', epoch: theirs(7) }]);
    assert.equal(node.group().durable.heldEpoch.counter, 8);
  });
});

test('a claim knows that the peer is away when it has left, and not when it has only given the group away', () => {
  for (const [phase, isAway] of [
    ['left', true],
    ['online', false],
  ] as const) {
    const node = new TestNode().boot();
    const epochs = { epoch: theirs(2), servedEpoch: theirs(2) };
    node.hearFor(600, [{ ...epochs, role: 'active', isVerifiedStopped: false }]);
    node.disk = 'late';
    node.hear([{ ...epochs, role: 'released', isReleasedToPeer: phase === 'online' }], { phase });
    node.advance(50);
    assert.equal(node.group().activity.kind, 'claiming', phase);
    assert.equal(node.group().durable.isPeerProvenAway, isAway, phase);
  }
});

suite('a claim that its disk refuses', () => {
  function refused(said: Partial<GroupBeat>): TestNode {
    const node = new TestNode().boot();
    node.disk = 'late';
    node.hear();
    node.hear([{ armed: 'no-carrier' }]);
    assert.equal(node.group().activity.kind, 'claiming');
    node.disk = 'broken';
    node.happen({ type: 'saveFailed', revision: node.state.disk.revision, reason: 'no space' });
    node.hearFor(5_000, [said]);
    assert.equal(node.rule(), 'broken');
    return node;
  }

  test('is left to a peer that may take the group', () => {
    const node = refused({ armed: 'armed' });
    assert.equal(node.group().activity.kind, 'idle');
    assert.deepEqual([node.told().role, node.told().isVerifiedStopped], ['standby', true]);
  });

  test('stands where the peer may not, or may run something of it', () => {
    for (const said of [{ armed: 'no-carrier' }, { role: 'unconfirmed', isVerifiedStopped: false }] as const) {
      assert.equal(refused(said).group().activity.kind, 'claiming', JSON.stringify(said));
    }
  });
});

suite('a claim that is withdrawn', () => {
  /** Two claim at one moment, and the peer's is the higher. */
  function withdrawn(node: TestNode): TestNode {
    node.hear();
    const echo = { incarnation: incarnations.self, sequence: node.state.beats.sequence };
    node.hear([{}], { echo });
    assert.equal(node.group().activity.kind, 'claiming');
    node.hear([{ role: 'claiming', epoch: theirs(9), isVerifiedStopped: false }], { echo });
    assert.equal(node.group().activity.kind, 'idle');
    return node;
  }

  test('leaves nothing that this node held', () => {
    assert.deepEqual(withdrawn(new TestNode().boot()).group().durable.heldEpoch, noEpoch);
  });

  test('leaves what this node has served before', () => {
    const before = { holding: 'nothing', epoch: theirs(3) } as const;
    const node = new TestNode({ disk: [served('site', before)], isSameBoot: false }).boot();
    assert.deepEqual(withdrawn(node).group().durable.heldEpoch, own(1));
  });

  test('leaves nothing where it was the peer that has served', () => {
    const before = { holding: 'nothing', epoch: theirs(3), servedEpoch: theirs(3) } as const;
    const node = new TestNode({ disk: [served('site', before)], isSameBoot: false }).boot();
    node.hear();
    node.hear([{ armed: 'broken' }]);
    assert.deepEqual(node.group().durable.heldEpoch, own(4));
    node.hear([{ role: 'claiming', epoch: theirs(9), isVerifiedStopped: false }], {
      echo: { incarnation: incarnations.self, sequence: 1 },
    });
    assert.deepEqual(node.group().durable.heldEpoch, noEpoch);
  });
});

suite('the survivor of a split', () => {
  test('has served under its new epoch at once, for what runs goes on', () => {
    const node = activeNode();
    const latch = { epochCounter: 2, yields: true, isLanHealthy: true, transactions: 0, isByOperator: false };
    node.hearFor(1_000, [
      { role: 'active', epoch: theirs(2), servedEpoch: theirs(2), isVerifiedStopped: false, latch },
    ]);
    const { heldEpoch, servedEpoch, copyEpoch } = node.group().durable;
    assert.deepEqual([heldEpoch, servedEpoch, copyEpoch], [own(3), own(3), own(3)]);
  });

  test('tells of its new epoch, and that it has served under it, when that is on disk (I6)', () => {
    const node = activeNode();
    const latch = { epochCounter: 2, yields: true, isLanHealthy: true, transactions: 0, isByOperator: false };
    const serves = { role: 'active', epoch: theirs(2), servedEpoch: theirs(2), isVerifiedStopped: false } as const;
    const told = (): unknown[] => [node.told().epoch, node.told().servedEpoch, node.told().copyEpoch];
    node.disk = 'late';
    node.hearFor(1_000, [{ ...serves, latch }]);
    assert.equal(node.group().latch?.verdict, 'reclaimed');
    assert.deepEqual(told(), [own(1), own(1), own(1)]);
    node.saved();
    node.hearFor(200, [{ ...serves, latch }]);
    node.saved();
    node.hearFor(200, [{ ...serves, latch }]);
    assert.deepEqual(told(), [own(3), own(3), own(3)]);
  });
});

suite('as a move that could be a sign of flapping', () => {
  /** How many moves are written down once this node has taken over from a peer that said so. */
  function moves(isReleasedToPeer: boolean, phase: Beat['phase'], node = new TestNode()): number {
    node.boot().hear([{ role: 'active', epoch: theirs(1), servedEpoch: theirs(1), isVerifiedStopped: false }]);
    node.hear([{ role: 'released', epoch: theirs(1), servedEpoch: theirs(1), isReleasedToPeer }], { phase });
    node.hear([{ role: 'released', epoch: theirs(1), servedEpoch: theirs(1), isReleasedToPeer }], { phase });
    node.advance(400);
    assert.equal(node.group().activity.kind, 'active');
    return node.group().durable.movesWallMs.length;
  }

  test('counts what the peer has offered', () => {
    assert.equal(moves(true, 'online'), 1);
    assert.equal(moves(true, 'suspect'), 1);
  });

  test('counts no shutdown of the peer', () => {
    assert.equal(moves(true, 'leaving'), 0);
    assert.equal(moves(false, 'left'), 0);
  });
});
