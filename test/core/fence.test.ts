import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { GroupBeat } from '../../src/core/beat.ts';
import type { FenceOutcome } from '../../src/core/fenceOutcome.ts';
import type { NodeConfig } from '../../src/core/nodeConfig.ts';
import { groupConfig, incarnations, TestNode } from './testNode.ts';

const fence = { delayMs: 5_000, attemptMsMax: 10_000, testMs: 600_000, testMsMax: 5_000, isAtStartup: false };
const deadMs = 2_000;
const serving: Partial<GroupBeat> = {
  role: 'active',
  isVerifiedStopped: false,
  epoch: { counter: 1, node: 'node2' },
  servedEpoch: { counter: 1, node: 'node2' },
  copyEpoch: { counter: 1, node: 'node2' },
};
const failed: Partial<GroupBeat> = { ...serving, role: 'failed', armed: 'stop-failed' };

/** A standby whose peer serves, and has been heard until now. */
function standby(more: Partial<NodeConfig> = {}, changed: Partial<typeof fence> = {}): TestNode {
  const node = new TestNode({ config: { guards: { fence: { ...fence, ...changed } }, ...more } }).boot();
  node.hearFor(3_000, [serving]);
  assert.equal(node.rule(), 'peer-holds');
  return node;
}

function orders(node: TestNode): readonly string[] {
  return node.effects.flatMap((effect) => (effect.type === 'fence' ? [effect.fence] : []));
}

function answer(node: TestNode, outcome: FenceOutcome): void {
  node.happen({ type: 'fenced', fence: orders(node).at(-1) ?? '', outcome });
}

const off: FenceOutcome = { kind: 'off', by: 'the device' };
const broken: FenceOutcome = { kind: 'failed', detail: 'no answer' };

