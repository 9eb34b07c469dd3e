import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { boundsOf } from '../../src/config/bounds.ts';
import { nodeConfigOf, peerOf } from '../../src/config/nodeConfigOf.ts';
import { type ResourcePlan, resourcePlanOf } from '../../src/config/plans.ts';
import { edited, good, goodHaresources, goodYaml } from './fixtures.ts';

suite('what one node needs:', () => {
  test('the core of either node sees itself and its peer, and the rest alike', () => {
    const site = good();
    const one = nodeConfigOf(site, 'node1', { isObserver: false });
    const other = nodeConfigOf(site, 'node2', { isObserver: true });
    assert.deepEqual([one.self, one.peer, one.isObserver], ['node1', 'node2', false]);
    assert.deepEqual([other.self, other.peer, other.isObserver], ['node2', 'node1', true]);
    assert.deepEqual({ ...other, self: 'node1', peer: 'node2', isObserver: false }, one);
  });

  test('a node that is not of the pair has no peer, and no config', () => {
    const site = good();
    assert.equal(peerOf(site, 'node2'), 'node1');
    assert.equal(peerOf(site, 'node3'), undefined);
    assert.throws(
      () => nodeConfigOf(site, 'node3', { isObserver: false }),
      /broken invariant: node3 is one of node1 and node2/,
    );
  });

  test('a group with a syncer holds copied data, and the syncer belongs to the standby', () => {
    const yaml = goodYaml.replace(/^groups:\n.*\n/m, '');
    const [group] = nodeConfigOf(good({ yaml }), 'node1', { isObserver: false }).groups;
    assert.equal(group?.dataClass, 'copied');
    assert.deepEqual(
      group.resources.map(({ kind, side, device, monitorMs }) => [kind, side, device, monitorMs]),
      [
        ['address', 'owner', 'eth0', 1000],
        ['script', 'standby', undefined, 10_000],
        ['script', 'owner', undefined, 10_000],
      ],
    );
    assert.equal(group.hasDeadMan, true);
    assert.deepEqual(group.restarts, { countMax: 3, windowMs: 600_000 });
  });

  test('a group without one holds none', () => {
    const yaml = goodYaml.replace(/^groups:\n.*\n/m, '');
    assert.equal(good({ yaml, haresources: 'node1 zeo\n' }).groups[0]?.dataClass, 'none');
  });

  test('settings of a resource are found by its word and by its short name', () => {
    const yaml = edited(
      'maxLag: 15m }',
      'maxLag: 1h, restarts: 0, restartWindow: 1m, deadMan: off, resources: { zeo: { start: 90s, stop: 2m, status: 3s, monitor: 0s }, "syncer::/opt/zope/instance0": { sync: 5m, side: owner }, 192.168.1.50: { monitor: 5s } } }',
    );
    const [group] = good({ yaml }).groups;
    const [address, syncer, zeo] = group?.resources ?? [];
    assert.deepEqual(
      [zeo?.startTimeoutMs, zeo?.stopTimeoutMs, zeo?.statusTimeoutMs, zeo?.monitorMs],
      [90_000, 120_000, 3000, 0],
    );
    assert.deepEqual([syncer?.syncTimeoutMs, syncer?.side], [300_000, 'owner']);
    assert.equal(address?.monitorMs, 5000);
    assert.deepEqual(
      [group?.maxLagMs, group?.restarts, group?.hasDeadMan],
      [3_600_000, { countMax: 0, windowMs: 60_000 }, false],
    );
  });

  test('startup and takeover are passed on', () => {
    const yaml = `${goodYaml}startup: { alone: hold }\ntakeover: { mode: manual, strict: yes }\n`;
    const { startupAlone, takeover } = nodeConfigOf(good({ yaml }), 'node1', { isObserver: false });
    assert.equal(startupAlone, 'hold');
    assert.deepEqual(takeover, { mode: 'manual', isSingleChannelAllowed: false, isStrict: true });
    assert.equal(nodeConfigOf(good(), 'node1', { isObserver: false }).startupAlone, 'byData');
  });

  test('the runner gets what it can run', () => {
    const plan: ResourcePlan = resourcePlanOf(good(), 'node2');
    assert.deepEqual([plan.self, plan.peer], ['node2', 'node1']);
    const [group] = plan.groups;
    assert.equal(group?.leaseMs, 8000);
    assert.deepEqual(
      group.resources.map(({ name, means }) => [name, means.kind]),
      [
        ['192.168.1.50/24/eth0', 'address'],
        ['syncer::/opt/zope/instance0', 'script'],
        ['zeo::/opt/zope/instance0', 'script'],
      ],
    );
  });
});

