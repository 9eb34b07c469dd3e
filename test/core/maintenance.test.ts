import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { newDurableGroup } from '../../src/core/durable.ts';
import type { OperatorWish } from '../../src/core/event.ts';
import { activeNode, groupConfig, resource, TestNode, theirs } from './testNode.ts';

const on: OperatorWish = { kind: 'maintenance', groups: [], isOn: true, reason: 'new disk' };
const off: OperatorWish = { kind: 'maintenance', groups: [], isOn: false, reason: '' };
const peerServes = { role: 'active', epoch: theirs(1), isVerifiedStopped: false } as const;

suite('in maintenance', () => {
  test('the owner checks nothing, and goes on renewing and beating', () => {
    const node = activeNode();
    assert.equal(node.type(on).answer.kind, 'accepted');
    node.forget();
    node.hearFor(60_000);
    assert.deepEqual(node.jobs(), []);
    assert(node.count('renew') > 0, 'its leases are renewed');
    assert(node.count('send') > 0, 'it beats');
    assert.equal(node.rule(), 'maintenance');
    assert.equal(node.told().role, 'active');
  });

  test('is only what is at rest', () => {
    const idle = new TestNode().boot();
    idle.hearFor(400, [peerServes]);
    const starting = new TestNode();
    starting.judge = ({ action }) => (action === 'status' ? { kind: 'stopped' } : undefined);
    starting.boot().hearFor(1_000);
    for (const [node, kind, answer] of [
      [idle, 'idle', 'accepted'],
      [activeNode(), 'active', 'accepted'],
      [starting, 'starting', 'refused'],
    ] as const) {
      assert.equal(node.group().activity.kind, kind);
      assert.equal(node.type(on).answer.kind, answer, kind);
    }
  });

  test('the end of it checks everything at once', () => {
    const monitored = groupConfig('site', { resources: [resource('db', { monitorMs: 10_000 })] });
    const node = activeNode({ config: { groups: [monitored] } });
    node.judge = () => undefined;
    node.type(on);
    node.forget();
    node.type(off);
    assert(node.jobs().length > 0, 'checks begin');
    assert(node.jobs().every((job) => job.startsWith('status ')));
  });

  test('what a check finds that had begun before restarts nothing, and is looked at again at the end', () => {
    const monitored = groupConfig('site', { resources: [resource('db', { monitorMs: 2_000 }), resource('web')] });
    const node = activeNode({ config: { groups: [monitored] } });
    node.judge = ({ action }) => (action === 'status' ? undefined : { kind: 'done' });
    node.hearFor(3_000);
    node.type(on);
    node.forget();
    for (const check of node.running) node.finish(check, { kind: 'stopped' });
    node.hearFor(3_000);
    assert.deepEqual(node.jobs(), []);
    assert.equal(node.told().role, 'active');
    const start = { kind: 'resource', group: 'site', resource: 'db', action: 'start' } as const;
    assert.equal(node.type(start).answer.kind, 'accepted');
    node.forget();
    node.type(off);
    assert.deepEqual(node.jobs(), ['status db']);
  });

  test('the peer takes nothing of the group, also when the owner falls silent', () => {
    const node = new TestNode().boot();
    node.hearFor(1_000, [{ ...peerServes, armed: 'maintenance' }]);
    node.forget();
    node.advance(60_000);
    assert.equal(node.rule(), 'maintenance');
    assert.equal(node.told().role, 'standby');
    assert.deepEqual(node.jobs(), []);
  });

  test('the operator of the survivor can end it, and then silence counts again', () => {
    const node = new TestNode().boot();
    node.hearFor(1_000, [{ ...peerServes, armed: 'maintenance' }]);
    node.advance(20_000);
    node.type(off);
    node.advance(5_000);
    assert.equal(node.group().activity.kind, 'active');
  });

  test('a daemon that is asked to stop leaves the services, without a dead-man order', () => {
    const node = activeNode();
    node.type(on);
    node.forget();
    node.happen({ type: 'stopAsked', services: 'release' });
    node.advance(3_000);
    assert.deepEqual(node.jobs(), []);
    const orders = node.effects.filter((effect) => effect.type === 'setDeadMan');
    assert.deepEqual(
      orders.map((order) => order.afterMs),
      [undefined],
    );
    assert(node.count('exit') > 0, 'it ends');
  });

  test('one resource is started and stopped by hand, and only there', () => {
    const node = activeNode();
    const [first] = node.group().config.resources;
    const stop: OperatorWish = { kind: 'resource', group: 'site', resource: first?.name ?? '', action: 'stop' };
    assert.equal(node.type(stop).answer.kind, 'refused');
    node.type(on);
    node.forget();
    assert.equal(node.type(stop).answer.kind, 'accepted');
    assert.deepEqual(node.jobs(), [`stop ${first?.name}`]);
    assert.equal(node.group().activity.kind, 'active');
  });
});

test('maintenance of what is on its way up or down at the peer is refused: it would stay halfway', () => {
  for (const role of ['claiming', 'starting', 'stopping', 'unconfirmed'] as const) {
    const node = new TestNode().boot();
    node.hearFor(1_000, [{ ...peerServes, role }]);
    const { answer } = node.type(on);
    assert.equal(answer.kind, 'refused', role);
    assert.match(answer.sentence, new RegExp(`site is ${role} on node2`));
  }
});

