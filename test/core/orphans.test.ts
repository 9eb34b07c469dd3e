import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { NodeConfig } from '../../src/core/nodeConfig.ts';
import { isBeingChecked, whyNotReconfigure } from '../../src/core/reconfigure.ts';
import { groupConfig, plainConfig, served, TestNode } from './testNode.ts';

const changed: NodeConfig = { ...plainConfig, groups: [groupConfig('site', { digest: '00000002' })] };
const orphan = {
  job: 'of-the-head-before',
  group: 'site',
  resource: 'db',
  action: 'start',
  epochCounter: 1,
  timeoutMs: 5_000,
} as const;

suite('a changed group whose jobs of an earlier daemon still run', () => {
  function waiting(): TestNode {
    const node = new TestNode({ disk: [served('site', { holding: 'nothing' })] });
    node.happen({ type: 'runnerConnected', jobs: [orphan], renewals: [] });
    assert(node.state.groups.some(isBeingChecked));
    return node;
  }

  test('is not taken over before they are over, and they are waited for', () => {
    for (const config of [changed, { ...plainConfig, groups: [] }]) {
      const node = waiting();
      assert.match(whyNotReconfigure(node.state, config) ?? '', /job of it still runs: .*when that is over/);
      node.happen({ type: 'configChanged', config });
      assert.deepEqual(node.jobs(), []);
      node.happen({ type: 'jobExited', job: orphan.job, outcome: { kind: 'done' } });
      assert.deepEqual(node.jobs(), ['status db', 'status address']);
      assert(!node.state.groups.some(isBeingChecked));
      node.happen({ type: 'configChanged', config });
      assert.equal(node.state.config, config);
    }
  });

  test('holds up no change of another group, nor loses them by one', () => {
    const node = waiting();
    const groups = [groupConfig('site'), groupConfig('mail')];
    node.happen({ type: 'configChanged', config: { ...plainConfig, groups } });
    assert.deepEqual(node.group('mail').activity.kind, 'idle');
    const { activity } = node.group();
    assert.deepEqual(activity.kind === 'checking' ? activity.adopted : [], [orphan.job]);
  });
});