suite('the digest of a group', () => {
  const digest = (yaml: string, haresources = goodHaresources): string =>
    good({ yaml, haresources }).groups[0]?.digest ?? '';

  test('is eight hex digits, and does not change by accident', () => {
    assert.equal(digest(goodYaml), 'cce7bd40');
  });

  test('is the same whether a default is written or not', () => {
    assert.equal(
      digest(edited('maxLag: 15m', 'restarts: 3, deadMan: on, resources: { zeo: { start: 60s } }')),
      digest(goodYaml),
    );
  });

  test('does not depend on what the group does not use', () => {
    assert.equal(digest(edited('deadtime: 10s', 'deadtime: 20s')), digest(goodYaml));
    assert.equal(digest(edited('name: lan', 'name: wan'), `# comment\n${goodHaresources}`), digest(goodYaml));
  });

  const changes: readonly (readonly [string, string, string])[] = [
    ['maxLag', edited('15m', '16m'), goodHaresources],
    ['data', edited('data: copied', 'data: shared'), goodHaresources],
    ['restarts', edited('maxLag: 15m', 'restarts: 4'), goodHaresources],
    ['restartWindow', edited('maxLag: 15m', 'restartWindow: 1m'), goodHaresources],
    ['deadMan', edited('maxLag: 15m', 'deadMan: off'), goodHaresources],
    ['start', edited('maxLag: 15m', 'resources: { zeo: { start: 1s } }'), goodHaresources],
    ['stop', edited('maxLag: 15m', 'resources: { zeo: { stop: 1s } }'), goodHaresources],
    ['status', edited('maxLag: 15m', 'resources: { zeo: { status: 1s } }'), goodHaresources],
    ['sync', edited('maxLag: 15m', 'resources: { zeo: { sync: 1s } }'), goodHaresources],
    ['monitor', edited('maxLag: 15m', 'resources: { zeo: { monitor: 1s } }'), goodHaresources],
    ['side', edited('maxLag: 15m', 'resources: { zeo: { side: standby } }'), goodHaresources],
    ['node', goodYaml, goodHaresources.replace('node1', 'node2')],
    ['an argument', goodYaml, goodHaresources.replace('zeo::/opt', 'zeo::/srv')],
    ['the order', goodYaml, 'node1 192.168.1.50/24/eth0 zeo::/opt/zope/instance0 syncer::/opt/zope/instance0\n'],
    ['the name', edited('  zeo:', '  site:'), `# group: site\n${goodHaresources}`],
  ];
  for (const [name, yaml, haresources] of changes) {
    test(`depends on ${name}`, () => {
      assert.notEqual(digest(yaml, haresources), digest(goodYaml));
    });
  }
});

suite('the bounds that are promised:', () => {
  const bound = (yaml: string, id: string): { readonly ms: number | undefined; readonly sentence: string } => {
    const found = boundsOf(good({ yaml })).find((one) => one.id === id);
    assert(found);
    return found;
  };

  const rows: ReadonlyArray<{
    readonly name: string;
    readonly yaml: string;
    readonly id: string;
    readonly ms: number | undefined;
  }> = [
    { name: 'takeover after deadtime', yaml: goodYaml, id: 'takeover', ms: 10_000 },
    {
      name: 'takeover after the lease where it is always waited out',
      yaml: `${edited('deadtime: 10s', 'deadtime: 10s, lease: 12s')}takeover: { strict: on }\n`,
      id: 'takeover',
      ms: 14_000,
    },
    {
      name: 'no takeover by itself by hand',
      yaml: `${goodYaml}takeover: { mode: manual }\n`,
      id: 'takeover',
      ms: undefined,
    },
    { name: 'no overlap in a planned move', yaml: goodYaml, id: 'planned-move', ms: 0 },
    { name: 'no overlap of an address whose lease ends in time', yaml: goodYaml, id: 'address-overlap-hang', ms: 0 },
    {
      name: 'an overlap where it ends later',
      yaml: goodYaml.replace(/^timing:.*$/m, 'timing: { keepalive: 100ms, deadtime: 500ms }'),
      id: 'address-overlap-hang',
      ms: 3500,
    },
    {
      name: 'services stop after deadtime and their timeouts',
      yaml: goodYaml,
      id: 'service-overlap-hang',
      ms: 130_000,
    },
    {
      name: 'services go on without a dead-man order',
      yaml: edited('maxLag: 15m', 'deadMan: off'),
      id: 'service-overlap-hang',
      ms: undefined,
    },
    { name: 'a split ends with contact', yaml: goodYaml, id: 'overlap-split', ms: 122_000 },
    { name: 'no split by hand', yaml: `${goodYaml}takeover: { mode: manual }\n`, id: 'overlap-split', ms: 0 },
    { name: 'copied data may lag', yaml: goodYaml, id: 'lost-writes', ms: 900_000 },
    {
      name: 'a takeover waits for three beats of a slow line',
      yaml: edited('115200', '2400').replace(/^timing:.*$/m, 'timing: { keepalive: 200ms, deadtime: 2s }'),
      id: 'takeover',
      ms: 5400,
    },
    { name: 'a slow line beats at its own pace', yaml: edited('115200', '2400'), id: 'slow-channel', ms: 1800 },
  ];
  for (const { name, yaml, id, ms } of rows) {
    test(name, () => {
      assert.equal(bound(yaml, id).ms, ms);
    });
  }

  test('an address outlives a stall by its lease at the most', () => {
    assert.equal(bound(goodYaml, 'address-overlap-stall').ms, 9000);
    assert.equal(bound(`${goodYaml}takeover: { mode: manual }\n`, 'address-overlap-stall').ms, 0);
  });

  test('each is a sentence, and each that is not zero says what improves it', () => {
    for (const { sentence, ms, improve } of boundsOf(good())) {
      assert.match(sentence, /^[a-z].{20,}/);
      assert(ms === 0 || improve !== undefined, sentence);
    }
  });
});
