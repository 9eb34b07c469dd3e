import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { boundsOf } from '../../src/config/bounds.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { nodeConfigOf } from '../../src/config/nodeConfigOf.ts';
import { resourcePlanOf } from '../../src/config/plans.ts';
import { renderProblem } from '../../src/config/renderProblem.ts';
import type { SiteConfig } from '../../src/config/siteConfig.ts';

const head = `cluster: plone
nodes: [node1, node2]
channels:
  - udp: { node1: 192.168.80.2, node2: 192.168.80.1 }
  - udp: { node1: 192.168.1.10, node2: 192.168.1.11 }
guards:
  fence:
`;

const ipmi = `    levels:
      - agent: fence_ipmilan
        options: { username: admin, lanplus: on }
        node1: { ip: 10.0.0.1, password: first-secret }
        node2: { ip: 10.0.0.2, password: second-secret }
`;

function load(fence: string, mode?: number): ReturnType<typeof loadConfig> {
  const yaml = { file: 'twinbeat.yaml', text: `${head}${fence}`, ...(mode === undefined ? {} : { mode }) };
  return loadConfig({ yaml, haresources: { file: 'haresources', text: 'node1 192.168.1.50\n' }, authkeys: undefined });
}

function good(fence: string): SiteConfig {
  const loaded = load(fence);
  assert(loaded.ok, loaded.ok ? '' : loaded.problems.map(({ message }) => message).join('\n'));
  return loaded.config;
}

function problemsOf(fence: string): readonly string[] {
  const loaded = load(fence);
  assert(!loaded.ok, 'it is accepted');
  return loaded.problems.map((problem) => renderProblem(problem, `${head}${fence}`));
}

