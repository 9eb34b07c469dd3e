import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { activeNode, address, groupConfig, own, resource, served, TestNode } from './testNode.ts';

const runs: Pick<TestNode, 'judge'> = { judge: () => ({ kind: 'running' }) };

function renewed(node: TestNode, missing: readonly string[]): number | undefined {
  node.happen({ type: 'renewed', group: 'site', missing });
  return node.group().renewedAtMs;
}

suite('a renewal', () => {
  test('goes on during the first look also for what was claimed and had not served yet', () => {
    for (const [holding, isRenewed] of [
      ['claimed', true],
      ['serving', true],
      ['stopping', false],
    ] as const) {
      const node = new TestNode({ disk: [served('site', { holding })] });
      node.judge = () => undefined;
      node.happen({ type: 'runnerConnected', jobs: [], renewals: [{ group: 'site', agoMs: 500, epochCounter: 1 }] });
      node.advance(1_000);
      assert.equal(node.count('renew') > 0, isRenewed, holding);
    }
  });

  test('counts for a node that waits for what becomes of its group, and not where its address is gone', () => {
    const node = Object.assign(new TestNode({ disk: [served()] }), runs).boot();
    node.advance(10);
    assert.equal(node.group().activity.kind, 'unconfirmed');
    assert.equal(renewed(node, []), node.atMs);
    const { atMs } = node;
    node.advance(10);
    assert.equal(renewed(node, ['address']), atMs);
  });

  test('counts on the way down, where an address that is gone is no news', () => {
    const node = activeNode();
    node.judge = () => undefined;
    node.type({ kind: 'release', groups: ['site'], isForced: true, reason: 'x', isDryRun: false });
    node.advance(10);
    assert.equal(node.group().activity.kind, 'stopping');
    assert.equal(renewed(node, ['address']), node.atMs);
  });

  test('misses no address that the way up has not come to, however long that takes', () => {
    const node = new TestNode({
      config: { groups: [groupConfig('site', { resources: [resource('db'), address] })] },
    }).boot();
    node.judge = ({ action }) => (action === 'status' ? { kind: 'stopped' } : undefined);
    node.missing = ['address'];
    node.hearFor(6_000);
    assert.equal(node.group().activity.kind, 'starting');
    assert.deepEqual(node.entries('address-missing'), []);
    assert(node.atMs - (node.group().renewedAtMs ?? 0) <= 500, 'the lease counts from the newest renewal');
  });

  test('that was asked for before a stall says nothing about the time after it', () => {
    const node = activeNode();
    const before = node.group().renewedAtMs;
    node.stall(2_500);
    assert.equal(renewed(node, []), before);
    node.hear();
    assert.equal(renewed(node, []), node.atMs);
  });
});

suite('a lease that ran out in a restart here', () => {
  function restarting(): TestNode {
    const node = activeNode({
      config: { groups: [groupConfig('site', { resources: [address, resource('db', { monitorMs: 1_000 })] })] },
    });
    node.judge = ({ action }) => (action === 'status' ? { kind: 'stopped' } : undefined);
    node.until(
      () => node.group().activity.kind === 'stopping',
      () => node.hearFor(200),
    );
    return node;
  }
  const own1 = { epoch: own(1) };

  test('leads to a question, not to a start, when the peer cannot say who owns the group', () => {
    const node = restarting();
    node.stall(5_000);
    node.judge = () => ({ kind: 'done' });
    const [stop] = node.running;
    assert(stop?.action === 'stop');
    node.askAnswer = undefined;
    node.forget();
    node.finish(stop, { kind: 'done' });
    node.advance(1_000);
    assert.equal(node.group().activity.kind, 'unconfirmed');
    assert.deepEqual(node.jobs(), []);
  });

  test('leads to the start when the peer says that it has not taken the group', () => {
    const node = restarting();
    node.stall(5_000);
    node.judge = () => ({ kind: 'done' });
    const [stop] = node.running;
    assert(stop !== undefined);
    node.finish(stop, { kind: 'done' });
    node.hearFor(400, [own1]);
    assert.equal(node.group().activity.kind, 'active');
  });

  test('is known also where the renewal after the stall finds the address gone before the stop has ended', () => {
    const node = restarting();
    node.missing = ['address'];
    node.stall(5_000);
    node.forget();
    node.hear([own1]);
    assert.equal(node.group().activity.kind, 'stopping');
    assert.equal(node.count('renew'), 1);
    node.judge = () => undefined;
    const [stop] = node.running;
    assert(stop !== undefined);
    node.finish(stop, { kind: 'done' });
    assert.deepEqual(node.entries('address-missing'), [
      'site lapsed after 5000 ms without a renewal: whether this node still owns the group is decided anew',
    ]);
  });
});

suite('an address that is gone in maintenance', () => {
  test('is shown as stopped, in the words of whoever stopped it', () => {
    const node = activeNode();
    node.hear();
    node.type({ kind: 'maintenance', groups: [], isOn: true, reason: '' });
    assert.deepEqual(node.group().resources['address'], { state: 'running', detail: '' });
    renewed(node, ['address']);
    assert.deepEqual(node.group().resources['address'], { state: 'stopped', detail: '' });
    node.type({ kind: 'resource', group: 'site', resource: 'address', action: 'stop' });
    renewed(node, ['address']);
    assert.deepEqual(node.group().resources['address'], { state: 'stopped', detail: 'by hand' });
  });
});
