import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { findRunner } from '../../src/daemon/runnerPid.ts';
import { RunnerProcess } from '../../src/daemon/runnerProcess.ts';

const started: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of started.splice(0)) await end();
});

test('where somebody listens no runner is started', async () => {
  const { runDir, notes, process: runner } = await newRunner('sleep', ['20']);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(runDir, 'runner.sock'), resolve));
  await runner.ensure();
  await sleep(50);
  assert.deepEqual(notes, []);
  server.close();
});

test('where the one that listened is gone before it was of any use, another one is started', async () => {
  const { runDir, notes, process: runner } = await newRunner('sleep', ['20']);
  const leaving = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => leaving.listen(join(runDir, 'runner.sock'), resolve));
  await runner.ensure();
  leaving.close();
  assert(await until(() => findRunner(runDir)));
  assert.match(notes.join('\n'), /started sleep/);
});

test('a runner that the head is connected to is left alone, and another one is started when it is lost', async () => {
  const { runDir, notes, process: runner } = await newRunner('sleep', ['20']);
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(join(runDir, 'runner.sock'), resolve));
  await runner.ensure();
  runner.noteConnected();
  server.close();
  await sleep(1500);
  assert.deepEqual(notes, []);
  runner.noteLost();
  assert(await until(() => findRunner(runDir)));
});

test('where nobody listens one is started, which a later daemon can find and end', async () => {
  const { runDir, process: runner } = await newRunner('sleep', ['20']);
  await runner.ensure();
  const pid = await until(() => findRunner(runDir));
  const [, , , , session] = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ').slice(1);
  assert.equal(session, String(pid), 'it is a session of its own, so that it outlives the daemon');
  const later = new RunnerProcess({ runDir, command: 'false', args: [] });
  await later.end();
  await until(async () => ((await findRunner(runDir)) === undefined ? true : undefined));
});

test('a daemon that cannot begin ends the runner that it started', async () => {
  const { runDir, process: runner } = await newRunner('sleep', ['20']);
  await runner.ensure();
  await until(() => findRunner(runDir));
  runner.abandon();
  await until(async () => ((await findRunner(runDir)) === undefined ? true : undefined));
});

test('a daemon that cannot begin leaves the runner of another one alone', async () => {
  const { runDir, process: other } = await newRunner('sleep', ['20']);
  await other.ensure();
  const pid = await until(() => findRunner(runDir));
  new RunnerProcess({ runDir, command: 'false', args: [] }).abandon();
  await sleep(50);
  assert.equal(await findRunner(runDir), pid);
});

test('what happened before anybody listened is told then', async () => {
  const runDir = await mkdtemp(join(tmpdir(), 'twinbeat-keeper-'));
  const runner = new RunnerProcess({ runDir, command: '/nowhere/at/all', args: [] });
  started.push(async () => {
    runner.leave();
    await rm(runDir, { recursive: true, force: true });
  });
  await runner.ensure();
  await sleep(50);
  const notes: string[] = [];
  runner.noteTo((level, sentence) => notes.push(`${level}: ${sentence}`));
  assert.match(notes.join('\n'), /^error: the runner could not be started: .*ENOENT/);
});

test('the runner does not speak to systemd in the name of the daemon', async (t) => {
  process.env['NOTIFY_SOCKET'] = '/run/nobody';
  t.after(() => delete process.env['NOTIFY_SOCKET']);
  const { runDir, process: runner } = await newRunner('sleep', ['20']);
  await runner.ensure();
  const pid = await until(() => findRunner(runDir));
  assert.doesNotMatch(await readFile(`/proc/${pid}/environ`, 'utf8'), /NOTIFY_SOCKET/);
});

test('one that dies is started again, after pauses that grow', async () => {
  const { notes, process: runner } = await newRunner('false', []);
  await runner.ensure();
  await until(() => (notes.filter((note) => note.includes('ended with 1')).length >= 2 ? true : undefined));
  assert.match(
    notes.join('\n'),
    /ended with 1; starting it again in 500 ms[\s\S]*ended with 1; starting it again in 1000 ms/,
  );
});

test('a program that is missing is told, and tried again', async () => {
  const { notes, process: runner } = await newRunner('/nowhere/at/all', []);
  await runner.ensure();
  await until(() => (notes.length > 0 ? true : undefined));
  assert.match(notes[0] ?? '', /could not be started: .*ENOENT; starting it again in 500 ms/);
});

test('a program that the kernel refuses to start is told, and tried again', async () => {
  const { notes, process: runner } = await newRunner('/dev/null/twinbeat-runner', []);
  await runner.ensure();
  await until(() => (notes.length > 1 ? true : undefined));
  assert.match(notes[0] ?? '', /could not be started: .*ENOTDIR; starting it again in 500 ms/);
});

test('a daemon that ends while it looks for a runner starts none', async () => {
  const { notes, process: runner } = await newRunner('sleep', ['20']);
  const looking = runner.ensure();
  await runner.end();
  await looking;
  await sleep(100);
  assert.deepEqual(notes, []);
});

test('a number that another process has by now is not taken for the runner', async () => {
  const { runDir } = await newRunner('true', []);
  for (const text of [`${process.pid} 1\n`, `${process.pid}\n`, '', 'x y\n', '-1 5\n', '0 0\n', '1 99999\n']) {
    await writeFile(join(runDir, 'runner.pid'), text);
    assert.equal(await findRunner(runDir), undefined, text);
  }
});

async function newRunner(
  command: string,
  args: readonly string[],
): Promise<{ readonly runDir: string; readonly notes: string[]; readonly process: RunnerProcess }> {
  const runDir = await mkdtemp(join(tmpdir(), 'twinbeat-keeper-'));
  const notes: string[] = [];
  const runner = new RunnerProcess({ runDir, command, args });
  runner.noteTo((_, sentence) => notes.push(sentence));
  started.push(async () => {
    await runner.end();
    await rm(runDir, { recursive: true, force: true });
  });
  return { runDir, notes, process: runner };
}

async function until<T>(ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let tries = 0; tries < 300; tries += 1) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await sleep(10);
  }
  throw new Error('it did not come true within three seconds');
}
