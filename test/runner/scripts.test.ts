import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../../src/runner/monotonic.ts';
import { startTicksOf } from '../../src/runner/processes.ts';
import { groupOf, makeRunner, scriptResource } from './machine/runnerUnderTest.ts';

test('A3: a start asks for the status first, a stop is verified by it, and a running resource is not started', async (t) => {
  const runner = makeRunner(t, []);
  const zeo = `recorder::${runner.folder}::zeo`;
  runner.writePlan([groupOf('site', [scriptResource(zeo)])]);
  await runner.start();
  const head = await runner.connect();
  assert.deepEqual(await head.run('site', zeo, 'status'), { kind: 'stopped' });
  assert.deepEqual(await head.run('site', zeo, 'start'), { kind: 'done' });
  assert.deepEqual(await head.run('site', zeo, 'status'), { kind: 'running' });
  assert.deepEqual(await head.run('site', zeo, 'start'), { kind: 'done', note: 'it was running already' });
  assert.deepEqual(await head.run('site', zeo, 'sync'), { kind: 'done' });
  assert.deepEqual(await head.run('site', zeo, 'stop'), { kind: 'done' });
  const expected = ['status', 'status', 'start', 'status', 'status', 'sync', 'stop', 'status'];
  assert.deepEqual(
    runner.calls(),
    expected.map((action) => `${action} zeo`),
  );
});

test('scripts are judged as Heartbeat judged them, unless they declare otherwise', async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['speaker::T_is_running::1', 'running'],
    ['speaker::T_is_not_running::0', 'stopped'],
    ['speaker::T_stopped::0', 'stopped'],
    ['speaker::No_T_process_running::0', 'running'],
    ['speaker::running:_no::0', 'running'],
    ['speaker::BROKEN:_not_OK::0', 'running'],
    ['speaker::Active:_active_(running)::3', 'running'],
    ['speaker::::0', 'stopped'],
    ['declared::0', 'running'],
    ['declared::3', 'stopped'],
    ['declared::1', 'failed'],
    ['lsb', 'stopped'],
    ['noInterpreter', 'notStarted'],
    ['notExecutable', 'notStarted'],
    ['absent', 'notStarted'],
    ['../resource.d/declared::0', 'notStarted'],
    ['..', 'notStarted'],
  ];
  const runner = makeRunner(t, [
    groupOf(
      'g',
      cases.map(([name]) => scriptResource(name)),
    ),
  ]);
  await runner.start();
  const head = await runner.connect();
  const seen: (readonly [string, string])[] = [];
  for (const [name] of cases) seen.push([name, (await head.run('g', name, 'status')).kind]);
  assert.deepEqual(seen, cases);
});

test('what a broken script leaves is a sentence that names the script and its last words', async (t) => {
  const names = ['failing', 'liar', 'reluctant', 'notExecutable', 'noInterpreter'];
  const runner = makeRunner(t, [
    groupOf(
      'g',
      names.map((name) => scriptResource(name)),
    ),
  ]);
  await runner.start();
  const head = await runner.connect();
  assert.deepEqual(await head.run('g', 'failing', 'start'), {
    kind: 'failed',
    detail: 'start exited with 5: no space left on device',
  });
  assert.deepEqual(await head.run('g', 'liar', 'stop'), {
    kind: 'failed',
    detail: 'stop succeeded, but its status says running',
  });
  assert.deepEqual(await head.run('g', 'reluctant', 'stop'), {
    kind: 'done',
    note: 'stop exited with 1: was not there; its status says stopped',
  });
  const missing = await head.run('g', 'notExecutable', 'start');
  assert.match(JSON.stringify(missing), /"notStarted".*notExecutable is not executable \(chmod \+x\)/);
  assert.match(
    JSON.stringify(await head.run('g', 'noInterpreter', 'start')),
    /"notStarted".*noInterpreter cannot be run/,
  );
  assert.match(JSON.stringify(await head.run('g', 'nobody', 'start')), /"notStarted".*no resource nobody in a group g/);
  assert.match(JSON.stringify(await head.run('nowhere', 'liar', 'start')), /"notStarted".*in a group nowhere/);
});

test('a script that hangs is ended at its deadline with all its children, TERM or not', async (t) => {
  const runner = makeRunner(t, []);
  const hanging = `hanging::${runner.folder}`;
  const stubborn = `stubborn::${runner.folder}`;
  const hangingStatus = `hangingStatus::${runner.folder}`;
  runner.writePlan([
    groupOf(
      'g',
      [hanging, stubborn].map((name) => scriptResource(name)),
    ),
    groupOf('h', [{ ...scriptResource(hangingStatus), statusTimeoutMs: 2000 }]),
  ]);
  await runner.start();
  const head = await runner.connect();
  const beganMs = monotonicMs();
  const jobs = [
    head.order('g', hanging, 'start', 3000),
    head.order('g', stubborn, 'start', 3000),
    head.order('h', hangingStatus, 'start', 20_000),
  ] as const;
  const [first, second, third] = await Promise.all(jobs.map((job) => head.outcomeOf(job)));
  assert.equal(first?.kind, 'timedOut');
  assert.equal(second?.kind, 'timedOut');
  assert.equal(third?.kind, 'timedOut');
  assert.deepEqual(runner.calls(), ['status'], 'what cannot say its status is not started');
  const tookMs = monotonicMs() - beganMs;
  assert.ok(tookMs > 8000 && tookMs < 30_000, `KILL follows TERM after five seconds, not ${tookMs} ms`);
  for (const file of ['hanging.pid', 'child.pid']) {
    const pid = Number(readFileSync(join(runner.folder, file), 'utf8'));
    assert.equal(startTicksOf(pid), undefined, `${file} lives on`);
  }
});

