import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { lossPercent } from '../../src/core/loss.ts';
import { peerView } from '../../src/core/peerView.ts';
import { activeNode, groupConfig, incarnations, own, plainConfig, served, TestNode, theirs } from './testNode.ts';

const peerServes = { role: 'active', epoch: theirs(3), servedEpoch: theirs(3), isVerifiedStopped: false } as const;

const manual = { mode: 'manual', isSingleChannelAllowed: false, isStrict: false } as const;

suite('a beat', () => {
  test('is believed about higher epochs, however old it is (H1)', () => {
    const node = activeNode();
    const echo = { incarnation: incarnations.self, sequence: 1 };
    node.advance(5_000);
    node.hear([peerServes], { echo });
    assert.notEqual(peerView(node.state, node.atMs), 'heard');
    assert.deepEqual(node.group().durable.epoch, theirs(3));
  });

  test('proves life as of the beat that it echoes, not as of its arrival (H2)', () => {
    const node = activeNode();
    const echo = { incarnation: incarnations.self, sequence: node.state.beats.sequence };
    const sentAtMs = node.atMs;
    node.advance(1_500);
    node.hear([{}], { echo });
    assert(node.state.peer.freshAsOfMs !== undefined && node.state.peer.freshAsOfMs <= sentAtMs);
    node.advance(600);
    assert.notEqual(peerView(node.state, node.atMs), 'heard');
  });

  test('with a lower sequence changes nothing that a higher one said (H3)', () => {
    const node = new TestNode().boot();
    node.hearFor(400, [peerServes], {});
    node.hear([{ role: 'standby', epoch: theirs(3), servedEpoch: theirs(3) }], { sequence: 1 });
    assert.equal(node.state.peer.groups['site']?.beat?.role, 'active');
  });

  test('that is stale takes back nothing that a fresh one said (H3)', () => {
    const node = new TestNode().boot();
    node.hearFor(400, [peerServes]);
    const echo = { incarnation: incarnations.self, sequence: 1 };
    node.advance(2_500);
    node.hear([{ role: 'standby', epoch: theirs(3), servedEpoch: theirs(3) }], { echo });
    assert.equal(node.state.peer.groups['site']?.beat?.role, 'active');
  });

  test('of another incarnation counts only once it echoes this one, and is answered at once (H4)', () => {
    const node = new TestNode().boot();
    node.hearFor(400);
    node.advance(50);
    node.forget();
    const again = { incarnation: incarnations.peerAgain, sequence: 1, echo: undefined };
    node.hear([peerServes], again);
    node.advance(5);
    assert.equal(node.state.peer.incarnation, incarnations.peer);
    const answer = node.effects.find((effect) => effect.type === 'send');
    assert(answer?.type === 'send');
    assert.deepEqual(answer.beat.echo, { incarnation: incarnations.peerAgain, sequence: 1 });
    const echo = { incarnation: incarnations.self, sequence: node.state.beats.sequence };
    node.hear([peerServes], { ...again, sequence: 2, echo });
    assert.equal(node.state.peer.incarnation, incarnations.peerAgain);
  });

  /** Its newest beat, as the peer would echo it. */
  function echoOf(node: TestNode): { incarnation: string; sequence: number } {
    return { incarnation: incarnations.self, sequence: node.state.beats.sequence };
  }

  test('of an incarnation that was replaced does not count (H4)', () => {
    const node = new TestNode().boot();
    node.hearFor(400);
    const echo = echoOf(node);
    node.hearFor(400, [{}], { incarnation: incarnations.peerAgain });
    node.hear([peerServes], { incarnation: incarnations.peer, sequence: 1_000, echo });
    assert.equal(node.state.peer.incarnation, incarnations.peerAgain);
    assert.equal(node.state.peer.groups['site']?.beat?.role, 'standby');
  });

  test('that was long under way, of a daemon that ended before the one that is heard began, takes nothing from that (H4)', () => {
    const node = new TestNode().boot();
    node.advance(400);
    const echo = echoOf(node);
    node.advance(400);
    node.hear([peerServes], { incarnation: incarnations.peerAgain });
    node.hear([{}], { incarnation: incarnations.peer, sequence: 1_000, echo, phase: 'left' });
    assert.equal(node.state.peer.incarnation, incarnations.peerAgain);
    assert.equal(peerView(node.state, node.atMs), 'heard');
    node.hearFor(400, [peerServes], { incarnation: incarnations.peerAgain });
    assert.equal(peerView(node.state, node.atMs), 'heard');
  });

  test('of any incarnation that was replaced makes nobody wait for it (H4)', () => {
    const node = new TestNode().boot();
    node.hearFor(400);
    const echo = echoOf(node);
    for (const incarnation of [incarnations.peerAgain, '4'.repeat(16)]) node.hearFor(400, [{}], { incarnation });
    for (const incarnation of [incarnations.peer, incarnations.peerAgain]) {
      node.hear([{}], { incarnation, sequence: 1_000, echo });
      assert.equal(node.state.peer.candidate, undefined);
    }
  });

  test('shows that its daemon lives when it echoes what came after all that another one has echoed (H4)', () => {
    const node = new TestNode().boot();
    node.advance(400);
    const echo = echoOf(node);
    node.advance(400);
    node.hear([peerServes], { incarnation: incarnations.peerAgain, echo });
    node.hear([{}], { incarnation: incarnations.peer, phase: 'left' });
    assert.equal(peerView(node.state, node.atMs), 'left', 'which of the two began later cannot be known yet');
    node.hearFor(400, [peerServes], { incarnation: incarnations.peerAgain });
    assert.equal(node.state.peer.incarnation, incarnations.peerAgain);
    assert.equal(peerView(node.state, node.atMs), 'heard');
  });

  test('that tells of a failed stop is believed, however old it is, until a fresh one says otherwise (H5)', () => {
    const node = new TestNode({ config: { takeover: manual } }).boot();
    node.hearFor(400, [peerServes]);
    const echo = { incarnation: incarnations.self, sequence: 1 };
    node.advance(2_500);
    node.hear([{ ...peerServes, role: 'failed' }], { echo });
    assert.notEqual(peerView(node.state, node.atMs), 'heard');
    assert.equal(node.group().durable.hasPeerStopFailed, true);
    node.hear([{ epoch: theirs(3), servedEpoch: theirs(3) }], { echo });
    assert.equal(node.group().durable.hasPeerStopFailed, true);
    node.hear([{ epoch: theirs(3), servedEpoch: theirs(3) }]);
    assert.equal(node.group().durable.hasPeerStopFailed, false);
  });

  test('that tells of a failed stop is believed of a peer that has not heard this daemon (H5)', () => {
    const node = new TestNode().boot();
    node.hear([{ ...peerServes, role: 'failed' }], { echo: undefined });
    assert.equal(node.state.peer.incarnation, undefined);
    assert.equal(node.group().durable.hasPeerStopFailed, true);
  });

  test('that tells of a failed stop from before a later ownership is not believed (H5)', () => {
    const node = new TestNode({
      disk: [served('site', { holding: 'nothing', epoch: own(4), servedEpoch: own(4) })],
    }).boot();
    node.hear([{ ...peerServes, role: 'failed' }], { echo: undefined });
    assert.equal(node.group().durable.hasPeerStopFailed, false);
  });

  test('that tells of a failed stop and comes after a later one is not believed (H5)', () => {
    const node = new TestNode().boot();
    node.hearFor(400, [{ epoch: theirs(3), servedEpoch: theirs(3) }]);
    node.hear([{ ...peerServes, role: 'failed' }], { sequence: 1 });
    assert.equal(node.group().durable.hasPeerStopFailed, false);
  });

  test('that tells of a failed stop is believed when it comes first, and not again when it comes once more (H5)', () => {
    const node = new TestNode({ config: { takeover: manual } }).boot();
    node.hear([peerServes], { sequence: 1 });
    const failed = { sequence: 2, echo: { incarnation: incarnations.self, sequence: 1 } };
    node.hear([{ ...peerServes, role: 'failed' }], failed, [0]);
    assert.equal(node.group().durable.hasPeerStopFailed, true);
    node.advance(5_000);
    assert.equal(node.type({ kind: 'confirmStopped', group: 'site', reason: 'seen' }).answer.kind, 'accepted');
    node.hear([{ ...peerServes, role: 'failed' }], failed, [1]);
    assert.equal(node.group().durable.hasPeerStopFailed, false);
  });

  test('with a claim or a latch is answered at once, the first time', () => {
    const latch = { epochCounter: 3, yields: false, isLanHealthy: true, transactions: 0, isByOperator: false };
    for (const news of [{ role: 'claiming' }, { latch }] as const) {
      const node = new TestNode().boot();
      node.hearFor(400, [peerServes]);
      node.advance(20);
      node.forget();
      node.hear([{ ...peerServes, ...news }]);
      assert.equal(node.count('send'), 2, 'one on each channel');
      node.advance(10);
      node.forget();
      node.hear([{ ...peerServes, ...news }]);
      assert.equal(node.count('send'), 0);
    }
  });

  test('counts as lost on the channel on which it did not come, but none before the first', () => {
    const node = new TestNode().boot();
    node.hear([{}], { sequence: 40 }, [0]);
    const loss = (): number | undefined => lossPercent(node.state.channels[0]!.loss);
    assert.equal(loss(), 0);
    node.hear([{}], { sequence: 43 }, [0]);
    assert.equal(loss(), 50);
    node.advance(250);
    node.hear([{}], { incarnation: incarnations.peerAgain, sequence: 7 }, [0]);
    assert.equal(loss(), 40);
  });

  test('with its groups missing, doubled, foreign or in another order crashes nothing', () => {
    const node = new TestNode({ config: { groups: [groupConfig('site'), groupConfig('mail')] } }).boot();
    for (const groups of [
      [],
      [{ name: 'mail' }, { name: 'site' }],
      [{ name: 'site' }, peerServes],
      [{ name: 'news' }],
      [{ name: 'site', epoch: { counter: 9, node: '' }, servedEpoch: theirs(2 ** 31) }],
    ]) {
      node.hearFor(400, groups);
    }
    assert.deepEqual(node.group().durable.servedEpoch, theirs(2 ** 31));
  });
});