suite('guards: fence', () => {
  test('without more words it reboots, within a minute, with five seconds for the owner, and is tested each ten minutes', () => {
    const { fence } = good(ipmi).guards;
    assert.deepEqual(
      { ...fence, levels: undefined },
      { levels: undefined, delayMs: 5_000, testMs: 600_000, isAtStartup: false },
    );
    const [level] = fence?.levels ?? [];
    assert(level?.kind === 'devices');
    const [device] = level.devices;
    assert.equal(device?.action, 'reboot');
    assert.equal(device?.timeoutMs, 60_000);
    assert.equal(device?.name, 'fence_ipmilan');
  });

  test('a node is fenced with the options for both and its own ones', () => {
    const [level] = resourcePlanOf(good(ipmi), 'node1').fence?.levels ?? [];
    assert(level?.kind === 'devices');
    const [device] = level.devices;
    assert(device?.kind === 'agent');
    assert.deepEqual(device.options, { username: 'admin', lanplus: 'on', ip: '10.0.0.2', password: 'second-secret' });
  });

  test('the head is told no option of a device', () => {
    const config = nodeConfigOf(good(ipmi), 'node1', { isObserver: false });
    assert.doesNotMatch(JSON.stringify(config), /secret|ipmilan|10\.0\.0/);
    assert(config.guards.fence !== undefined && config.guards.fence.attemptMsMax > 60_000);
  });

  test('levels stand in order, may hold several devices, and may end with a person', () => {
    const site = good(`    levels:
      - [{ agent: fence_apc, options: { ip: 10.0.0.9 }, node1: { plug: 1 }, node2: { plug: 2 } }, { agent: fence_apc, options: { ip: 10.0.0.8 }, node1: { plug: 1 }, node2: { plug: 2 } }]
      - command: [/usr/local/sbin/off, "{node}"]
        verify: [/usr/local/sbin/is-off, "{node}"]
        action: off
        timeout: 10s
      - meatware
    delay: 2s
    test: 0s
    startup: on
`);
    const { fence } = site.guards;
    assert.deepEqual(
      fence?.levels.map((level) => (level.kind === 'person' ? 'person' : level.devices.length)),
      [2, 1, 'person'],
    );
    assert.equal(fence?.isAtStartup, true);
    assert.equal(fence?.testMs, 0);
  });

  test('a device that knows one machine only has no part in fencing the other', () => {
    const site = good(`    levels:
      - { agent: fence_ilo, node1: { ip: 10.0.0.1 } }
      - { agent: fence_idrac, node2: { ip: 10.0.0.2 } }
`);
    const planned = resourcePlanOf(site, 'node1').fence?.levels ?? [];
    assert.equal(planned.length, 1);
    assert.deepEqual(planned[0]?.kind === 'devices' && planned[0].devices.map(({ name }) => name), ['fence_idrac']);
  });

  test('every mistake is told with its place', () => {
    const wrong: readonly (readonly [string, RegExp])[] = [
      ['    levels: []\n', /:8:13: .*there is no level/],
      ['    levels: [meatware, meatware]\n', /:8:14: .*nothing after meatware/],
      ['    levels: [{ agent: ipmilan, node1: {}, node2: {} }]\n', /:8:23: .*write the name of an agent/],
      ['    levels: [{ agent: fence_x }]\n', /:8:14: .*which machine is which/],
      ['    levels: [{ agent: fence_x, node1: {} }]\n', /:8:13: .*nothing here can fence node2/],
      ['    levels: [{ agent: fence_x, node1: {}, node2: { action: on } }]\n', /:8:\d+: .*is not an option/],
      ['    levels: [{ agent: fence_x, node1: {}, node2: { "a=b": on } }]\n', /their names have letters/],
      ['    levels: [{ agent: fence_x, node1: {}, node2: { plug: "1\\naction=on" } }]\n', /without line breaks/],
      ['    levels: [{ command: [off] }]\n', /:8:\d+: .*its whole path/],
      ['    levels: [{ command: /sbin/off }]\n', /its whole path/],
      ['    levels: [{ command: [/sbin/off], node1: {} }]\n', /options are for agents/],
      ['    levels: [{ agent: fence_x, command: [/sbin/off], node1: {} }]\n', /agent or command, not both/],
      ['    levels: [{ agent: fence_x, verify: [/sbin/off], node1: {}, node2: {} }]\n', /verify belongs to command/],
      ['    levels: [[meatware]]\n', /meatware is a level of its own/],
      ['    levels: [{ agent: fence_x, nodeX: {} }]\n', /unknown key "nodeX"/],
      ['    levels: [meatware]\n    timeout: 10ms\n', /:9:14: .*less than 1s/],
      ['    levels: [meatware]\n    action: cycle\n', /action is off/],
      ['    delay: 5s\n', /levels is missing/],
    ];
    for (const [fence, expected] of wrong) assert.match(problemsOf(fence).join('\n'), expected, fence);
  });

  test('a node whose name every object knows is fenced by what stands there for it, and by nothing else', () => {
    const yaml = (fence: string): { readonly file: string; readonly text: string } => ({
      file: 'twinbeat.yaml',
      text: `${head}${fence}`.replaceAll('node2', 'constructor'),
    });
    const haresources = { file: 'haresources', text: 'node1 192.168.1.50\n' };
    const without = '    levels: [{ agent: fence_x, node1: { ip: 10.0.0.1 } }]\n';
    const refused = loadConfig({ yaml: yaml(without), haresources, authkeys: undefined });
    assert(!refused.ok, 'it is accepted');
    assert.match(refused.problems.map(({ message }) => message).join('\n'), /nothing here can fence constructor/);
    const one =
      '    levels:\n      - { agent: fence_x, node1: {} }\n      - { agent: fence_y, node2: { ip: 10.0.0.2 } }\n';
    const loaded = loadConfig({ yaml: yaml(one), haresources, authkeys: undefined });
    assert(loaded.ok);
    const levels = resourcePlanOf(loaded.config, 'node1').fence?.levels ?? [];
    const names = levels.flatMap((level) => (level.kind === 'devices' ? level.devices.map(({ name }) => name) : []));
    assert.deepEqual(names, ['fence_y']);
  });

  test('a password is shown by no problem', () => {
    const texts = problemsOf(`    levels:
      - agent: fence_ipmilan
        node1: { ip: 10.0.0.1, password: first-secret, port: [1] }
        node2: { ip: 10.0.0.2, passwd: [second-secret] }
        nonsense: { api_key: third-secret
`);
    assert(texts.length > 0);
    assert.doesNotMatch(texts.join('\n'), /secret/);
  });

  test('a file with a password that everybody may read is warned about, one without is not', () => {
    const warned = load(ipmi, 0o644);
    assert(warned.ok);
    const sentence = warned.warnings.map(({ message }) => message).join('\n');
    assert.match(sentence, /password of the fence.*mode 0644/);
    assert.doesNotMatch(sentence, /secret/);
    for (const [fence, mode] of [
      [ipmi, 0o640],
      [ipmi.replaceAll('password:', 'password_script:'), 0o644],
      ['    levels: [meatware]\n', 0o644],
    ] as const) {
      const loaded = load(fence, mode);
      assert(loaded.ok);
      assert.doesNotMatch(loaded.warnings.map(({ message }) => message).join('\n'), /password/);
    }
  });

  test('with a fence no bound rests on silence, and one medium is no reason to warn', () => {
    const oneMedium = `cluster: plone
nodes: [node1, node2]
channels: [{ udp: { node1: 192.168.80.2, node2: 192.168.80.1 } }]
guards:
  fence:
${ipmi}`;
    const files = { haresources: { file: 'haresources', text: 'node1 192.168.1.50\n' }, authkeys: undefined };
    const loaded = loadConfig({ yaml: { file: 'twinbeat.yaml', text: oneMedium }, ...files });
    assert(loaded.ok);
    assert.deepEqual(loaded.warnings, []);
    const bounds = new Map(boundsOf(loaded.config).map((bound) => [bound.id, bound]));
    for (const id of [
      'address-overlap-hang',
      'address-overlap-stall',
      'service-overlap-hang',
      'overlap-split',
    ] as const) {
      assert.equal(bounds.get(id)?.ms, 0, id);
      assert.match(bounds.get(id)?.sentence ?? '', /while the fence tells the truth/);
    }
    assert.match(bounds.get('takeover')?.sentence ?? '', /fences it 7 s later/);
    const person = loadConfig({ yaml: { file: 'twinbeat.yaml', text: `${head}    levels: [meatware]\n` }, ...files });
    assert(person.ok);
    assert.match(person.warnings.map(({ message }) => message).join(), /the fence is a person/);
    assert.equal(boundsOf(person.config).find(({ id }) => id === 'takeover')?.ms, undefined);
  });
});