test('a child that keeps the output open delays nothing and is left alone', async (t) => {
  const runner = makeRunner(t, []);
  const forking = `forking::${runner.folder}`;
  runner.writePlan([groupOf('g', [scriptResource(forking)])]);
  await runner.start();
  const head = await runner.connect();
  const beganMs = monotonicMs();
  assert.deepEqual(await head.run('g', forking, 'start'), { kind: 'done' });
  // The child lives for a quarter of an hour.
  assert.ok(monotonicMs() - beganMs < 30_000);
  const pid = Number(readFileSync(join(runner.folder, 'forked.pid'), 'utf8'));
  assert.notEqual(startTicksOf(pid), undefined, 'a service must survive its start');
  process.kill(pid);
});

test('a service outlives the runner, also one that goes on talking', async (t) => {
  const runner = makeRunner(t, []);
  const service = `daemonizing::${runner.folder}`;
  runner.writePlan([groupOf('g', [scriptResource(service)])]);
  await runner.start();
  const head = await runner.connect();
  assert.deepEqual(await head.run('g', service, 'start'), { kind: 'done' });
  const pidFile = join(runner.folder, 'service.pid');
  for (let count = 0; count < 100 && !existsSync(pidFile); count += 1) await sleep(20);
  const pid = Number(readFileSync(pidFile, 'utf8'));
  t.after(() => process.kill(-pid, 'SIGKILL'));
  await runner.kill();
  await sleep(500);
  assert.notEqual(startTicksOf(pid), undefined, 'it died of a broken pipe');
  await runner.start();
  const next = await runner.connect();
  assert.deepEqual(await next.run('g', service, 'status'), { kind: 'running' });
});

test('a flood of output is cut, and neither fills the disk nor the connection', async (t) => {
  const runner = makeRunner(t, [groupOf('g', [scriptResource('flooding')])]);
  await runner.start();
  const head = await runner.connect();
  const job = head.order('g', 'flooding', 'start', 60_000);
  assert.deepEqual(await head.outcomeOf(job), { kind: 'done' });
  const told = head.received.filter((message) => message.type === 'output');
  assert.ok(told.length > 0 && told.length <= 300, `${told.length} lines were told`);
  const kept = readFileSync(join(runner.runDir, 'output', 'g.flooding.log'));
  assert.ok(kept.length <= 300 * 1024, `${kept.length} bytes are kept`);
});

test('a script gets plain words, a known environment, no input and no descriptor that it should not have', async (t) => {
  const runner = makeRunner(t, [], ['sh', '-c', 'exec 9< /dev/null; exec "$@"', 'sh']);
  const name = `environment::${runner.folder}::$(reboot)::a b;c::*`;
  runner.writePlan([groupOf('site', [scriptResource(name)])]);
  await runner.start();
  const head = await runner.connect();
  assert.deepEqual(await head.run('site', name, 'start'), { kind: 'done' });
  assert.deepEqual(readFileSync(join(runner.folder, 'environment'), 'utf8').trimEnd().split('\n'), [
    `arg=${runner.folder}`,
    'arg=$(reboot)',
    'arg=a b;c',
    'arg=*',
    'arg=start',
    'HA_ACTION=start',
    'HA_EPOCH=7',
    'HA_GROUP=site',
    'HA_NODE=node1',
    'HA_PEER=node2',
    `HA_RESOURCE=${name}`,
    'LC_ALL=C',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    `TWINBEAT_RUN_DIR=${runner.runDir}`,
    `TWINBEAT_STATE_DIR=${join(runner.folder, 'state')}`,
    'cwd=/',
    'input=/dev/null',
    'descriptors= 0 1 2 255',
  ]);
});

test('answers that change are told as they are, each one judged alone', async (t) => {
  const runner = makeRunner(t, []);
  const name = `changing::${runner.folder}`;
  runner.writePlan([groupOf('g', [scriptResource(name)])]);
  await runner.start();
  const head = await runner.connect();
  const kinds: string[] = [];
  for (let count = 0; count < 4; count += 1) kinds.push((await head.run('g', name, 'status')).kind);
  assert.deepEqual(kinds, ['running', 'stopped', 'running', 'stopped']);
});

test('the folder of the config comes before the shipped one, and a script that is put there is found at once', async (t) => {
  const runner = makeRunner(t, [groupOf('g', [scriptResource('declared::0')])]);
  await runner.start();
  const head = await runner.connect();
  assert.equal((await head.run('g', 'declared::0', 'status')).kind, 'running');
  const own = join(runner.folder, 'resource.d', 'declared');
  writeFileSync(own, '#!/bin/sh\necho stopped\n');
  chmodSync(own, 0o755);
  assert.equal((await head.run('g', 'declared::0', 'status')).kind, 'stopped');
});

test('an OCF agent is started, watched and stopped by exit code', async (t) => {
  const runner = makeRunner(t, []);
  const name = 'ocf:heartbeat:Dummy';
  const state = join(runner.folder, 'state');
  const means = { kind: 'ocf', provider: 'heartbeat', agent: 'Dummy', parameters: { state } } as const;
  runner.writePlan([groupOf('g', [{ ...scriptResource(name), means }])]);
  await runner.start();
  const head = await runner.connect();
  assert.deepEqual(await head.run('g', name, 'status'), { kind: 'stopped' });
  assert.deepEqual(await head.run('g', name, 'start'), { kind: 'done' });
  assert.equal(readFileSync(state, 'utf8'), `${name}\n`);
  assert.deepEqual(await head.run('g', name, 'status'), { kind: 'running' });
  assert.deepEqual(await head.run('g', name, 'stop'), { kind: 'done' });
  assert.equal((await head.run('g', name, 'sync')).kind, 'notStarted');
});