suite('a beat that names another group', () => {
  const pair = { config: { groups: [groupConfig('a'), groupConfig('b')] } };
  const b = { name: 'b' };
  const old = { incarnation: incarnations.self, sequence: 1 };

  test('does not say that a failed stop is over', () => {
    const node = new TestNode(pair).boot();
    node.hearFor(400, [{ name: 'a' }, b]);
    node.advance(2_500);
    node.hear([{ name: 'a', role: 'failed', epoch: theirs(3), isVerifiedStopped: false }], { echo: old });
    node.hear([b]);
    assert.equal(peerView(node.state, node.atMs), 'heard');
    assert(node.group('a').durable.hasPeerStopFailed);
    node.hear([{ name: 'a', epoch: theirs(3) }]);
    assert(!node.group('a').durable.hasPeerStopFailed);
  });

  test('does not end an order to stay down that was given since the peer held the group', () => {
    const node = new TestNode({ ...pair, config: { ...pair.config, takeover: manual } }).boot();
    node.hearFor(400, [{ name: 'a', role: 'active', epoch: theirs(3), isVerifiedStopped: false }, b]);
    node.advance(5_000);
    node.type({ kind: 'confirmDead', node: 'node2', reason: 'a test', isForced: false });
    node.advance(1_000);
    assert.equal(node.group('a').activity.kind, 'active');
    node.type({ kind: 'release', groups: ['a'], isForced: true, reason: 'a test', isDryRun: false });
    node.advance(100);
    assert(node.group('a').durable.isDownByOrder);
    node.hear([b]);
    assert(node.group('a').durable.isDownByOrder);
  });

  test('is none that both have in common of this one', () => {
    const node = activeNode({ ...pair, config: { ...pair.config, groups: [groupConfig('site'), groupConfig('b')] } });
    node.hear([{}, b]);
    const { position } = node.group();
    node.state = {
      ...node.state,
      groups: node.state.groups.map((group) => ({
        ...group,
        position: { ...position, newest: 7 },
        durable: { ...group.durable, hasFaltered: true },
      })),
    };
    node.hear([b]);
    assert.equal(node.group().position.atCommonBeat, position.atCommonBeat);
    assert(node.group().durable.hasFaltered);
    node.hear([{}]);
    assert.equal(node.group().position.atCommonBeat, 7);
    assert(!node.group().durable.hasFaltered);
  });

  test('is a sign of life for this one, too', () => {
    const node = activeNode({ ...pair, config: { ...pair.config, groups: [groupConfig('site'), groupConfig('b')] } });
    node.advance(5_000);
    assert(node.group().durable.isPeerSilent);
    node.hear([b]);
    assert(!node.group().durable.isPeerSilent);
  });
});

