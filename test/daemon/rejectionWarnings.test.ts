import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeConfigOf } from '../../src/config/nodeConfigOf.ts';
import { rejectionWarnings } from '../../src/daemon/rejectionWarnings.ts';
import { good } from '../config/fixtures.ts';

const config = nodeConfigOf(good(), 'node1', { isObserver: false });

test('what refused packets mean is told with the channels, the reason and what to type', () => {
  const warnings = rejectionWarnings(config, [{ 'unknown-key': 50 }, { 'unknown-key': 3, 'wrong-channel': 9 }, {}]);
  assert.deepEqual(
    warnings.map(({ id, sentence }) => `${id}: ${sentence}`),
    [
      'rejected-unknown-key: packets on cross, lan are not believed (unknown-key): they are signed with a key that node1 does not have',
      'rejected-wrong-channel: packets on lan are not believed (wrong-channel): node2 sent them on another channel: two cables are swapped, or the nodes list their channels in different orders',
    ],
  );
  for (const { next } of warnings) assert.notEqual(next, '');
});

test('noise, and a beat or two around a change, are no warning', () => {
  assert.deepEqual(rejectionWarnings(config, [{ 'too-short': 900, 'bad-magic': 900, 'bad-mac': 2 }, {}, {}]), []);
});
