import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { JobOutcome } from '../../src/core/job.ts';
import { activeNode, address, groupConfig, resource, TestNode } from './testNode.ts';

const resources = [address, resource('db'), resource('syncer', { side: 'standby' })];
const config = { groups: [groupConfig('site', { dataClass: 'copied', resources })] };

function startedWith(answer: (resource: string) => JobOutcome): TestNode {
  const node = new TestNode({ config });
  node.judge = ({ action, resource: name }) => (action === 'status' ? { kind: 'stopped' } : answer(name));
  node.boot().hearFor(1_000);
  return node;
}

suite('on the way up', () => {
  test('the dead-man order is left once, before the first start', () => {
    const node = activeNode({ config });
    const kinds = node.effects.flatMap((effect) => {
      if (effect.type === 'setDeadMan' && effect.afterMs !== undefined) return ['order'];
      return effect.type === 'startJob' && effect.spec.action !== 'status' ? [effect.spec.action] : [];
    });
    assert.deepEqual(kinds, ['order', 'stop', 'start', 'start']);
  });

  test('what has started is shown as running, the standby side as stopped, with what was odd about it', () => {
    const node = startedWith((name) =>
      name === 'address' ? { kind: 'running' } : { kind: 'done', note: `odd ${name}` },
    );
    assert.deepEqual(node.group().resources, {
      address: { state: 'running', detail: '' },
      db: { state: 'running', detail: 'odd db' },
      syncer: { state: 'stopped', detail: 'odd syncer' },
    });
    assert.deepEqual(activeNode({ config }).group().resources['db'], { state: 'running', detail: '' });
  });

  test('a step that failed is named for what it was', () => {
    const failed = { kind: 'failed', detail: 'x' } as const;
    const start = startedWith((name) => (name === 'db' ? failed : { kind: 'done' }));
    assert.match(start.entries('job-failed').join(), /db: the start failed: x/);
    const stop = startedWith((name) => (name === 'syncer' ? failed : { kind: 'done' }));
    assert.match(stop.entries('job-failed').join(), /syncer: the stop before the takeover failed: x/);
  });
});

suite('a resource that is worked on', () => {
  test('is shown as starting and as stopping, and what is only asked as it was', () => {
    const node = new TestNode({ config: { groups: [groupConfig('site', { resources: [resource('db')] })] } });
    node.judge = () => undefined;
    node.boot();
    const shown = (): string | undefined => node.group().resources['db']?.state;
    assert.equal(shown(), 'unknown');
    for (const job of node.running.splice(0)) node.finish(job, { kind: 'stopped' });
    node.hearFor(1_000);
    assert.equal(shown(), 'starting');
    for (const job of node.running.splice(0)) node.finish(job, { kind: 'done' });
    node.type({ kind: 'release', groups: ['site'], isForced: true, reason: 'x', isDryRun: false });
    assert.equal(shown(), 'stopping');
  });
});

test('a start that is answered for its second address leaves the first one to what is found out', () => {
  const second = resource('second', { kind: 'address', device: 'eth0' });
  const node = new TestNode({
    config: { groups: [groupConfig('site', { resources: [address, second, resource('db')] })] },
  });
  node.boot();
  node.judge = () => undefined;
  node.until(
    () => node.running.some(({ resource: name, action }) => name === 'address' && action === 'start'),
    () => node.advance(100),
  );
  node.advance(1_500);
  node.askAnswer = { kind: 'answered', mac: '02:00:00:00:00:09', address: '192.0.2.1' };
  for (const job of node.running.splice(0)) node.finish(job, { kind: 'done' });
  node.advance(10);
  assert.equal(node.group().activity.kind, 'unconfirmed');
  assert.equal(node.group().resources['address']?.state, 'running');
});

suite('an address that comes back while the peer is silent', () => {
  const mac = '02:00:00:00:00:02';

  /** It was removed by somebody else a moment ago. */
  function withoutAddress(askAnswer: TestNode['askAnswer']): TestNode {
    const node = activeNode({ config });
    node.hear([{ mac }]);
    node.advance(3_000);
    node.askAnswer = askAnswer;
    node.missing = ['address'];
    node.forget();
    node.until(
      () => node.count('renew') > 0,
      () => node.advance(100),
    );
    node.missing = [];
    return node;
  }

  test('is asked for first, and put up where nobody answers', () => {
    const node = withoutAddress({ kind: 'silent' });
    assert.equal(node.count('ask'), 1);
    assert.equal(node.group().activity.kind, 'active');
  });

  test('stays down while somebody answers for it, and what runs is left running', () => {
    const node = withoutAddress({ kind: 'answered', mac, address: '192.0.2.1' });
    node.advance(2_000);
    assert.deepEqual(node.jobs(), ['stop syncer']);
    assert.equal(node.rule(), 'address-answered');
    assert.equal(node.group().activity.kind, 'unconfirmed');
    assert.equal(node.group().durable.holding, 'serving');
  });

  test('waits for the answer', () => {
    const node = withoutAddress(undefined);
    assert.deepEqual(node.jobs(), ['stop syncer']);
    assert.equal(node.group().activity.kind, 'starting');
  });
});