suite('a change', () => {
  test('is told at once, on every channel', () => {
    const node = activeNode();
    node.hear();
    node.advance(20);
    node.forget();
    node.happen({ type: 'linkChanged', device: 'eth0', hasCarrier: false, mac: '02:00:00:00:00:01' });
    const sent = node.effects.filter((effect) => effect.type === 'send');
    assert.deepEqual(
      sent.map((effect) => effect.type === 'send' && [effect.channel, effect.beat.groups[0]?.armed]),
      [
        [0, 'no-carrier'],
        [1, 'no-carrier'],
      ],
    );
  });

  test('that follows another one within two milliseconds is told when they are over', () => {
    const node = activeNode();
    node.hear();
    node.advance(20);
    node.happen({ type: 'linkChanged', device: 'eth0', hasCarrier: false, mac: '02:00:00:00:00:01' });
    node.atMs += 1;
    node.forget();
    node.happen({ type: 'linkChanged', device: 'eth0', hasCarrier: true, mac: '02:00:00:00:00:01' });
    assert.equal(node.count('send'), 0);
    node.advance(2);
    assert.equal(node.told().armed, 'armed');
  });

  test('is told by a slow line one group after the other', () => {
    const line = {
      name: 'serial',
      medium: 'serial',
      type: 'serial',
      beatMs: 500,
      deadMs: 2_000,
      isSlow: true,
    } as const;
    const groups = ['a', 'b', 'c'].map((name) => groupConfig(name));
    const node = new TestNode({ config: { channels: [line], groups } });
    node.advance(2_900);
    const named = node.effects.flatMap((effect) =>
      effect.type === 'send' ? [effect.beat.groups.map(({ name }) => name).join()] : [],
    );
    assert.deepEqual(named.slice(0, 6), ['a', 'b', 'c', 'a', 'b', 'c']);
  });
});

