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

test('where nobody listens one is started, which a later daemon can find and end', async () => {
  const { runDir, process: runner } = await newRunner('sleep', ['20']);
  await runner.ensure();
  const pid = await until(() => findRunner(runDir));
  const [, , , , session] = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(' ').slice(1);
  assert.equal(session, String(pid), 'it is a session of its own, so that it outlives the daemon');
  const later = new RunnerProcess({ runDir, command: 'false', args: [], onNote: () => undefined });
  await later.end();
  await until(async () => ((await findRunner(runDir)) === undefined ? true : undefined));
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
  const runner = new RunnerProcess({ runDir, command, args, onNote: (_, sentence) => notes.push(sentence) });
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
