import assert from 'node:assert/strict';
import { test } from 'node:test';

import { cutNames, parseCut } from '../../lab/cuts.ts';

test('every cut that is offered can be read', () => {
  assert.deepEqual(
    cutNames.filter((name) => parseCut(name) === undefined),
    [],
  );
  assert.deepEqual(parseCut('serial:node2>node1'), { kind: 'one-way', link: 'serial', from: 'node2', to: 'node1' });
});

const wrong = [
  '',
  'wan',
  'lan:',
  'lan:node3',
  'cross:node1',
  'serial:client',
  'lan:node1>',
  'lan:node1>node1',
  'lan:>node1',
  'lan:node1>node2>node1',
  'lan:node1>client',
  'lan:node1:node2',
  'LAN',
  'lan ',
];
for (const name of wrong) {
  test(`"${name}" is no cut`, () => {
    assert.equal(parseCut(name), undefined);
  });
}
