import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../../src/runner/monotonic.ts';
import {
  groupOf,
  type HeadUnderTest,
  makeRunner,
  type RunnerUnderTest,
  scriptResource,
  waitFor,
} from './machine/runnerUnderTest.ts';

/** A group of two services and a syncer, all started. */
async function startGroup(runner: RunnerUnderTest): Promise<HeadUnderTest> {
  const names = ['one', 'two', 'syncer'].map((name) => `recorder::${runner.folder}::${name}`);
  const resources = names.map((name, index) => scriptResource(name, index === 2 ? 'standby' : 'owner'));
  runner.writePlan([groupOf('site', resources), groupOf('other', [])]);
  await runner.start();
  const head = await runner.connect();
  for (const name of names) await head.run('site', name, 'start');
  return head;
}

function stops(runner: RunnerUnderTest): readonly string[] {
  return runner.calls().filter((call) => call.startsWith('stop'));
}

test('without a head the group is stopped right to left, and the next head is told', async (t) => {
  const runner = makeRunner(t, []);
  const head = await startGroup(runner);
  head.send({ type: 'deadMan', group: 'site', afterMs: 1000, epochCounter: 7 });
  await head.renewed('site', 1);
  const beganMs = monotonicMs();
  head.socket.destroy();
  await waitFor(() => stops(runner).length === 2);
  const tookMs = monotonicMs() - beganMs;
  assert.deepEqual(stops(runner), ['stop two', 'stop one']);
  assert.ok(tookMs >= 700, `stopped after ${tookMs} ms`);
  await waitFor(() => readFileSync(join(runner.runDir, 'groups', 'site.json'), 'utf8').includes('"done"'));
  const next = await runner.connectSilently();
  next.send({ type: 'hello', version: 1, incarnation: 'bbbbbbbbbbbbbbbb' });
  const hello = await next.next('hello');
  assert.equal(hello.groups[0]?.deadMan, 'done');
  assert.deepEqual(await next.next('deadManDone'), { type: 'deadManDone', group: 'site', outcome: { kind: 'done' } });
  const third = await runner.connect();
  await third.run('site', `recorder::${runner.folder}::one`, 'status');
  assert.equal(
    third.received.some((message) => message.type === 'deadManDone'),
    false,
    'it was told twice',
  );
});

test('a head that is connected but frozen is no head', async (t) => {
  const runner = makeRunner(t, []);
  const head = await startGroup(runner);
  head.send({ type: 'deadMan', group: 'site', afterMs: 1000, epochCounter: 7 });
  assert.deepEqual(await head.next('deadManDone'), { type: 'deadManDone', group: 'site', outcome: { kind: 'done' } });
  assert.deepEqual(stops(runner), ['stop two', 'stop one']);
});

test('renewals keep the order waiting, and a withdrawn order is never carried out', async (t) => {
  const runner = makeRunner(t, []);
  const head = await startGroup(runner);
  head.send({ type: 'deadMan', group: 'site', afterMs: 2000, epochCounter: 7 });
  for (let count = 0; count < 15; count += 1) {
    head.renew('site', count);
    await sleep(200);
  }
  assert.deepEqual(stops(runner), []);
  head.send({ type: 'deadMan', group: 'site', afterMs: null, epochCounter: 7 });
  await sleep(2500);
  assert.deepEqual(stops(runner), []);
});

test('an old renewal does not keep the order waiting', async (t) => {
  const runner = makeRunner(t, []);
  const head = await startGroup(runner);
  head.send({ type: 'deadMan', group: 'site', afterMs: 700, epochCounter: 7 });
  const renewing = setInterval(() => head.renew('site', 1, monotonicMs() - 300), 100);
  await waitFor(() => stops(runner).length === 2);
  clearInterval(renewing);
  assert.deepEqual(stops(runner), ['stop two', 'stop one']);
  assert.equal(
    head.received.some((message) => message.type === 'renewed'),
    false,
  );
});

test('a restarted runner goes on with the order, and first gives the head a second to come back', async (t) => {
  const runner = makeRunner(t, []);
  const head = await startGroup(runner);
  head.send({ type: 'deadMan', group: 'site', afterMs: 1500, epochCounter: 7 });
  await head.renewed('site', 1);
  await runner.kill('SIGKILL');
  await sleep(2500);
  const startedMs = monotonicMs();
  await runner.start();
  await waitFor(() => stops(runner).length === 2);
  assert.deepEqual(stops(runner), ['stop two', 'stop one']);
  assert.ok(monotonicMs() - startedMs > 1000, 'the head had no chance');
});

test('a runner that is restarted while the config is broken goes on with what it read before', async (t) => {
  const runner = makeRunner(t, []);
  const head = await startGroup(runner);
  head.send({ type: 'deadMan', group: 'site', afterMs: 1500, epochCounter: 7 });
  await head.renewed('site', 1);
  await runner.kill('SIGTERM');
  writeFileSync(join(runner.folder, 'plan.json'), '{"groups":');
  await runner.start();
  const next = await runner.connect();
  assert.equal((await next.next('config')).ok, false);
  await next.renewed('site', 1);
  assert.deepEqual(await next.next('deadManDone'), { type: 'deadManDone', group: 'site', outcome: { kind: 'done' } });
  assert.deepEqual(stops(runner), ['stop two', 'stop one']);
});

test('nothing is started in a group that is being stopped', async (t) => {
  const runner = makeRunner(t, []);
  const slow = `slow::${runner.folder}::go`;
  runner.writePlan([groupOf('g', [{ ...scriptResource(slow), stopTimeoutMs: 60_000 }])]);
  await runner.start();
  const head = await runner.connect();
  head.send({ type: 'deadMan', group: 'g', afterMs: 300, epochCounter: 7 });
  assert.ok(await waitFor(() => existsSync(join(runner.folder, 'stopping'))));
  const start = head.order('g', slow, 'start', 60_000);
  // Orders are read one after the other.
  await head.run('g', slow, 'status');
  writeFileSync(join(runner.folder, 'go'), '');
  assert.match(
    JSON.stringify(await head.outcomeOf(start)),
    /"notStarted".*is being stopped, because no head had renewed it/,
  );
  await head.renewed('g', 1);
  assert.equal((await head.next('deadManDone')).outcome.kind, 'done');
});

test('a stop that fails is reported, and the others are stopped all the same', async (t) => {
  const runner = makeRunner(t, []);
  const one = `recorder::${runner.folder}::one`;
  runner.writePlan([groupOf('g', [scriptResource(one), scriptResource('liar')])]);
  await runner.start();
  const head = await runner.connect();
  head.send({ type: 'deadMan', group: 'g', afterMs: 300, epochCounter: 7 });
  const { outcome } = await head.next('deadManDone');
  assert.deepEqual(outcome, { kind: 'failed', detail: 'liar: stop succeeded, but its status says running' });
  assert.deepEqual(stops(runner), ['stop one']);
});
