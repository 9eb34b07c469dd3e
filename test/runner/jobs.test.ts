import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readBootId } from '../../src/control/bootId.ts';
import type { ToRunner } from '../../src/control/runnerProtocol.ts';
import { monotonicMs } from '../../src/runner/monotonic.ts';
import { groupOf, makeRunner, type RunnerUnderTest, scriptResource, waitFor } from './machine/runnerUnderTest.ts';

test('a job goes on without a head, and the next head gets its result once', async (t) => {
  const runner = makeRunner(t, []);
  const slow = `slow::${runner.folder}::go`;
  runner.writePlan([groupOf('g', [scriptResource(slow)])]);
  await runner.start();
  const first = await runner.connect();
  const job = first.order('g', slow, 'start', 60_000);
  assert.ok(await waitFor(() => runner.calls().length === 1));
  first.socket.destroy();
  const second = await runner.connectSilently();
  second.send({ type: 'hello', version: 1, incarnation: 'bbbbbbbbbbbbbbbb' });
  const hello = await second.next('hello');
  assert.deepEqual(
    hello.jobs.map((running) => [running.job, running.action, running.resource]),
    [[job, 'start', slow]],
  );
  second.socket.destroy();
  letGo(runner);
  const record = join(runner.runDir, 'jobs', `${job}.json`);
  assert.ok(await waitFor(() => readFileSync(record, 'utf8').includes('"end"')));
  const third = await runner.connect();
  assert.deepEqual(await third.outcomeOf(job), { kind: 'done' });
  const fourth = await runner.connect();
  assert.equal((await fourth.run('g', slow, 'status')).kind, 'running');
  assert.equal(
    fourth.received.some((message) => message.type === 'jobExited'),
    false,
    'the result came twice',
  );
  assert.ok(await waitFor(() => readdirSync(join(runner.runDir, 'jobs')).length === 0));
});

test('a restarted runner knows the script that still runs, waits for it and reports what it achieved', async (t) => {
  const runner = makeRunner(t, []);
  const slow = `slow::${runner.folder}::go`;
  runner.writePlan([groupOf('g', [scriptResource(slow)])]);
  await runner.start();
  const first = await runner.connect();
  const job = first.order('g', slow, 'start', 60_000);
  assert.ok(await waitFor(() => runner.calls().length === 1));
  await runner.kill('SIGKILL');
  await runner.start();
  const second = await runner.connectSilently();
  second.send({ type: 'hello', version: 1, incarnation: 'bbbbbbbbbbbbbbbb' });
  const hello = await second.next('hello');
  assert.deepEqual(
    hello.jobs.map((running) => running.job),
    [job],
  );
  assert.ok(hello.jobs[0]!.sinceMs <= monotonicMs());
  const stop = second.order('g', slow, 'stop');
  letGo(runner);
  assert.deepEqual(await second.outcomeOf(job), {
    kind: 'done',
    note: 'the runner was restarted while it ran; its status says running',
  });
  assert.deepEqual(await second.outcomeOf(stop), { kind: 'done' });
  assert.deepEqual(runner.calls(), ['begun', 'started'], 'the script was not disturbed and not started twice');
});

test('a restarted runner holds an orphaned script to its deadline', async (t) => {
  const runner = makeRunner(t, []);
  const slow = `slow::${runner.folder}::60`;
  runner.writePlan([groupOf('g', [scriptResource(slow)])]);
  await runner.start();
  const first = await runner.connect();
  const job = first.order('g', slow, 'start', 3000);
  assert.ok(await waitFor(() => runner.calls().length === 1));
  await runner.kill('SIGKILL');
  await runner.start();
  const second = await runner.connect();
  const { kind } = await second.outcomeOf(job);
  assert.equal(kind, 'failed');
  assert.deepEqual(runner.calls(), ['begun']);
});

