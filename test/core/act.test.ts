import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Latch } from '../../src/core/beat.ts';
import { activeNode, groupConfig, incarnations, own, resource, served, TestNode, theirs } from './testNode.ts';

const yielding: Latch = { epochCounter: 2, yields: true, isLanHealthy: true, transactions: 0, isByOperator: false };
const serves = { role: 'active', epoch: theirs(2), servedEpoch: theirs(2), isVerifiedStopped: false } as const;

suite('the survivor of a split', () => {
  test('announces its addresses again when the other has stopped, once', () => {
    const node = activeNode();
    node.hearFor(1_000, [{ ...serves, latch: yielding }]);
    assert.equal(node.group().latch?.verdict, 'reclaimed');
    node.hearFor(1_000, [{ ...serves, role: 'stopping' }]);
    assert.equal(node.count('announce'), 0);
    node.hearFor(1_000, [{ epoch: theirs(2), servedEpoch: theirs(2) }]);
    assert.equal(node.count('announce'), 1);
  });

  test('is the loser, when the winner has restarted before it said so, and yields by now', () => {
    const node = activeNode();
    node.hearFor(1_000, [{ ...serves, latch: { ...yielding, yields: false, transactions: 9 } }]);
    assert.equal(node.group().latch?.verdict, 'lost');
    assert.equal(node.rule(), 'contest-open');
    assert.equal(node.entries('incident').length, 1);
    node.hearFor(1_000, [{ ...serves, latch: yielding }]);
    assert.equal(node.group().latch?.verdict, 'reclaimed');
    assert.equal(node.rule(), 'owner');
    assert.match(node.entries('incident')[1] ?? '', /node1 keeps it/);
  });

  test('gives the group up, and tells of no epoch but the old one, when it cannot write the new one down', () => {
    const node = activeNode();
    node.disk = 'late';
    node.hearFor(1_000, [{ ...serves, latch: yielding }]);
    assert.equal(node.group().latch?.verdict, 'reclaimed');
    node.disk = 'broken';
    node.happen({ type: 'saveFailed', revision: node.state.disk.revision, reason: 'no space' });
    node.hearFor(200, [{ ...serves, latch: { ...yielding, yields: false } }]);
    // The refused write may be on the disk: whoever stays takes an epoch above it.
    assert.deepEqual({ ...node.told().latch, transactions: 0 }, { ...yielding, epochCounter: 3, transactions: 0 });
    assert.equal(node.told().epoch.counter, 1);
    assert.equal(node.told().servedEpoch.counter, 2);
    node.hearFor(1_000, [{ ...serves, latch: { ...yielding, yields: false } }]);
    assert.equal(node.group().latch?.verdict, 'lost');
    assert.equal(node.rule(), 'contest-open');
    node.hear([{ ...serves, latch: { ...yielding, yields: false }, epoch: theirs(4), servedEpoch: theirs(4) }]);
    assert(node.jobs().includes('stop db'));
  });

  test('keeps an epoch that is on its disk when it is stopped', () => {
    const node = activeNode();
    node.hearFor(1_000, [{ ...serves, latch: yielding }]);
    assert.equal(node.group().latch?.verdict, 'reclaimed');
    node.judge = () => undefined;
    node.happen({ type: 'stopAsked', services: 'release' });
    assert.equal(node.group().activity.kind, 'stopping');
    assert.equal(node.group().durable.heldEpoch.counter, 3);
  });

  test('takes its latch anew when a resource was restarted meanwhile', () => {
    const epochs = { epoch: own(4), heldEpoch: own(4), servedEpoch: own(4), copyEpoch: own(4) };
    const site = groupConfig('site', { resources: [resource('db', { monitorMs: 1_000 })] });
    const node = new TestNode({ config: { groups: [site] }, disk: [served('site', epochs)] });
    node.judge = ({ action }) => ({ kind: action === 'status' ? 'running' : 'done' });
    node.boot();
    node.hearFor(400, [{ epoch: own(4), servedEpoch: own(4) }]);
    node.hearFor(400, [serves]);
    assert.equal(node.group().latch?.verdict, 'open');
    node.judge = ({ action }) => (action === 'status' ? { kind: 'stopped' } : undefined);
    node.until(
      () => node.group().activity.kind === 'stopping',
      () => node.hearFor(200, [serves]),
    );
    node.hearFor(200, [serves]);
    assert.equal(node.group().activity.kind, 'stopping');
    assert.equal(node.group().latch, undefined);
  });

  test('tells of no epoch that is not on its disk, also when the other has restarted', () => {
    const node = activeNode();
    node.disk = 'late';
    node.hearFor(1_000, [{ ...serves, latch: yielding }]);
    assert.equal(node.group().durable.heldEpoch.counter, 3);
    node.hearFor(400, [{ ...serves, role: 'unconfirmed' }], { incarnation: incarnations.peerAgain });
    node.hearFor(400, [{ role: 'stopping' }], { incarnation: incarnations.peerAgain });
    assert.equal(node.group().latch, undefined);
    assert.equal(node.told().epoch.counter, 1);
    assert.notEqual(node.told().servedEpoch.counter, 3);
    node.disk = 'good';
    node.saved();
    node.hearFor(400, [{ role: 'stopping' }], { incarnation: incarnations.peerAgain });
    assert.equal(node.told().epoch.counter, 3);
  });

  test('takes an epoch above one that the other took and could not write down', () => {
    const node = activeNode();
    node.hearFor(1_000, [{ ...serves, latch: { ...yielding, epochCounter: 7 } }]);
    assert.equal(node.told().epoch.counter, 8);
  });

  test('waits for its disk, when neither can write down that it stays', () => {
    const node = activeNode();
    node.disk = 'broken';
    node.hearFor(5_000, [{ ...serves, latch: { ...yielding, epochCounter: 7 } }]);
    assert.equal(node.rule(), 'contest-won');
    assert.equal(node.group().latch?.verdict, 'won');
    assert.equal(node.told().epoch.counter, 1);
    node.disk = 'good';
    node.hearFor(2_000, [{ ...serves, latch: { ...yielding, epochCounter: 7 } }]);
    assert.equal(node.told().epoch.counter, 8);
  });
});

suite('a claim that waits for its echo', () => {
  test('is decided anew when the peer falls silent meanwhile', () => {
    const node = new TestNode().boot();
    node.hear();
    const echo = { incarnation: incarnations.self, sequence: node.state.beats.sequence };
    node.hearFor(600, [{}], { echo });
    assert.equal(node.group().activity.kind, 'claiming');
    node.advance(3_000);
    assert.match(node.entries('role-changed').join(), /withdraws its claim/);
    assert.equal(node.group().activity.kind, 'active');
  });
});