suite('after a stall', () => {
  test('nothing is renewed before the peer has echoed a beat that was sent after it', () => {
    const node = activeNode();
    const old = { incarnation: incarnations.self, sequence: node.state.beats.sequence };
    node.stall(1_500);
    node.forget();
    node.hear([{}], { echo: old });
    node.advance(300);
    assert.equal(node.count('renew'), 0);
    node.hear([{ epoch: own(1), servedEpoch: own(1) }]);
    node.advance(10);
    assert.equal(node.count('renew'), 1);
  });

  test('and silence, renewals go on after the drain and warntime', () => {
    const node = activeNode();
    node.stall(1_500);
    node.forget();
    node.advance(690);
    assert.equal(node.count('renew'), 0);
    node.advance(20);
    assert.equal(node.count('renew'), 1);
  });

  test('a standby counts no silence that it did not itself listen to', () => {
    const node = new TestNode().boot();
    node.hearFor(400, [peerServes]);
    node.stall(10_000);
    node.advance(1_900);
    assert.equal(node.group().activity.kind, 'idle');
    node.advance(300);
    assert.equal(node.group().activity.kind, 'active');
  });
});

suite('a disk that takes no writes', () => {
  test('keeps a standby from claiming, and is tried again each second', () => {
    const node = new TestNode().boot();
    node.hearFor(400, [peerServes]);
    node.disk = 'broken';
    node.hearFor(400, [{ ...peerServes, epoch: theirs(4) }]);
    node.forget();
    node.advance(5_000);
    assert.equal(node.group().activity.kind, 'idle');
    assert.equal(node.rule(), 'broken');
    assert(node.count('save') >= 4 && node.count('save') <= 6, `${node.count('save')} writes`);
    node.disk = 'good';
    node.advance(1_500);
    assert.equal(node.group().activity.kind, 'active');
  });

  test('lets no resource start before the claim is on it (I6)', () => {
    const node = new TestNode().boot();
    node.disk = 'late';
    node.hearFor(1_000);
    assert.equal(node.group().activity.kind, 'claiming');
    assert.equal(
      node.jobs().some((job) => job.startsWith('start')),
      false,
    );
    for (let count = 0; count < 10 && node.group().activity.kind === 'claiming'; count += 1) node.saved();
    assert.equal(node.jobs().at(-1), 'start address');
    // Serving is on disk before the first resource that is no address.
    assert.notEqual(node.state.disk.saved[0]?.holding, 'serving');
    node.saved();
    assert.equal(node.jobs().at(-1), 'start db');
  });
});

test('the next alarm is never later than one keepalive', () => {
  const node = activeNode();
  for (let count = 0; count < 50; count += 1) {
    assert(node.state.alarmAtMs - node.atMs <= plainConfig.timing.keepaliveMs);
    node.advance(37);
  }
});
