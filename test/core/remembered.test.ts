import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { lagMs } from '../../src/core/copy.ts';
import { newDurableGroup } from '../../src/core/durable.ts';
import { isFlapping } from '../../src/core/flapping.ts';
import {
  activeNode,
  groupConfig,
  incarnations,
  own,
  plainConfig,
  resource,
  served,
  TestNode,
  theirs,
} from './testNode.ts';

const heldByPeer = { role: 'active', epoch: theirs(2), servedEpoch: theirs(2), isVerifiedStopped: false } as const;
const hourMs = 60 * 60_000;

suite('an order to stay down', () => {
  function downHere(): TestNode {
    const node = activeNode();
    node.hear([{ armed: 'no-carrier', epoch: own(1), servedEpoch: own(1) }]);
    node.type({ kind: 'release', groups: ['site'], isForced: true, reason: 'x', isDryRun: false });
    node.hearFor(400, [{ armed: 'no-carrier', epoch: own(1), servedEpoch: own(1) }]);
    assert.equal(node.rule(), 'down-by-order');
    return node;
  }

  test('ends when the peer has taken the group', () => {
    const node = downHere();
    node.hearFor(1_000, [heldByPeer]);
    assert.equal(node.group().durable.isDownByOrder, false);
    node.advance(5_000);
    assert.equal(node.group().activity.kind, 'active');
  });

  test('that was given at the peer is kept on the disk here, and holds when the peer is gone', () => {
    const node = new TestNode().boot();
    node.hearFor(400, [{ armed: 'down-by-order', epoch: theirs(1), servedEpoch: theirs(1) }]);
    node.advance(10_000);
    assert.equal(node.group().activity.kind, 'idle');
    const again = new TestNode({ disk: [node.group().durable] }).boot();
    again.advance(30_000);
    assert.equal(again.rule(), 'down-by-order');
    assert.equal(again.group().activity.kind, 'idle');
  });

  test('that the peer gave does not keep an operator from taking the group here', () => {
    const node = new TestNode().boot();
    const ordered = { armed: 'down-by-order', epoch: theirs(1), servedEpoch: theirs(1) } as const;
    node.hearFor(400, [ordered]);
    const { answer } = node.type({ kind: 'takeover', groups: ['site'], isForced: false, reason: '', isDryRun: false });
    assert.equal(answer.kind, 'accepted');
    node.hearFor(1_000, [ordered]);
    assert.equal(node.group().activity.kind, 'active');
    assert.equal(node.group().durable.isDownByOrder, false);
  });
});

suite('three automatic moves within an hour', () => {
  const moved = { movesWallMs: [0, 1_000, 2_000] } as const;
  const lost = { ...newDurableGroup('site', 0), epoch: theirs(4), servedEpoch: theirs(4), ...moved };

  test('block the next one until somebody acknowledges them, however long that takes', () => {
    const node = new TestNode({ disk: [lost] }).boot();
    node.hearFor(400, [{ ...heldByPeer, epoch: theirs(4), servedEpoch: theirs(4) }]);
    node.wallMs += 3 * hourMs;
    node.advance(5_000);
    assert.equal(node.rule(), 'flapping');
    node.type({ kind: 'ack', group: 'site' });
    node.advance(100);
    assert.equal(node.group().activity.kind, 'active');
  });

  test('do not count as such when they lie further apart, nor when the clock jumped between them', () => {
    const at = (movesWallMs: readonly number[]): boolean =>
      isFlapping({ ...new TestNode().group(), durable: { ...lost, movesWallMs } });
    assert.equal(at([0, 1, 2]), true);
    assert.equal(at([0, 1]), false);
    assert.equal(at([0, 1, 2 * hourMs]), false);
    assert.equal(at([5 * hourMs, 0, 1]), false);
  });

  test('leave a group that nobody serves to its last owner, and to it alone', () => {
    const idle = { armed: 'start-failed', epoch: theirs(4), servedEpoch: theirs(4) } as const;
    const node = new TestNode({ disk: [lost] }).boot();
    node.hearFor(5_000, [idle]);
    assert.equal(node.rule(), 'flapping');
    const owner = new TestNode({ disk: [served('site', { ...moved, holding: 'nothing' })] }).boot();
    owner.hearFor(5_000, [{ armed: 'start-failed', epoch: own(1), servedEpoch: own(1) }]);
    assert.equal(owner.group().activity.kind, 'active');
  });
});

