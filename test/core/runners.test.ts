import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { JobSpec } from '../../src/core/job.ts';
import { activeNode, groupConfig, resource, served, TestNode } from './testNode.ts';

suite('jobs of an earlier daemon', () => {
  test('are waited for by the group that they belong to, and by no other', () => {
    const node = new TestNode({ config: { groups: [groupConfig('site'), groupConfig('mail')] } });
    const job: JobSpec = {
      job: 'earlier-7',
      group: 'mail',
      resource: 'db',
      action: 'stop',
      epochCounter: 1,
      timeoutMs: 5_000,
    };
    node.happen({ type: 'runnerConnected', jobs: [job], renewals: [] });
    assert.equal(node.group('site').activity.kind, 'idle');
    assert.equal(node.group('mail').activity.kind, 'checking');
    node.happen({ type: 'jobExited', job: job.job, outcome: { kind: 'done' } });
    assert.equal(node.group('mail').activity.kind, 'idle');
    assert.equal(node.count('adoptJob'), 1);
  });
});

suite('a runner that was lost for a moment', () => {
  const groups = [groupConfig('site', { resources: [resource('db', { monitorMs: 1_000 })] })];

  function back(node: TestNode, jobs: readonly JobSpec[]): void {
    node.happen({ type: 'runnerLost', reason: 'closed' });
    node.forget();
    node.happen({ type: 'runnerConnected', jobs, renewals: [] });
  }

  test('goes on with the jobs that this daemon waits for, which are not adopted once more', () => {
    const stopping = activeNode({ config: { groups } });
    stopping.judge = () => undefined;
    stopping.type({ kind: 'release', groups: ['site'], isForced: true, reason: 'x', isDryRun: false });
    const checking = activeNode({ config: { groups } });
    checking.judge = () => undefined;
    checking.hearFor(1_500);
    for (const node of [stopping, checking]) {
      assert.equal(node.running.length, 1);
      back(node, node.running);
      assert.equal(node.count('adoptJob'), 0);
    }
  });

  test('is left the dead-man order again, for what is surely held', () => {
    const active = activeNode({ config: { groups } });
    back(active, []);
    const orders = active.effects.filter((effect) => effect.type === 'setDeadMan');
    assert.deepEqual(
      orders.map(({ group, afterMs }) => [group, afterMs]),
      [['site', 3_000]],
    );
    const asking = new TestNode({ disk: [served()] });
    asking.judge = () => undefined;
    asking.boot();
    back(asking, []);
    assert.equal(asking.count('setDeadMan'), 0);
  });
});

suite('the last renewal that the runner knows of', () => {
  test('counts for the group and the ownership that it was for', () => {
    for (const [renewal, isOurs] of [
      [{ group: 'site', agoMs: 500, epochCounter: 1 }, true],
      [{ group: 'site', agoMs: 500, epochCounter: 2 }, false],
      [{ group: 'mail', agoMs: 500, epochCounter: 1 }, false],
    ] as const) {
      const node = new TestNode({ disk: [served()] });
      node.judge = () => undefined;
      node.happen({ type: 'runnerConnected', jobs: [], renewals: [renewal] });
      assert.equal(node.count('renew'), isOurs ? 1 : 0);
    }
  });
});
