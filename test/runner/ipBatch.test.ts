import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
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

test('what ip answered while the runner stood still counts', async (t) => {
  const problems: string[] = [];
  const batch = new IpBatch((sentence) => problems.push(sentence));
  t.after(() => batch.close());
  await batch.run('address show dev lo');
  const asked = batch.run('address show to 127.0.0.1/32');
  standStillMs(3200);
  assert.match((await asked).lines.join(), /inet 127\.0\.0\.1/);
  assert.deepEqual(problems, []);
});

test('an ip that is given up answers no command of the next one, even if it answers in that moment', async (t) => {
  let pid = 0;
  const problems: string[] = [];
  const batch = new IpBatch((sentence) => {
    problems.push(sentence);
    if (problems.length > 1) return;
    process.kill(pid, 'SIGCONT');
    standStillMs(100);
  });
  t.after(() => batch.close());
  await batch.run('address show dev lo');
  pid = Number(readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').at(-1));
  process.kill(pid, 'SIGSTOP');
  const { ok, problem } = await batch.run('address show dev lo');
  assert.deepEqual({ ok, problem }, { ok: false, problem: 'no answer' });
  assert.match(problems[0] ?? '', /ip did not answer within 3000 ms: address show dev lo/);
  const route = await batch.run('route get 127.0.0.1');
  assert.match(route.lines.join(), /^local 127\.0\.0\.1 dev lo/);
});
