import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';

import { readMachineFacts } from '../../src/adapters/machineFacts.ts';

test('memory, load and disk are percentages and a load', async () => {
  const facts = await readMachineFacts(tmpdir());
  assert.ok(facts.memoryUsedPct > 0 && facts.memoryUsedPct < 100);
  assert.ok(facts.load1 >= 0);
  assert.ok(facts.diskUsedPct !== null && facts.diskUsedPct >= 0 && facts.diskUsedPct <= 100);
});

test('a directory that is gone costs only the figure of the disk', async () => {
  assert.equal((await readMachineFacts('/nowhere/at/all')).diskUsedPct, null);
});
