import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { userId } from '../../src/control/groupId.ts';

const launcher = join(import.meta.dirname, '..', '..', 'bin', 'twinbeat-runner');

test('a runner that a service manager started says that it is ready, once its socket is open', async (t) => {
  const folder = newFolder(t);
  const said = join(folder, 'said');
  // Instead of systemd-notify(1), which not every machine has.
  const fake = `#!/bin/sh\n[ -S '${folder}/run/runner.sock' ] && echo "$NOTIFY_SOCKET $*" > '${said}'\n`;
  writeFileSync(join(folder, 'systemd-notify'), fake, { mode: 0o755 });
  const environment = { NOTIFY_SOCKET: '/nowhere/notify', PATH: `${folder}:${process.env['PATH']}` };
  start(t, folder, [], environment);
  await until('a word', () => existsSync(said) && readFileSync(said, 'utf8') !== '');
  assert.equal(readFileSync(said, 'utf8'), '/nowhere/notify --ready\n');
});

test('the socket of the runner is for the user that it was told, and for nobody else', async (t) => {
  const folder = newFolder(t);
  // Only root may give a file away.
  const name = process.getuid?.() === 0 ? 'nobody' : userInfo().username;
  start(t, folder, ['--socket-user', name]);
  const socket = join(folder, 'run', 'runner.sock');
  await until('socket', () => existsSync(socket) && statSync(socket).uid === userId(name));
  assert.equal(statSync(socket).mode & 0o777, 0o600);
});

test('a user that does not exist is named, and nothing listens', (t) => {
  const folder = newFolder(t);
  const ran = spawnSync(launcher, words(folder, '--socket-user', 'no-such-user'), { encoding: 'utf8' });
  assert.equal(ran.status, 1);
  assert.match(ran.stderr, /there is no user no-such-user on this machine/);
  assert.equal(existsSync(join(folder, 'run', 'runner.sock')), false);
});

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'twinbeat-runner-service-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'run'));
  return folder;
}

function words(folder: string, ...more: readonly string[]): readonly string[] {
  const folders = ['--run-dir', join(folder, 'run'), '--state-dir', folder];
  return ['--config', join(folder, 'twinbeat.yaml'), '--node', 'node1', ...folders, ...more];
}

function start(
  t: TestContext,
  folder: string,
  more: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcess {
  const options = { env: { ...process.env, ...environment }, stdio: 'ignore' } as const;
  const child = spawn(launcher, words(folder, ...more), options);
  t.after(async () => {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  });
  return child;
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (const endMs = performance.now() + 20_000; !isSo(); await sleep(20)) {
    if (performance.now() > endMs) throw new Error(`no ${what} within 20 s`);
  }
}
