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