suite('what an owner has been through', () => {
  test('no longer counts against it after a beat that both had in common', () => {
    const node = activeNode();
    node.stall(2_500);
    assert.equal(node.group().durable.hasFaltered, true);
    node.hearFor(400, [{ epoch: own(1), servedEpoch: own(1) }]);
    assert.equal(node.group().durable.hasFaltered, false);
  });

  test('counts against it until the peer answers what was sent after the stall, however slow the line is', () => {
    const [lan] = plainConfig.channels;
    assert(lan !== undefined);
    const slow = {
      name: 'serial',
      medium: 'serial',
      type: 'serial',
      beatMs: 1_000,
      deadMs: 5_000,
      isSlow: true,
    } as const;
    const node = activeNode({ config: { channels: [lan, slow] } });
    const before = { incarnation: incarnations.self, sequence: node.state.beats.sequence };
    const stands = { epoch: own(1), servedEpoch: own(1) };
    node.stall(2_500);
    node.hear([stands], { echo: before }, [1]);
    assert.equal(node.group().durable.hasFaltered, true);
    node.hear([stands], {}, [1]);
    assert.equal(node.group().durable.hasFaltered, false);
  });

  test('counts against it as long as the peer serves too', () => {
    const node = activeNode();
    node.stall(2_500);
    node.hearFor(400, [heldByPeer]);
    assert.equal(node.group().latch?.mine.yields ?? node.group().durable.hasFaltered, true);
  });

  test('lets it yield where it could not write down that it stays', () => {
    const node = activeNode();
    node.advance(3_000);
    node.state = { ...node.state, disk: { ...node.state.disk, failure: 'no space', retryAtMs: node.atMs + 60_000 } };
    node.hear([heldByPeer]);
    assert.equal(node.group().latch?.mine.yields, true);
  });
});

suite('the proof that the peer is away', () => {
  test('is kept when it leaves while this node serves', () => {
    const node = activeNode();
    node.hearFor(800, [{ epoch: own(1), servedEpoch: own(1) }], { phase: 'left' });
    assert.equal(node.group().durable.isPeerProvenAway, true);
    node.hearFor(400, [{ epoch: own(1), servedEpoch: own(1) }]);
    assert.equal(node.group().durable.isPeerProvenAway, false);
  });

  test('is kept when an operator confirms it while this node serves', () => {
    const node = activeNode();
    node.advance(5_000);
    node.type({ kind: 'confirmDead', node: 'node2', reason: 'its plug is out', isForced: false });
    assert.equal(node.group().durable.isPeerProvenAway, true);
    assert.equal(node.group().durable.isPeerSilent, true);
  });

  test('ends when another daemon of it beats, though it does not hear this node', () => {
    const node = activeNode();
    node.hearFor(800, [{ epoch: own(1), servedEpoch: own(1) }], { phase: 'left' });
    node.advance(10_000);
    assert.equal(node.group().durable.isPeerProvenAway, true);
    node.hear([{}], { incarnation: incarnations.peerAgain, sequence: 1, echo: undefined, phase: 'starting' });
    assert.equal(node.group().durable.isPeerProvenAway, false);
  });

  test('lets a daemon that was restarted late go on, as a silent peer does', () => {
    const node = activeNode();
    node.hearFor(800, [{ epoch: own(1), servedEpoch: own(1) }], { phase: 'left' });
    assert.equal(node.group().durable.isPeerSilent, true);
  });
});

suite('a stop that failed at the peer', () => {
  test('is remembered until the peer says that it is verified', () => {
    const node = new TestNode().boot();
    const failed = { role: 'failed', epoch: theirs(1), servedEpoch: theirs(1), isVerifiedStopped: false } as const;
    node.hearFor(400, [failed]);
    // Its daemon restarts and asks what runs.
    node.hearFor(400, [{ ...failed, role: 'unconfirmed' }]);
    node.advance(10_000);
    assert.equal(node.rule(), 'peer-stop-failed');
    assert.equal(node.group().activity.kind, 'idle');
  });

  test('does not end a takeover that was typed when the peer was gone', () => {
    const config = { groups: [groupConfig('site', { dataClass: 'copied' })] };
    const node = new TestNode({ config }).boot();
    node.hearFor(400, [
      { role: 'failed', epoch: theirs(1), servedEpoch: theirs(1), copyEpoch: theirs(1), isVerifiedStopped: false },
    ]);
    node.advance(5_000);
    node.type({ kind: 'confirmDead', node: 'node2', reason: 'x', isForced: false });
    node.type({ kind: 'takeover', groups: ['site'], isForced: true, reason: 'x', isDryRun: false });
    node.advance(1_000);
    assert.equal(node.group().activity.kind, 'active');
  });

  test('is for an operator at the peer to confirm while the peer is heard', () => {
    const node = new TestNode().boot();
    node.hearFor(400, [{ role: 'failed', isVerifiedStopped: false }]);
    const { answer } = node.type({ kind: 'confirmStopped', group: 'site', reason: 'x' });
    assert.equal(answer.kind, 'refused');
    assert.match(answer.kind === 'refused' ? answer.next : '', /on node2/);
  });
});

