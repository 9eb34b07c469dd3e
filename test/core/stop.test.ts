import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { peerView } from '../../src/core/peerView.ts';
import { activeNode, groupConfig, incarnations, own, resource, served, TestNode, theirs } from './testNode.ts';

const idle = { epoch: own(1), servedEpoch: own(1) } as const;

/** How many moves are written down, and by which rule the group was given to the peer. */
function given(node: TestNode): readonly [number, string | undefined] {
  assert.equal(node.group().durable.isReleasingToPeer, true);
  const rules = node.effects.flatMap((effect) =>
    effect.type === 'record' && effect.entry.sentence.startsWith('stopping') ? [effect.entry.rule] : [],
  );
  return [node.group().durable.movesWallMs.length, rules.at(-1)];
}

suite('as a move by itself counts', () => {
  test('what failed here and is offered to the peer', () => {
    const node = activeNode({
      config: { groups: [groupConfig('site', { resources: [resource('db', { monitorMs: 1_000 })] })] },
    });
    node.judge = ({ action }) => (action === 'stop' ? { kind: 'done' } : { kind: 'failed', detail: 'x' });
    node.hearFor(6_000, [idle]);
    assert.deepEqual(given(node), [1, 'resource-failed']);
  });

  test('what is handed over because the service LAN is lost here', () => {
    const node = activeNode();
    node.happen({ type: 'linkChanged', device: 'eth0', hasCarrier: false, mac: '02:00:00:00:00:01' });
    node.hearFor(1_000, [idle]);
    assert.deepEqual(given(node), [1, 'isolated']);
  });

  test('what is handed over because the peer does not hear this node', () => {
    const node = activeNode();
    const echo = { incarnation: incarnations.self, sequence: node.state.beats.sequence };
    node.hearFor(1_600, [idle], { echo, phase: 'suspect' });
    assert.deepEqual(given(node), [1, 'not-heard']);
  });

  test('the same where the peer is armed only when it is not heard well enough any more', () => {
    const node = activeNode();
    const echo = { incarnation: incarnations.self, sequence: node.state.beats.sequence };
    node.hearFor(3_000, [{ ...idle, armed: 'broken' }], { echo, phase: 'suspect' });
    assert.equal(peerView(node.state, node.atMs), 'oneWay');
    assert.equal(node.rule(), 'owner');
    node.hear([idle], { echo, phase: 'suspect' });
    assert.deepEqual(given(node), [1, 'not-heard']);
  });

  test('no word of an operator, and no shutdown', () => {
    const asked = activeNode();
    asked.hearFor(400, [{ ...idle, wish: 'takeover' }]);
    assert.deepEqual(given(asked), [0, 'wish-release']);
    const leaving = activeNode();
    leaving.happen({ type: 'stopAsked', services: 'release' });
    assert.deepEqual(given(leaving), [0, 'leaving']);
  });
});

suite('a node that yields to a higher epoch', () => {
  function yielded(holding: 'claimed' | 'serving', dataClass: 'copied' | 'none'): boolean {
    const config = { groups: [groupConfig('site', { dataClass })] };
    const node = new TestNode({ config, disk: [served('site', { holding })] });
    node.judge = () => ({ kind: 'running' });
    node.boot();
    node.judge = () => ({ kind: 'done' });
    node.hearFor(1_000, [{ role: 'active', epoch: theirs(2), servedEpoch: theirs(2), isVerifiedStopped: false }]);
    assert.equal(node.group().activity.kind, 'idle');
    return node.group().durable.isDiverged;
  }

  test('has a copy of its own that nobody else has, where it served copied data', () => {
    assert.equal(yielded('serving', 'copied'), true);
    assert.equal(yielded('claimed', 'copied'), false);
    assert.equal(yielded('serving', 'none'), false);
  });
});

suite('a stop', () => {
  test('that was verified in an odd way is noted, and shown so', () => {
    const node = activeNode();
    node.judge = ({ resource: name }) =>
      name === 'db' ? { kind: 'done', note: 'it was down already' } : { kind: 'stopped' };
    node.type({ kind: 'release', groups: ['site'], isForced: true, reason: 'x', isDryRun: false });
    assert.deepEqual(node.entries('job-noted'), ['db: it was down already']);
    assert.deepEqual(node.group().resources, {
      address: { state: 'stopped', detail: '' },
      db: { state: 'stopped', detail: 'it was down already' },
    });
  });

  test('that an operator asked for is over with it: the order does not meet the next owner', () => {
    const node = activeNode();
    node.type({ kind: 'release', groups: ['site'], isForced: true, reason: 'x', isDryRun: false });
    node.hearFor(400, [idle]);
    assert.equal(node.group().activity.kind, 'idle');
    assert.equal(node.group().wish, undefined);
  });
});