test('a process that got the number of an ended script is not waited for', async (t) => {
  const runner = makeRunner(t, []);
  const slow = `slow::${runner.folder}::0`;
  runner.writePlan([groupOf('g', [scriptResource(slow)])]);
  await runner.start();
  await runner.kill('SIGTERM');
  const spec = { job: 'old-1', group: 'g', resource: slow, action: 'stop', epochCounter: 3, timeoutMs: 60_000 };
  const record = { bootId: readBootId(), spec, sinceMs: monotonicMs(), process: { pid: process.pid, startTicks: 1 } };
  writeFileSync(join(runner.runDir, 'jobs', 'old-1.json'), JSON.stringify(record));
  writeFileSync(join(runner.runDir, 'jobs', 'other-boot.json'), JSON.stringify({ ...record, bootId: 'no' }));
  writeFileSync(join(runner.runDir, 'jobs', 'torn.json'), '{"spec":');
  await runner.start();
  const head = await runner.connect();
  assert.deepEqual(await head.outcomeOf('old-1'), {
    kind: 'done',
    note: 'the runner was restarted while it ran; its status says stopped',
  });
  // The runner removes the record once its result is written, which the head may see first.
  assert.ok(await waitFor(() => readdirSync(join(runner.runDir, 'jobs')).length === 0));
});

test('an order that is given twice is carried out once', async (t) => {
  const runner = makeRunner(t, []);
  const zeo = `recorder::${runner.folder}::zeo`;
  runner.writePlan([groupOf('g', [scriptResource(zeo)])]);
  await runner.start();
  const head = await runner.connect();
  const order: ToRunner = {
    type: 'run',
    job: 'j-1',
    group: 'g',
    resource: zeo,
    action: 'start',
    epochCounter: 1,
    timeoutMs: 5000,
  };
  head.send(order);
  head.send(order);
  assert.deepEqual(await head.outcomeOf('j-1'), { kind: 'done' });
  head.send(order);
  assert.deepEqual(await head.outcomeOf('j-1'), { kind: 'done' });
  assert.deepEqual(runner.calls(), ['status zeo', 'start zeo']);
});

test('jobs that change one resource run one after the other, and its status is answered meanwhile', async (t) => {
  const runner = makeRunner(t, []);
  const slow = `slow::${runner.folder}::go`;
  runner.writePlan([groupOf('g', [scriptResource(slow)])]);
  await runner.start();
  const head = await runner.connect();
  const start = head.order('g', slow, 'start', 60_000);
  const stop = head.order('g', slow, 'stop', 60_000);
  assert.deepEqual(await head.run('g', slow, 'status'), { kind: 'stopped' });
  letGo(runner);
  assert.deepEqual(await head.outcomeOf(start), { kind: 'done' });
  assert.deepEqual(await head.outcomeOf(stop), { kind: 'done' });
  assert.deepEqual(await head.run('g', slow, 'status'), { kind: 'stopped' });
});

test('a start that takes too long is told in whole milliseconds, beside the time that its status check took', async (t) => {
  const runner = makeRunner(t, []);
  const slow = `slow::${runner.folder}::60`;
  runner.writePlan([groupOf('g', [scriptResource(slow)])]);
  await runner.start();
  const head = await runner.connect();
  const outcome = await head.run('g', slow, 'start', 2000);
  assert.match(JSON.stringify(outcome), /"start took longer than [12]\d{3} ms and was ended"/);
});

test('a script that ended in time while the runner stood still is not late', async (t) => {
  const runner = makeRunner(t, []);
  const slow = `slow::${runner.folder}::go`;
  runner.writePlan([groupOf('g', [scriptResource(slow)])]);
  await runner.start();
  const head = await runner.connect();
  const start = head.order('g', slow, 'start', 2000);
  assert.ok(await waitFor(() => runner.calls().length === 1));
  process.kill(runner.pid, 'SIGSTOP');
  letGo(runner);
  assert.ok(await waitFor(() => runner.calls().length === 2));
  await sleep(2000);
  process.kill(runner.pid, 'SIGCONT');
  assert.deepEqual(await head.outcomeOf(start), { kind: 'done' });
});

/** Ends what `slow` waits for. */
function letGo(runner: RunnerUnderTest): void {
  writeFileSync(join(runner.folder, 'go'), '');
}
