import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { notesOf, promiseOf, promiseRows } from '../../src/config/promises.ts';
import { good, goodYaml } from './fixtures.ts';

const udp = '  - udp: { node1: 192.168.80.2, node2: 192.168.80.1 }\n';
const oneMedium = `cluster: plone\nnodes: [node1, node2]\nchannels:\n${udp}`;
const twoMedia = `${oneMedium}  - udp: { node1: 192.168.1.10, node2: 192.168.1.11 }\n`;
const twoOf = (medium: string): string =>
  `${oneMedium}    medium: ${medium}\n${udp.replaceAll('80.', '81.')}    medium: ${medium}\n`;

suite('what a configuration promises about two active nodes:', () => {
  const cases: readonly (readonly [string, string])[] = [
    [`${twoMedia}takeover: { mode: manual }\n`, 'manual'],
    [oneMedium, 'one-medium'],
    [twoOf('switch'), 'one-medium'],
    [`${oneMedium}takeover: { singleChannel: on }\n`, 'single-channel'],
    [`${twoMedia}takeover: { singleChannel: on }\n`, 'single-channel'],
    [`${twoMedia}takeover: { strict: on }\n`, 'strict'],
    [goodYaml, 'serial'],
    [twoMedia, 'two-media'],
  ];
  for (const [yaml, row] of cases) {
    test(`${row}: ${yaml.slice(oneMedium.length).replaceAll('\n', ' ').slice(0, 60)}`, () => {
      assert.equal(promiseOf(good({ yaml })).id, row);
    });
  }

  test('every row without a guard is that of some configuration, and none is a word too much', () => {
    const shown = new Set(cases.map(([, row]) => row));
    for (const { id, guards } of promiseRows) assert(guards.length > 0 || shown.has(id), id);
    assert.equal(new Set(promiseRows.map(({ id }) => id)).size, promiseRows.length);
  });

  test('ping targets and a missing dead-man order are said beside it', () => {
    const ping = `${goodYaml}guards: { ping: { targets: [192.168.1.1] } }\n`;
    assert.deepEqual(
      notesOf(good({ yaml: ping })).map(({ id }) => id),
      ['ping'],
    );
    const free = goodYaml.replace('maxLag: 15m', 'deadMan: off');
    assert.deepEqual(
      notesOf(good({ yaml: free })).map(({ id }) => id),
      ['dead-man-off'],
    );
  });
});
