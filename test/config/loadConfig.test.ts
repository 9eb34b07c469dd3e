import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';

import { good, goodAuthkeys, goodHaresources, goodYaml, load, problemsOf, render, warningsOf } from './fixtures.ts';

/** Word by word from the design. */
const smallest = `cluster: plone
nodes: [node1, node2]
channels:
  - udp: { node1: 192.168.80.2, node2: 192.168.80.1 }        # port 694
  - udp: { node1: 192.168.1.10, node2: 192.168.1.11 }
  - serial: { device: /dev/ttyS0, baud: 115200 }              # device: may be { node1: …, node2: … }
timing: { keepalive: 500ms, warntime: 3s, deadtime: 10s, initdead: 60s }   # defaults for copied data without a guard
`;

suite('loading a config:', () => {
  test('the smallest config loads without a warning', () => {
    assert.deepEqual(warningsOf({ yaml: smallest }), []);
    const { channels, nodes, cluster } = good({ yaml: smallest });
    assert.equal(cluster, 'plone');
    assert.deepEqual(nodes, ['node1', 'node2']);
    assert.deepEqual(
      channels.map(({ name, medium }) => [name, medium]),
      [
        ['udp0', 'udp0'],
        ['udp1', 'udp1'],
        ['serial0', 'serial0'],
      ],
    );
  });

  test('a demo with short timings is warned of them, and of nothing else', () => {
    const yaml = goodYaml.replace(/^timing:.*$/m, 'timing: { keepalive: 100ms, warntime: 250ms, deadtime: 500ms }');
    const says = warningsOf({ yaml });
    assert.equal(says.length, 1);
    assert.match(says[0] ?? '', /^twinbeat\.yaml:9:46: deadtime 500ms is short for copied data \(group zeo\)/);
  });

  test('the shipped example loads without a warning', () => {
    const read = (name: string): string => readFileSync(new URL(`../../etc/${name}`, import.meta.url), 'utf8');
    const texts = { yaml: read('twinbeat.yaml'), haresources: read('haresources') };
    assert.deepEqual(warningsOf(texts), []);
    const [group] = good(texts).groups;
    assert.equal(group?.name, 'site');
    assert.equal(group.resources.find(({ name }) => name.startsWith('zeo'))?.startTimeoutMs, 90_000);
  });

  test('the shipped authkeys holds no key that could be used by mistake', () => {
    const authkeys = readFileSync(new URL('../../etc/authkeys', import.meta.url), 'utf8');
    assert.deepEqual(problemsOf({ authkeys }), ['authkeys:1:1: there is no key']);
  });

  test('every problem of every file is reported at once', (t) => {
    const texts = {
      yaml: `cluster: de mo
node: [node1, node2]
channels:
  - udp: { node1: 192.168.80.2, node2: db1.example.org }
  - multicast: { interface: eth0, group: 224.0.0.1 }
  - serial: { device: ttyS0, baud: 100 }
timing: { deadtme: 10s, keepalive: 5 }
groups:
  zoe: { data: copy }
fence: none
`,
      haresources: 'node1 192.168.1.300 zeo\nnode1\n# group: The Site\nnode2 10.0.0.9/33 a:b \\\n',
      authkeys: '1 sha1 short\n2 crc\nauth 3\n',
      mode: 0o644,
    };
    const loaded = load(texts);
    assert(!loaded.ok);
    const rendered = [
      ...loaded.problems.map((problem) => render(problem, texts)),
      '-- warnings',
      ...loaded.warnings.map((problem) => render(problem, texts)),
      '',
    ].join('\n');
    t.assert.fileSnapshot(rendered, new URL('golden/everyProblem.txt', import.meta.url).pathname, {
      serializers: [(text: unknown) => String(text)],
    });
  });

  test('a problem in one part hides none in another', () => {
    const says = problemsOf({
      yaml: goodYaml.replace('cluster: demo', 'cluster: [demo]').replace('deadtime: 10s', 'deadtime: 1s'),
      haresources: 'node3 10.0.0.1\n',
    });
    assert.equal(says.length, 4);
    assert.match(
      says.join('\n'),
      /cluster: .*\n.*warntime 3s.*\n.*deadtime 1s is less than three.*\n.*"node3" is not one of/,
    );
  });

  test('byte order marks and Windows line ends change nothing', () => {
    const windows = (text: string): string => `\ufeff${text.replaceAll('\n', '\r\n')}`;
    const texts = { yaml: windows(goodYaml), haresources: windows(goodHaresources), authkeys: windows(goodAuthkeys) };
    assert.deepEqual(good(texts), good());
    assert.deepEqual(
      problemsOf({ yaml: windows('cluster: 5\nchannels: []\n') })[0]?.slice(0, 27),
      'twinbeat.yaml:1:1: nodes is',
    );
  });

  test('a pair without haresources holds nothing, and is told so', () => {
    const yaml = goodYaml.replace(/^groups:\n.*\n/m, '');
    const says = warningsOf({ yaml, haresources: null });
    assert.deepEqual(says, ['twinbeat.yaml:1:1: haresources has no line: the nodes watch each other and hold nothing']);
    assert.deepEqual(good({ yaml, haresources: null }).groups, []);
  });

  test('keys are undefined where authkeys was not read', () => {
    assert.equal(good({ authkeys: null }).keys, undefined);
  });

  test('a loaded config has no key that a caller could miss', () => {
    const { keys, ...site } = good();
    assert.deepEqual(
      keys?.keys.map(({ id }) => id),
      [1],
    );
    assert.deepEqual(Object.keys(site), [
      'cluster',
      'nodes',
      'timing',
      'channels',
      'takeover',
      'startupAlone',
      'guards',
      'groups',
    ]);
  });
});
