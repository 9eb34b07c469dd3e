import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { isHeldByFatals, noteFatal } from '../../src/daemon/holdMode.ts';

const root = await mkdtemp(join(tmpdir(), 'twinbeat-hold-'));
after(() => rm(root, { recursive: true, force: true }));

const cases: readonly { readonly name: string; readonly fatals: readonly number[]; readonly isHeld: boolean }[] = [
  { name: 'never broke', fatals: [], isHeld: false },
  { name: 'broke once', fatals: [-1_000], isHeld: false },
  { name: 'broke twice within a minute, just now', fatals: [-30_000, -1_000], isHeld: true },
  { name: 'broke twice, more than a minute apart', fatals: [-70_000, -1_000], isHeld: false },
  { name: 'broke twice within a minute, long ago', fatals: [-500_000, -490_000], isHeld: false },
  { name: 'broke often: the last two count', fatals: [-900_000, -20_000, -10_000], isHeld: true },
  { name: 'broke twice, and the clock was set back by a day since', fatals: [86_400_000, 86_410_000], isHeld: false },
];

for (const { name, fatals, isHeld } of cases) {
  test(`a daemon that ${name} ${isHeld ? 'holds' : 'decides'}`, async () => {
    const directory = await mkdtemp(join(root, 'state-'));
    const nowMs = 1_800_000_000_000;
    for (const agoMs of fatals) await noteFatal(directory, nowMs + agoMs);
    assert.equal(await isHeldByFatals(directory, nowMs), isHeld);
  });
}

test('a file that says nothing of sense holds nobody', async () => {
  for (const text of ['', '{', '{}', '[1,"2"]', '["a","b"]', 'null', '[null, null]']) {
    const directory = await mkdtemp(join(root, 'state-'));
    await writeFile(join(directory, 'fatal.json'), text);
    assert.equal(await isHeldByFatals(directory, 1), false, text);
  }
});

test('a file of somebody else is written over, to its end', async () => {
  const directory = await mkdtemp(join(root, 'state-'));
  await writeFile(join(directory, 'fatal.json'), 'x'.repeat(500));
  await noteFatal(directory, 1_000);
  await noteFatal(directory, 2_000);
  assert.equal(await isHeldByFatals(directory, 3_000), true);
});

test('a directory that cannot be written fails nobody', async () => {
  await noteFatal('/nowhere/at/all', 1);
});
