import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { activeNode, groupConfig, resource, served, TestNode, theirs } from './testNode.ts';

const runs: Pick<TestNode, 'judge'> = { judge: () => ({ kind: 'running' }) };

suite('after a restart of the daemon', () => {
  test('a group whose state at the peer is not known yet goes on running', () => {
    const node = Object.assign(new TestNode({ disk: [served()] }), runs);
    node.boot();
    node.forget();
    // A short beat of a slow line named another group.
    node.hearFor(1_000, [], { isShort: true });
    assert.equal(node.group().activity.kind, 'unconfirmed');
    assert.deepEqual(node.jobs(), []);
    node.hearFor(400, [{ epoch: { counter: 1, node: 'node1' } }]);
    assert.equal(node.group().activity.kind, 'active');
  });

  test('the address is renewed while the checks take their time', () => {
    const node = new TestNode({ disk: [served()] });
    node.judge = () => undefined;
    node.happen({
      type: 'runnerConnected',
      jobs: [],
      renewals: [{ group: 'site', agoMs: 500, epochCounter: 1 }],
    });
    node.advance(4_000);
    assert.equal(node.group().activity.kind, 'checking');
    assert(node.count('renew') >= 6, `renewed ${node.count('renew')} times`);
  });

  test('nothing is renewed during the checks when the peer may have taken over', () => {
    const node = new TestNode({ disk: [served()] });
    node.judge = () => undefined;
    node.happen({
      type: 'runnerConnected',
      jobs: [],
      renewals: [{ group: 'site', agoMs: 2_500, epochCounter: 1 }],
    });
    node.advance(1_000);
    node.hearFor(1_000, [{ role: 'active', epoch: theirs(2), isVerifiedStopped: false }]);
    assert.equal(node.count('renew'), 0);
  });

  test('in hold mode nothing is renewed any more after a stall in which the peer could take over', () => {
    for (const [ms, isRenewed] of [
      [1_000, true],
      [2_500, false],
    ] as const) {
      const node = Object.assign(new TestNode({ disk: [served()], isHoldMode: true }), runs);
      node.happen({ type: 'runnerConnected', jobs: [], renewals: [{ group: 'site', agoMs: 300, epochCounter: 1 }] });
      node.advance(600);
      assert(node.count('renew') > 0);
      node.stall(ms);
      node.forget();
      node.advance(2_000);
      assert.equal(node.count('renew') > 0, isRenewed, `${ms} ms`);
    }
  });

  test('in hold mode what is held is renewed, and nothing is started or stopped', () => {
    const node = Object.assign(new TestNode({ disk: [served()], isHoldMode: true }), runs);
    node.happen({ type: 'runnerConnected', jobs: [], renewals: [{ group: 'site', agoMs: 300, epochCounter: 1 }] });
    node.forget();
    node.hearFor(3_000, [{ epoch: { counter: 1, node: 'node1' } }]);
    assert(node.count('renew') >= 5, `renewed ${node.count('renew')} times`);
    assert.deepEqual(node.jobs(), []);
  });

  test('in hold mode a node yields to a peer that serves under a higher epoch', () => {
    const node = Object.assign(new TestNode({ disk: [served()], isHoldMode: true }), runs);
    node.happen({ type: 'runnerConnected', jobs: [], renewals: [{ group: 'site', agoMs: 300, epochCounter: 1 }] });
    node.judge = () => ({ kind: 'done' });
    node.hearFor(1_000, [{ role: 'active', epoch: theirs(2), servedEpoch: theirs(2), isVerifiedStopped: false }]);
    assert.equal(node.group().activity.kind, 'idle');
    assert.equal(node.group().durable.holding, 'nothing');
  });

  test('an address that was answered is asked for again, also by a node whose services still run', () => {
    const node = Object.assign(new TestNode({ disk: [served('site', { isPeerProvenAway: true })] }), runs);
    node.askAnswer = { kind: 'answered', mac: '02:00:00:00:00:09', address: '192.0.2.1' };
    node.boot();
    node.advance(11_000);
    assert.equal(node.rule(), 'address-answered');
    assert.equal(node.group().activity.kind, 'unconfirmed');
    node.askAnswer = { kind: 'silent' };
    node.advance(2_000);
    assert.equal(node.group().activity.kind, 'active');
  });
});

suite('a resource that is found down', () => {
  const config = { groups: [groupConfig('site', { resources: [resource('db', { monitorMs: 1_000 })] })] };

  test('is started again while the disk takes no writes', () => {
    const node = activeNode({ config });
    node.disk = 'broken';
    node.state = { ...node.state, disk: { ...node.state.disk, failure: 'no space' } };
    node.hearFor(400);
    assert.equal(node.rule(), 'broken');
    let isDown = true;
    node.judge = ({ action }) => {
      if (action === 'status') return { kind: isDown ? 'stopped' : 'running' };
      if (action === 'start') isDown = false;
      return { kind: 'done' };
    };
    node.forget();
    node.hearFor(3_000);
    assert(node.jobs().includes('start db'));
    assert.equal(node.group().activity.kind, 'active');
  });

  test('is left alone in hold mode', () => {
    const node = activeNode({ config });
    node.state = { ...node.state, isHoldMode: true };
    node.judge = () => ({ kind: 'stopped' });
    node.forget();
    node.hearFor(3_000);
    assert.deepEqual([...new Set(node.jobs())], ['status db']);
    assert.equal(node.group().activity.kind, 'active');
    assert.equal(node.group().resources['db']?.state, 'failed');
  });
});