suite('a node with a fence', () => {
  test('that does not own waits for the delay after deadtime, and claims nothing before the fence has worked', () => {
    const node = standby();
    node.advance(deadMs + fence.delayMs - 500);
    assert.deepEqual(orders(node), []);
    assert.equal(node.rule(), 'fencing');
    node.advance(1_000);
    assert.equal(orders(node).length, 1);
    assert.equal(node.entries('claimed').length, 0);
    answer(node, off);
    assert.match(node.entries('claimed').join(), /the peer was fenced/);
  });

  test('that owns fires at once when its peer falls silent, and keeps what it has', () => {
    const node = new TestNode({ config: { guards: { fence } } }).boot();
    node.hearFor(2_000);
    assert.equal(node.group().activity.kind, 'active');
    node.advance(deadMs + 100);
    assert.equal(orders(node).length, 1);
    assert.equal(node.rule(), 'owner');
    answer(node, broken);
    assert.equal(node.rule(), 'owner');
  });

  test('fences nobody whom it hears again during the delay', () => {
    const node = standby();
    node.advance(deadMs + 1_000);
    assert.equal(node.state.fence.kind, 'waiting');
    node.hearFor(fence.delayMs, [serving]);
    assert.deepEqual(orders(node), []);
    assert.equal(node.state.fence.kind, 'idle');
  });

  test('fences nobody while it stood still, has no carrier, no runner or no disk', () => {
    const troubles: readonly ((node: TestNode) => void)[] = [
      (node) => node.stall(deadMs + fence.delayMs),
      (node) => node.happen({ type: 'linkChanged', device: 'eth0', hasCarrier: false, mac: '02:00:00:00:00:01' }),
      (node) => node.happen({ type: 'runnerLost', reason: 'gone' }),
    ];
    for (const trouble of troubles) {
      const node = standby();
      trouble(node);
      node.advance(deadMs - 300);
      assert.deepEqual(orders(node), []);
    }
  });

  test('fences nobody while another group is in maintenance, here or at the peer, and says so', () => {
    const groups = [groupConfig('site'), groupConfig('mail')];
    const mail = { ...serving, name: 'mail' };
    const on = { kind: 'maintenance', groups: ['site'], isOn: true, reason: 'x' } as const;
    const orderers: readonly ((node: TestNode) => void)[] = [
      (node) => node.hear([{ ...serving, armed: 'maintenance' }, mail]),
      (node) => node.type(on),
    ];
    for (const order of orderers) {
      const node = new TestNode({ config: { guards: { fence }, groups } }).boot();
      node.hearFor(3_000, [serving, mail]);
      order(node);
      node.advance(60_000);
      assert.deepEqual(orders(node), []);
      assert.deepEqual([node.rule('site'), node.rule('mail')], ['maintenance', 'fence-person']);
      node.type({ ...on, isOn: false });
      node.advance(fence.delayMs + 100);
      assert.equal(orders(node).length, 1);
      assert.equal(node.rule('mail'), 'fencing');
    }
  });

  test('tries again after five seconds, then after twice as long, and never more often', () => {
    const node = standby({}, { delayMs: 0 });
    node.advance(deadMs + 100);
    for (const pauseMs of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
      const count = orders(node).length;
      answer(node, broken);
      assert.equal(node.rule(), 'fence-failed');
      node.advance(pauseMs - 100);
      assert.equal(orders(node).length, count);
      node.advance(200);
      assert.equal(orders(node).length, count + 1);
    }
  });

  test('takes no word of a fence that answers late, twice, or for another order', () => {
    const node = standby();
    node.advance(deadMs + fence.delayMs + 300);
    node.happen({ type: 'fenced', fence: 'another', outcome: off });
    assert.equal(node.state.fence.kind, 'running');
    answer(node, broken);
    answer(node, off);
    assert.equal(node.state.fence.kind, 'failed');
    assert.equal(node.entries('claimed').length, 0);
  });

  test('believes no success once another daemon of the peer has been heard', () => {
    const node = standby();
    node.advance(deadMs + fence.delayMs + 300);
    node.hear([{}], { incarnation: incarnations.peerAgain, sequence: 1, echo: undefined, phase: 'starting' });
    answer(node, off);
    assert.equal(node.state.fence.kind, 'idle');
    assert.equal(node.entries('claimed').length, 0);
  });

  test('finds out a fence that lied by an echo of what was sent afterwards, and waits for hactl ack', () => {
    const node = standby();
    node.advance(deadMs + fence.delayMs + 300);
    answer(node, off);
    node.advance(500);
    node.hear([serving]);
    assert.equal(node.entries('fence-lied').length, 1);
    assert.equal(node.state.fence.kind, 'lied');
    node.type({ kind: 'ack', group: undefined });
    assert.equal(node.state.fence.kind, 'idle');
  });

  test('that has lied is not believed after a restart of the daemon, nor of the machine, until hactl ack', () => {
    const before = standby();
    before.advance(deadMs + fence.delayMs + 300);
    answer(before, off);
    before.advance(500);
    before.hear([serving]);
    for (const isSameBoot of [true, false]) {
      const disk = before.state.disk.saved;
      const node = new TestNode({ config: { guards: { fence } }, disk, isSameBoot }).boot();
      node.hearFor(3_000, [serving]);
      assert.deepEqual(node.state.fence, { kind: 'lied', by: 'the device' });
      node.advance(deadMs + fence.delayMs + 300);
      assert.equal(node.rule(), 'fence-lied');
      assert.deepEqual(orders(node), []);
      node.type({ kind: 'ack', group: undefined });
      assert.equal(node.state.disk.saved[0]?.fenceLiedBy, undefined);
      node.advance(fence.delayMs + 300);
      assert.equal(orders(node).length, 1);
    }
  });

  test('that has lied is not believed by a group either that the config takes up afterwards', () => {
    const node = standby();
    node.advance(deadMs + fence.delayMs + 300);
    answer(node, off);
    node.advance(500);
    node.hear([serving]);
    const groups = [groupConfig('site'), groupConfig('mail')];
    node.happen({ type: 'configChanged', config: { ...node.state.config, groups } });
    assert.equal(node.group('mail').durable.fenceLiedBy, 'the device');
  });

  test('does not call it a lie when a beat comes late that was sent before', () => {
    const node = standby();
    const { sequence } = node.state.beats;
    node.advance(deadMs + fence.delayMs + 300);
    answer(node, off);
    node.advance(500);
    node.hear([serving], { echo: { incarnation: incarnations.self, sequence } });
    assert.equal(node.state.fence.kind, 'done');
    assert.deepEqual(node.entries('fence-lied'), []);
  });

  test('fences at once a peer that could not stop, although it hears it, and starts when it is silent', () => {
    const node = standby();
    node.hear([failed]);
    assert.equal(node.rule(), 'peer-stuck');
    assert.equal(orders(node).length, 1);
    answer(node, off);
    assert.equal(node.entries('claimed').length, 0);
    node.advance(deadMs + 100);
    assert.equal(node.entries('claimed').length, 1);
    assert.equal(node.group().durable.hasPeerStopFailed, false);
  });

  test('in manual mode fences for an operator who asks for the group, and for nobody else', () => {
    const node = standby({ takeover: { mode: 'manual', isSingleChannelAllowed: false, isStrict: false } });
    node.advance(deadMs + fence.delayMs + 1_000);
    assert.deepEqual(orders(node), []);
    assert.equal(node.rule(), 'peer-lost-hold');
  });

  test('never claims by silence, be it of one medium or of all, nor before the peer was heard for the first time', () => {
    const node = standby();
    node.advance(deadMs + fence.delayMs + 300);
    answer(node, { kind: 'person', detail: 'meatware' });
    node.advance(120_000);
    assert.equal(node.rule(), 'fence-person');
    const alone = new TestNode({ config: { guards: { fence } } }).boot();
    alone.advance(60_000);
    assert.equal(alone.rule(), 'startup-alone-hold');
    assert.deepEqual(orders(alone), []);
  });

  test('forgets what a fence has come to that the config no longer has', () => {
    const node = standby({}, { delayMs: 0 });
    node.advance(deadMs + 100);
    answer(node, broken);
    node.happen({ type: 'configChanged', config: { ...node.state.config, guards: {} } });
    assert.equal(node.state.fence.kind, 'idle');
    node.advance(60_000);
    assert.equal(orders(node).length, 1);
  });

  test('of two that own nothing, or both something, is first by its name', () => {
    for (const [self, peer, isFirst] of [
      ['node1', 'node2', true],
      ['node3', 'node2', false],
    ] as const) {
      const node = new TestNode({
        config: { guards: { fence }, self, peer, groups: [groupConfig('site', { preferred: self })] },
      }).boot();
      node.hearFor(2_000, [{ ...serving, name: 'other', epoch: { counter: 1, node: 'node2' } }, {}]);
      node.advance(deadMs + 300);
      assert.equal(node.group().activity.kind, 'active');
      assert.equal(orders(node).length, isFirst ? 1 : 0, self);
    }
  });

  test('tests its devices, and tells of the first failure and of the end of it', () => {
    const node = standby();
    const tests = (): readonly string[] =>
      node.effects.flatMap((effect) => (effect.type === 'testFence' ? [effect.fence] : []));
    node.hearFor(10_000, [serving]);
    assert.equal(tests().length, 1);
    for (const [outcome, told] of [
      [{ kind: 'failed', detail: 'no route' }, 1],
      [{ kind: 'failed', detail: 'no route' }, 1],
      [{ kind: 'passed' }, 2],
      [{ kind: 'passed' }, 2],
    ] as const) {
      node.happen({ type: 'fenceTested', fence: tests().at(-1) ?? '', outcome });
      assert.equal(node.entries('fence-test').length, told);
      const count = tests().length;
      node.hearFor(fence.testMs + 1_000, [serving]);
      assert.equal(tests().length, count + 1);
    }
  });
});