suite('the wall clock', () => {
  const copied = groupConfig('site', { dataClass: 'copied' });
  const synced = { beganWallMs: 1_000_000_000, endedWallMs: 1_000_001_000 };
  const peerServes = { servedEpoch: theirs(1), copyEpoch: theirs(1), sync: synced } as const;

  test('that jumped back does not make an old copy look new', () => {
    const node = new TestNode({ config: { groups: [copied] } });
    const group = { ...node.group(), durable: { ...newDurableGroup('site', 0), ...peerServes, ownerHeardWallMs: 0 } };
    assert(lagMs(group, 0) > copied.maxLagMs);
  });
});

suite('a pause after failures', () => {
  test('begins with the shortest again when the group has worked for longer than the longest', () => {
    let isBroken = true;
    const config = { groups: [groupConfig('site', { resources: [resource('db', { monitorMs: 1_000 })] })] };
    const node = new TestNode({ config });
    node.judge = ({ action }) =>
      action === 'status' ? { kind: node.atMs > 0 && !isBroken ? 'running' : 'stopped' } : failing(action, isBroken);
    node.boot();
    const peer = [{ armed: 'no-carrier' as const }];
    node.hearFor(35_000, peer);
    assert(node.group().trouble.backoffs >= 2);
    isBroken = false;
    node.hearFor(60_000, peer);
    assert.equal(node.group().activity.kind, 'active');
    node.hearFor(400_000, peer);
    isBroken = true;
    node.hearFor(5_000, peer);
    assert.equal(node.group().trouble.backoffs, 1);
  });
});

function failing(action: string, isBroken: boolean): { kind: 'done' } | { kind: 'failed'; detail: string } {
  return action === 'start' && isBroken ? { kind: 'failed', detail: 'x' } : { kind: 'done' };
}

suite('an owner without carrier', () => {
  test('is isolated whatever the devices of other groups do', () => {
    const config = {
      groups: [
        groupConfig('site'),
        groupConfig('mail', { resources: [resource('a', { kind: 'address', device: 'eth1' })] }),
      ],
    };
    const node = new TestNode({ config }).boot();
    const both = [{}, { name: 'mail' }];
    node.hearFor(800, both);
    node.happen({ type: 'linkChanged', device: 'eth0', hasCarrier: false, mac: '02:00:00:00:00:01' });
    node.hearFor(500, both);
    node.happen({ type: 'linkChanged', device: 'eth1', hasCarrier: false, mac: '02:00:00:00:00:03' });
    node.hearFor(200, both);
    assert.equal(node.group().durable.isReleasingToPeer, true);
  });
});

suite('what an earlier daemon released to the peer', () => {
  test('is not taken back from a silent peer as if that had never been told', () => {
    const takeover = { ...plainConfig.takeover, mode: 'manual' } as const;
    const released = served('site', { holding: 'nothing', isReleasingToPeer: true });
    const node = new TestNode({ config: { takeover }, disk: [released] });
    node.judge = () => undefined;
    node.boot().hearFor(400, [{ epoch: own(1), servedEpoch: own(1) }]);
    node.advance(5_000);
    // The last check ends so soon after a beat that the next one tells of it.
    node.advance(node.state.beats.lastSentAtMs + plainConfig.timing.keepaliveMs + 1 - node.atMs);
    node.judge = ({ action }) => ({ kind: action === 'status' ? 'stopped' : 'done' });
    for (const job of node.running) node.finish(job, { kind: 'stopped' });
    node.advance(5_000);
    assert.equal(node.rule(), 'peer-lost-hold');
    assert.equal(node.group().durable.isReleasingToPeer, true);
  });
});
