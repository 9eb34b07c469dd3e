import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { type Finished, runCommand } from '../../lab/command.ts';
import { isPossible } from '../../lab/forTest.ts';

const dir = mkdtempSync(join(tmpdir(), 'twinbeat-labtool-'));
after(async () => {
  await tool('down');
  rmSync(dir, { recursive: true, force: true });
});

test('without a lab each verb says how to start one', async () => {
  for (const words of [['status'], ['cut', 'lan'], ['exec', 'node1', '--', 'true'], ['down']]) {
    const { code, stderr } = await tool(...words);
    assert.deepEqual([code, stderr.trim()], [1, 'no lab is up: start one with `npm run lab up`']);
  }
});

test('wrong words are answered with the usage and exit code 2', async () => {
  for (const words of [['frob'], ['exec'], ['cut'], ['up', '--cfg', 'x']]) {
    const { code, stderr } = await tool(...words);
    assert.equal(code, 2);
    assert.match(stderr, /usage: npm run lab VERB/);
  }
});

test('a lab is brought up, looked at, broken, mended and taken down by hand', { timeout: 240_000 }, async (t) => {
  if (!isPossible(t)) return;
  writeFileSync(join(dir, 'mine'), 'kept');
  // What a killed lab leaves.
  writeFileSync(join(dir, 'socket'), '');
  assert.match(await ok('up'), /^node1 {3}on {6}[0-9a-f-]{36}/);
  assert.match((await tool('up')).stderr, /a lab is up already/);
  assert.equal(await ok('exec', 'node1', '--', 'hostname'), 'node1\n');
  assert.equal(await ok('client', 'hostname'), 'client\n');
  assert.equal((await tool('exec', 'node2', '--', 'sh', '-c', 'exit 7')).code, 7);
  await ok('cut', 'cross', 'lan:node1');
  assert.match(await ok('status'), /^cut: cross lan:node1$/m);
  await ok('mend', 'all');
  assert.match(await ok('kill', 'node1'), /power cut of node1: done in \d+ ms/);
  assert.match(await ok('status'), /^node1 {3}off/m);
  assert.match((await tool('exec', 'node1', 'true')).stderr, /node1 is off: boot it first/);
  await ok('boot', 'node1');
  await ok('freeze', 'node2');
  assert.match(await ok('status'), /^node2 {3}frozen/m);
  await ok('thaw', 'node2');
  assert.match((await tool('kill', 'nobody')).stderr, /no host "nobody"; there are: node1 node2 client/);
  assert.equal(await ok('down'), 'the lab is down\n');
  assert.equal(existsSync(join(dir, 'socket')), false);
  assert.equal(existsSync(join(dir, 'mine')), true);
});

async function tool(...words: readonly string[]): Promise<Finished> {
  const main = fileURLToPath(new URL('../../lab/main.ts', import.meta.url));
  const env = { ...(process.env as Record<string, string>), TWINBEAT_LAB_DIR: dir };
  return await runCommand([process.execPath, main, ...words], { env, timeoutMs: 40_000 });
}

async function ok(...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await tool(...words);
  assert.equal(code, 0, `${words.join(' ')}: ${stderr}`);
  return stdout;
}
