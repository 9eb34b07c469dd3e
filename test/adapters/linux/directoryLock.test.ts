import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { lockDirectory } from '../../../src/adapters/linux/directoryLock.ts';

const root = await mkdtemp(join(tmpdir(), 'twinbeat-lock-'));
after(() => rm(root, { recursive: true, force: true }));

test('a second daemon is refused the state directory, and told who has it', async () => {
  const directory = await mkdtemp(join(root, 'state-'));
  const first = await lockDirectory(directory);
  assert.ok(first.ok);
  assert.equal(first.warning, undefined);
  const second = await lockDirectory(directory, 100);
  assert.ok(!second.ok);
  assert.equal(second.kind, 'inUse');
  assert.match(second.sentence, new RegExp(`another twinbeatd \\(process ${process.pid}\\) uses`));
  first.release();
  const third = await lockDirectory(directory);
  assert.ok(third.ok);
  third.release();
});

test('a daemon that is started while the one before is still ending gets the directory when that one has ended', async () => {
  const directory = await mkdtemp(join(root, 'state-'));
  const first = await lockDirectory(directory);
  assert.ok(first.ok);
  const second = lockDirectory(directory);
  assert.equal(await Promise.race([second, sleep(200, 'waits')]), 'waits');
  first.release();
  const locked = await second;
  assert.ok(locked.ok);
  locked.release();
});

test('the lock of a killed daemon does not block the next one, even while its child lives', async () => {
  const directory = await mkdtemp(join(root, 'state-'));
  const module = join(import.meta.dirname, '../../../src/adapters/linux/directoryLock.ts');
  const script = `
    const { lockDirectory } = await import(${JSON.stringify(module)});
    const locked = await lockDirectory(process.argv[1]);
    const child = (await import('node:child_process')).spawn('sleep', ['20'], { detached: true, stdio: 'ignore' });
    process.stdout.write(locked.ok + ' ' + child.pid);
    setInterval(() => {}, 1000);`;
  const daemon = spawn(process.execPath, ['--input-type=module', '-e', script, directory]);
  const [said] = (await once(daemon.stdout, 'data')) as [Buffer];
  const [isLocked, childPid] = said.toString().split(' ');
  assert.equal(isLocked, 'true');
  const refused = await lockDirectory(directory, 0);
  assert.equal(refused.ok, false);
  daemon.kill('SIGKILL');
  await once(daemon, 'exit');
  try {
    const locked = await lockDirectory(directory);
    assert.ok(locked.ok);
    locked.release();
  } finally {
    process.kill(Number(childPid), 'SIGKILL');
  }
});

test('a directory that cannot hold a lock is a sentence', async () => {
  const file = join(root, 'a-file');
  await writeFile(file, '');
  const locked = await lockDirectory(file);
  assert.ok(!locked.ok);
  assert.equal(locked.kind, 'unusable');
  assert.match(locked.sentence, /cannot lock the state directory .*ENOTDIR/);
});
