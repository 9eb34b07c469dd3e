import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { NodeConfig } from '../../src/core/nodeConfig.ts';
import { activeNode, groupConfig, plainConfig, served, TestNode } from './testNode.ts';

const site = groupConfig('site');
const mail = groupConfig('mail');
const changed = groupConfig('mail', { digest: '00000009' });

test('a group of which a stop has failed is told as failed while a reload looks at it again (I1a)', () => {
  const stopFailed = { resource: 'db', detail: 'x' };
  const node = new TestNode({ disk: [served('site', { holding: 'stopping', stopFailed })] });
  node.judge = () => undefined;
  node.boot().hearFor(400);
  node.happen({
    type: 'configChanged',
    config: { ...plainConfig, groups: [groupConfig('site', { digest: '00000009' })] },
  });
  node.hearFor(400);
  assert.equal(node.group().activity.kind, 'checking');
  assert.equal(node.told().role, 'failed');
});

/** What became of a configuration that a node was given. */
function given(node: TestNode, more: Partial<NodeConfig>): string {
  node.happen({ type: 'configChanged', config: { ...node.state.config, ...more } });
  return node.entries('config-changed').at(-1) ?? '';
}

suite('a new configuration', () => {
  test('is taken over where what is held stays as it is, whatever becomes of other groups', () => {
    const node = activeNode();
    for (const groups of [[mail, site], [changed, site], [site]]) {
      assert.match(given(node, { groups }), /is in force/);
      assert.equal(node.group().activity.kind, 'active');
      assert.deepEqual(
        node.state.groups.map(({ config }) => config),
        groups,
      );
    }
  });

  test('is not taken over where what is held is another one in it, or gone', () => {
    const node = activeNode();
    assert.match(given(node, { groups: [mail] }), /group site is held here, and its configuration is gone/);
    const other = groupConfig('site', { digest: '00000009' });
    assert.match(given(node, { groups: [mail, other] }), /group site is held here, and its configuration is another/);
    assert.deepEqual(node.state.config, plainConfig);
  });

  test('is not taken over while a job of a group runs that it changes', () => {
    const node = new TestNode();
    node.judge = () => undefined;
    node.boot();
    assert.match(given(node, { groups: [groupConfig('site', { digest: '00000009' })] }), /is not taken over/);
  });

  test('is not taken over where the cluster or a node has another name', () => {
    for (const more of [{ cluster: 'other' }, { self: 'node9' }, { peer: 'node9' }]) {
      assert.match(given(activeNode(), more), /restart the daemon/);
    }
  });

  test('tells the runner how long a daemon may be away by the new times, of what is held and of nothing else', () => {
    const node = activeNode({ config: { groups: [site, groupConfig('mail', { preferred: 'node2' })] } });
    const timing = { ...plainConfig.timing, deadMs: 10_000 };
    node.forget();
    given(node, { timing });
    const orders = node.effects.filter((effect) => effect.type === 'setDeadMan');
    assert.deepEqual(orders, [{ type: 'setDeadMan', group: 'site', afterMs: 10_000, epochCounter: 1 }]);
  });

  test('lets a group that it changes be checked anew, and leaves alone what it does not', () => {
    const node = new TestNode({ config: { groups: [site, mail] } });
    node.judge = ({ action }) => ({ kind: action === 'status' ? 'stopped' : 'failed', detail: 'x' });
    node.boot();
    node.judge = () => undefined;
    node.forget();
    given(node, { groups: [{ ...site, maxLagMs: 1 }, changed] });
    assert.deepEqual(
      ['site', 'mail'].map((name) => node.group(name).activity.kind),
      ['idle', 'checking'],
    );
    assert.equal(node.group('site').config.maxLagMs, 1);
    assert.deepEqual(node.jobs(), ['status db']);
  });

  test('keeps what is known of a channel that it has in the same place, and of no other', () => {
    const node = new TestNode().boot();
    node.hear();
    const [lan, cross] = plainConfig.channels;
    assert(lan !== undefined && cross !== undefined);
    given(node, { channels: [lan, { ...cross, name: 'serial' }] });
    assert.notEqual(node.state.channels[0]?.heardAtMs, undefined);
    assert.equal(node.state.channels[1]?.heardAtMs, undefined);
  });

  test('keeps on disk the groups that it no longer has, and only those', () => {
    const node = new TestNode({ config: { groups: [site, mail] } }).boot();
    given(node, { groups: [site] });
    assert.deepEqual(
      node.state.retiredGroups.map(({ name }) => name),
      ['mail'],
    );
    given(node, { groups: [mail] });
    assert.deepEqual(
      node.state.retiredGroups.map(({ name }) => name),
      ['site'],
    );
  });

  test('gives a node on standby no group that it may take, after a restart either, and online ends it for all', () => {
    const reloaded = new TestNode().boot();
    reloaded.type({ kind: 'standby', isForced: false, reason: '' });
    given(reloaded, { groups: [site, mail] });
    const disk = [served('site', { holding: 'nothing', isStandbyByOrder: true })];
    const restarted = new TestNode({ config: { groups: [site, mail] }, disk }).boot();
    for (const node of [reloaded, restarted]) {
      node.hearFor(1_000, [{}, { name: 'mail' }]);
      assert.equal(node.told('mail').armed, 'standby-by-order');
      given(node, { groups: [site] });
      node.type({ kind: 'online' });
      given(node, { groups: [site, mail] });
      node.hearFor(1_000, [{}, { name: 'mail' }]);
      assert.equal(node.told('mail').armed, 'armed');
    }
  });

  test('gives a daemon time to ask its witness only where it had none before', () => {
    const witness = { leaseMs: 6_000, renewMs: 500, timeoutMs: 250, stopMs: 1_000 };
    const node = new TestNode().boot();
    const startedAtMs = node.atMs;
    node.advance(1_000);
    given(node, { guards: { witness } });
    assert.equal(node.state.witnessSinceMs, startedAtMs + 1_000);
    node.advance(1_000);
    given(node, { guards: { witness: { ...witness, renewMs: 600 } } });
    assert.equal(node.state.witnessSinceMs, startedAtMs + 1_000);
  });
});
