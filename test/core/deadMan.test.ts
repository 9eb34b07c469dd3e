import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { activeNode, served, TestNode } from './testNode.ts';

suite('the dead-man order', () => {
  test('is there while the group is held, and gone when it is stopped', () => {
    const node = activeNode();
    assert.equal(lastOrder(node), 'left');
    leave(node);
    assert.equal(node.group().activity.kind, 'idle');
    assert.equal(lastOrder(node), 'withdrawn');
  });

  test('is withdrawn when a stop has failed: nobody renews it, and the head lives', () => {
    const node = activeNode();
    node.judge = ({ action }) => (action === 'stop' ? { kind: 'failed', detail: 'no' } : { kind: 'running' });
    leave(node);
    assert.notEqual(node.group().durable.stopFailed, undefined);
    assert.equal(lastOrder(node), 'withdrawn');
    node.forget();
    node.hearFor(20_000);
    assert.equal(node.count('setDeadMan'), 0, 'once is enough');
    assert.equal(node.count('renew'), 0);
  });

  test('is renewed between the tries of a stop', () => {
    const node = activeNode();
    node.judge = ({ action }) => (action === 'stop' ? { kind: 'failed', detail: 'no' } : { kind: 'running' });
    node.forget();
    node.happen({ type: 'stopAsked', services: 'release' });
    node.hearFor(1_500);
    assert.equal(node.group().activity.kind, 'stopping');
    assert(node.count('renew') >= 2, `renewed ${node.count('renew')} times`);
    assert.equal(node.count('setDeadMan'), 0);
  });

  test('of an earlier daemon is withdrawn where nothing is found running', () => {
    const node = new TestNode({ disk: [served()] });
    node.happen({ type: 'runnerConnected', jobs: [], renewals: [{ group: 'site', agoMs: 300, epochCounter: 1 }] });
    assert.equal(node.group().activity.kind, 'idle');
    assert.equal(lastOrder(node), 'withdrawn');
  });

  test('of an earlier daemon is withdrawn where a stop had failed, and the group still runs', () => {
    const stopFailed = { resource: 'db', detail: 'no' };
    const node = new TestNode({ disk: [{ ...served(), holding: 'stopping', stopFailed }] });
    node.judge = () => ({ kind: 'running' });
    node.boot();
    assert.equal(node.group().activity.kind, 'idle');
    assert.equal(lastOrder(node), 'withdrawn');
  });

  test('stays when the daemon leaves and its services do not', () => {
    const node = activeNode();
    node.forget();
    node.happen({ type: 'stopAsked', services: 'keep' });
    assert.equal(lastOrder(node), 'left');
  });
});

suite('the dead-man order of what a daemon leaves running in maintenance', () => {
  function inMaintenance(): TestNode {
    const node = activeNode();
    node.hear();
    node.type({ kind: 'maintenance', groups: [], isOn: true, reason: '' });
    node.forget();
    return node;
  }
  const runnerIsBack = { type: 'runnerConnected', jobs: [], renewals: [] } as const;

  test('is not left again to a runner that comes back while the daemon says good-bye', () => {
    const node = inMaintenance();
    node.happen({ type: 'stopAsked', services: 'release' });
    assert.equal(lastOrder(node), 'withdrawn');
    node.happen({ type: 'runnerLost', reason: 'an upgrade' });
    node.happen(runnerIsBack);
    assert.equal(lastOrder(node), 'withdrawn');
    node.hearFor(2_000);
    assert.equal(node.count('exit') > 0, true);
  });

  test('is withdrawn before the daemon goes, however long the runner is away', () => {
    const node = inMaintenance();
    node.happen({ type: 'runnerLost', reason: 'an upgrade' });
    node.happen({ type: 'stopAsked', services: 'release' });
    node.hearFor(5_000);
    assert.equal(node.count('exit'), 0);
    node.happen(runnerIsBack);
    assert.equal(lastOrder(node), 'withdrawn');
    node.hearFor(2_000);
    assert.equal(node.count('exit') > 0, true);
  });
});

/** Asks the daemon to stop, and gives it the time for three tries of each stop. */
function leave(node: TestNode): void {
  node.happen({ type: 'stopAsked', services: 'release' });
  node.hearFor(5_000);
}

function lastOrder({ effects }: TestNode): 'left' | 'withdrawn' | undefined {
  const last = effects.findLast((effect) => effect.type === 'setDeadMan');
  if (last?.type !== 'setDeadMan') return undefined;
  return last.afterMs === undefined ? 'withdrawn' : 'left';
}