test('what somebody has started by hand in maintenance outlives a restart of the daemon, and ends with the maintenance', () => {
  const node = new TestNode({ disk: [{ ...newDurableGroup('site', 0), isMaintained: true }] });
  node.judge = ({ action }) => ({ kind: action === 'status' ? 'running' : 'done' });
  node.boot().hearFor(10_000);
  assert.deepEqual(
    node.jobs().filter((job) => !job.startsWith('status')),
    [],
  );
  assert.equal(node.told().isVerifiedStopped, false);
  node.judge = ({ action }) => (action === 'start' ? undefined : { kind: 'done' });
  node.type(off);
  node.hearFor(1_000);
  assert.deepEqual(node.jobs().slice(-3), ['stop db', 'stop address', 'start address']);
});

test('maintenance that was ordered at a peer that lives is ended there', () => {
  const node = new TestNode().boot();
  node.hearFor(1_000, [{ ...peerServes, armed: 'maintenance' }]);
  const { answer } = node.type(off);
  assert(answer.kind === 'refused');
  assert.match(answer.next, /on node2: hactl maintenance off site/);
});

test('a release, or standby, of what is in maintenance is refused, and not carried out hours later', () => {
  const release: OperatorWish = { kind: 'release', groups: [], isForced: false, reason: '', isDryRun: false };
  for (const wish of [
    release,
    { ...release, isForced: true },
    { kind: 'standby', isForced: true, reason: '' } as const,
  ]) {
    const node = activeNode();
    node.hear();
    node.type(on);
    const { answer } = node.type(wish);
    assert(answer.kind === 'refused');
    assert.equal(answer.next, 'hactl maintenance off site');
    node.type(off);
    node.hearFor(1_000);
    assert.equal(node.group().activity.kind, 'active');
    assert.equal(node.group().durable.isStandbyByOrder, false);
  }
});

suite('on standby', () => {
  test('by force only what the peer may not take stays down', () => {
    const node = new TestNode({ config: { groups: [groupConfig('site'), groupConfig('mail')] } }).boot();
    const said = [{}, { name: 'mail' }];
    node.hearFor(1_000, said);
    node.hearFor(400, [{}, { name: 'mail', armed: 'copy-stale' }]);
    node.type({ kind: 'standby', isForced: true, reason: 'x' });
    node.hearFor(1_000, [{}, { name: 'mail', armed: 'copy-stale' }]);
    assert.deepEqual(
      [node.group('site'), node.group('mail')].map(({ durable }) => [durable.isDownByOrder, durable.isReleasingToPeer]),
      [
        [false, true],
        [true, false],
      ],
    );
  });

  test('it is refused while a resource is restarted here, and not while everything is stopped for the peer', () => {
    const config = { groups: [groupConfig('site', { resources: [resource('db', { monitorMs: 1_000 })] })] };
    for (const [isRestart, kind] of [
      [true, 'refused'],
      [false, 'accepted'],
    ] as const) {
      const node = activeNode({ config });
      node.judge = ({ action }) => (action === 'status' ? { kind: isRestart ? 'stopped' : 'running' } : undefined);
      if (!isRestart) node.type({ kind: 'release', groups: ['site'], isForced: false, reason: '', isDryRun: false });
      node.until(
        () => node.group().activity.kind === 'stopping',
        () => node.hearFor(200),
      );
      assert.equal(node.type({ kind: 'standby', isForced: false, reason: '' }).answer.kind, kind);
    }
  });

  test('is told of with what it releases', () => {
    for (const [node, sentence] of [
      [new TestNode().boot(), 'node1 goes on standby'],
      [activeNode(), 'node1 goes on standby, and releases site'],
    ] as const) {
      assert.equal(node.type({ kind: 'standby', isForced: true, reason: 'x' }).answer.sentence, sentence);
    }
  });

  test('a node gives away what it owns, and takes nothing before it is online', () => {
    const node = activeNode();
    node.hearFor(1_000);
    assert.equal(node.type({ kind: 'standby', isForced: false, reason: '' }).answer.kind, 'accepted');
    node.hearFor(1_000);
    assert.equal(node.told().role, 'released');
    assert.equal(node.told().armed, 'standby-by-order');
    node.advance(60_000);
    assert.notEqual(node.group().activity.kind, 'active');
    node.type({ kind: 'online' });
    node.hearFor(1_000);
    assert.equal(node.told().armed, 'armed');
  });

  test('it is refused where nobody could take the group over', () => {
    const node = activeNode();
    node.hearFor(1_000, [{ armed: 'copy-stale' }]);
    const { answer } = node.type({ kind: 'standby', isForced: false, reason: '' });
    assert.equal(answer.kind, 'refused');
    assert.equal(node.group().activity.kind, 'active');
  });
});

test('a takeover whose old owner is lost on the way down does not wait for its return', () => {
  const node = new TestNode({
    config: { takeover: { mode: 'manual', isSingleChannelAllowed: false, isStrict: false } },
  }).boot();
  node.hearFor(1_000, [peerServes]);
  node.type({ kind: 'takeover', groups: ['site'], isForced: false, reason: '', isDryRun: false });
  node.hearFor(500, [{ ...peerServes, role: 'stopping' }]);
  node.advance(60_000);
  assert.equal(node.group().wish, undefined);
});
