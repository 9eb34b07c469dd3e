import assert from 'node:assert/strict';
import childProcess, { spawnSync } from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { announceByArping } from '../../src/runner/arping.ts';
import { IpBatch } from '../../src/runner/ipBatch.ts';
import { Links } from '../../src/runner/links.ts';
import { pingByCommand } from '../../src/runner/pingByCommand.ts';
import { waitFor } from './machine/runnerUnderTest.ts';

const child = join(import.meta.dirname, 'machine', 'withoutFilesChild.ts');

/** `spawn` as it is where the machine has no memory left; returns how there is some again. */
function takeMemory(t: TestContext): () => void {
  const mocked = t.mock.method(childProcess, 'spawn', () => {
    throw new Error('spawn ENOMEM');
  });
  syncBuiltinESMExports();
  const giveBack = (): void => {
    mocked.mock.restore();
    syncBuiltinESMExports();
  };
  t.after(giveBack);
  return giveBack;
}

test('without memory for another process ip fails with a sentence, and is started when there is some', async (t) => {
  const giveBack = takeMemory(t);
  const problems: string[] = [];
  const batch = new IpBatch((sentence) => problems.push(sentence));
  t.after(() => batch.close());
  const answer = await batch.run('address show dev lo');
  assert.deepEqual(answer, { ok: false, lines: [], problem: 'ip cannot be started: spawn ENOMEM' });
  assert.deepEqual(problems, ['the persistent ip process cannot be started: spawn ENOMEM']);
  giveBack();
  assert.equal((await batch.run('address show dev lo')).ok, true);
});

test('without memory for another process the links are read later', async (t) => {
  const giveBack = takeMemory(t);
  const problems: string[] = [];
  const links = new Links({ onChange: () => undefined, onProblem: (sentence) => problems.push(sentence) });
  t.after(() => links.close());
  await links.open();
  assert.deepEqual(problems, ['ip monitor: spawn ENOMEM', 'ip link show: spawn ENOMEM']);
  giveBack();
  assert.ok(await waitFor(() => links.find('lo') !== undefined));
});

test('without memory for another process a target is not asked, and nothing is announced', async (t) => {
  takeMemory(t);
  const asked = await pingByCommand('127.0.0.1', 500);
  assert.deepEqual(asked, { kind: 'unsent', detail: 'ping (package iputils-ping): spawn ENOMEM' });
  announceByArping({ address: '10.77.0.9', family: 4, device: 'lo' });
});

test('a process that has no file descriptor left answers every call with a failure, and goes on', () => {
  const words = ['-c', 'ulimit -n 60 && exec "$0" "$1"', process.execPath, child];
  const { status, stdout, stderr } = spawnSync('sh', words, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), {
    ip: 'ip cannot be started: too many open files',
    ping: 'unsent',
    script: 'notStarted',
    problems: [
      'the persistent ip process cannot be started: too many open files',
      'ip monitor: too many open files',
      'ip link show: too many open files',
    ],
    afterwards: 'exited',
  });
});
