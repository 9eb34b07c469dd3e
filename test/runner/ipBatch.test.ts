import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IpBatch } from '../../src/runner/ipBatch.ts';
import { standStillMs } from './machine/standStill.ts';

test('after a runner has stood still no ip command gets the answer of another', async (t) => {
  const batch = new IpBatch(() => undefined);
  t.after(() => batch.close());
  await batch.run('address show dev lo');
  const before = batch.run('address show dev lo');
  standStillMs(3200);
  await before;
  const route = await batch.run('route get 127.0.0.1');
  assert.match(route.lines.join(), /^local 127\.0\.0\.1 dev lo/);
  assert.equal((await batch.run('address show dev nowhere')).ok, false);
});
