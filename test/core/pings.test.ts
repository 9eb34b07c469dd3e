import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Beat } from '../../src/core/beat.ts';
import type { NodeConfig } from '../../src/core/nodeConfig.ts';
import { activeNode, plainConfig, served, TestNode, theirs } from './testNode.ts';

const router = '192.0.2.1';
const other = '192.0.2.2';
const ping = { targets: [router, other], intervalMs: 1_000, timeoutMs: 500 };
const config: Partial<NodeConfig> = { guards: { ping } };
/** Two intervals, a timeout and warntime: a peer that lost its targets too would have said so. */
const settleMs = 3_100;
const seeing: Partial<Beat> = { pingsAnswering: 2 };
const blind: Partial<Beat> = { pingsAnswering: 0 };

function say(node: TestNode, isUp: boolean, ...targets: readonly string[]): void {
  for (const target of targets) node.happen({ type: 'pingChanged', target, isUp });
}

suite('an owner whose ping targets do not answer', () => {
  test('hands over to a peer that is armed and sees one, when the peer has had time to lose it too', () => {
    const node = activeNode({ config });
    say(node, true, router, other);
    node.hearFor(1_000, [{}], seeing);
    say(node, false, router, other);
    node.hearFor(settleMs - 200, [{}], seeing);
    assert.equal(node.rule(), 'owner');
    node.hearFor(400, [{}], seeing);
    const decided = node.effects.flatMap((effect) => (effect.type === 'record' ? [effect.entry.rule] : []));
    assert(decided.includes('isolated'));
    assert.equal(node.group().durable.isReleasingToPeer, true);
  });

  const keeps: ReadonlyArray<{ name: string; beat: Partial<Beat>; lost: readonly string[]; armed?: 'broken' }> = [
    { name: 'the targets died for both', beat: blind, lost: [router, other] },
    { name: 'the peer does not say what it sees: it speaks version 1', beat: {}, lost: [router, other] },
    { name: 'one of the targets still answers', beat: seeing, lost: [router] },
    { name: 'the peer is not armed', beat: seeing, lost: [router, other], armed: 'broken' },
  ];
  for (const { name, beat, lost, armed } of keeps) {
    test(`keeps the group where ${name}`, () => {
      const node = activeNode({ config });
      say(node, true, router, other);
      say(node, false, ...lost);
      node.hearFor(60_000, [armed === undefined ? {} : { armed }], beat);
      assert.equal(node.rule(), 'owner');
    });
  }

  test('keeps the group and its address while nobody is heard: the targets may be what is gone', () => {
    const node = activeNode({ config });
    say(node, false, router, other);
    node.advance(30_000);
    assert.equal(node.rule(), 'owner');
    assert.equal(node.count('dropAddresses'), 0);
  });

  test('knows nothing of its targets while the runner is away', () => {
    const node = activeNode({ config });
    say(node, false, router, other);
    node.happen({ type: 'runnerLost', reason: 'closed' });
    node.happen({ type: 'runnerConnected', jobs: [], renewals: [] });
    node.hearFor(30_000, [{}], seeing);
    assert.equal(node.rule(), 'owner');
  });
});

/** A standby beside an active peer that falls silent. */
function standbyThatLosesItsPeer(guards: NodeConfig['guards'], before: (node: TestNode) => void): TestNode {
  const node = new TestNode({ config: { guards } }).boot();
  const active = { role: 'active', epoch: theirs(1), servedEpoch: theirs(1), isVerifiedStopped: false } as const;
  before(node);
  node.hearFor(2_000, [active], seeing);
  node.advance(5_000);
  return node;
}

suite('a node whose peer is silent', () => {
  test('takes over where a ping target answers', () => {
    const node = standbyThatLosesItsPeer({ ping }, (one) => say(one, true, router));
    assert.equal(node.group().activity.kind, 'active');
  });

  test('holds where none does, and says that it may be the one that is cut off', () => {
    const node = standbyThatLosesItsPeer({ ping }, (one) => say(one, false, router, other));
    assert.equal(node.rule(), 'peer-lost-blind');
    assert.equal(node.group().activity.kind, 'idle');
    say(node, true, router);
    node.advance(3_000);
    assert.equal(node.group().activity.kind, 'active', 'the hold ends when a target answers');
  });

  test('holds where the runner has not yet said', () => {
    assert.equal(standbyThatLosesItsPeer({ ping }, () => undefined).rule(), 'peer-lost-blind');
  });

  test('takes what it owned itself again without any target: nobody else was told to take it', () => {
    const node = new TestNode({ config, disk: [served()], isSameBoot: false }).boot();
    node.hearFor(1_000, [{ armed: 'broken' }], seeing);
    say(node, false, router, other);
    node.hearFor(1_000, [{ armed: 'broken' }], seeing);
    assert.equal(node.group().activity.kind, 'active');
  });
});

suite('one silent medium', () => {
  const lanOnly = { channels: plainConfig.channels.slice(0, 1) };
  const active = { role: 'active', epoch: theirs(1), servedEpoch: theirs(1), isVerifiedStopped: false } as const;

  function alone(guards: NodeConfig['guards'], answer: TestNode['askAnswer']): TestNode {
    const node = new TestNode({ config: { ...lanOnly, guards } }).boot();
    node.askAnswer = answer;
    say(node, true, router);
    node.hearFor(2_000, [active], { ...seeing, hearsOn: 1 });
    node.advance(5_000);
    return node;
  }

  test('and a silent floating address in a LAN where a ping target answers are two', () => {
    const node = alone({ ping }, { kind: 'silent' });
    assert.equal(node.group().activity.kind, 'active');
    assert.match(node.entries('claimed').join(), /two media/);
  });

  test('alone is not enough: without a ping target, or where somebody answers', () => {
    assert.equal(alone({}, { kind: 'silent' }).rule(), 'peer-lost-hold');
    const answered = alone({ ping }, { kind: 'answered', mac: '02:00:00:00:00:02', address: '10.0.0.1' });
    assert.equal(answered.rule(), 'address-answered');
  });
});

suite('where nobody is active', () => {
  test('the node that reaches the LAN takes the group', () => {
    const blindHere = new TestNode({ config }).boot();
    say(blindHere, false, router, other);
    blindHere.hearFor(1_000, [{}], seeing);
    assert.equal(blindHere.rule(), 'nobody-active-peer');
    const seeingHere = new TestNode({ config: { ...config, self: 'node1' } }).boot();
    say(seeingHere, true, router);
    seeingHere.hearFor(1_000, [{}], blind);
    assert.equal(seeingHere.group().activity.kind, 'active');
  });
});

test('beats tell how many targets answer, and nothing before it is known', () => {
  const node = new TestNode({ config }).boot();
  const told = (): number | undefined =>
    node.effects.flatMap((effect) => (effect.type === 'send' ? [effect.beat] : [])).at(-1)?.pingsAnswering;
  node.advance(400);
  assert.equal(told(), undefined);
  say(node, true, router);
  node.advance(400);
  assert.equal(told(), 1);
  say(node, false, router, other);
  node.advance(400);
  assert.equal(told(), 0);
  assert.deepEqual(node.entries('ping-lost'), [
    `ping target ${router} does not answer`,
    `ping target ${other} does not answer: none does, this node may be cut off from its LAN`,
  ]);
});
