import assert from 'node:assert/strict';
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { readOrder } from '../../src/runner/readOrder.ts';
import { four } from './machine/floatingAddresses.ts';
import { groupOf, makeRunner, RunnerUnderTest, scriptResource, waitFor } from './machine/runnerUnderTest.ts';

test('whatever arrives on the socket, the head is served afterwards', async (t) => {
  const runner = makeRunner(t, []);
  const one = `recorder::${runner.folder}::one`;
  runner.writePlan([groupOf('g', [scriptResource(one)])]);
  await runner.start();
  assert.equal(statSync(join(runner.runDir, 'runner.sock')).mode & 0o777, 0o600);
  const garbage = [
    Buffer.from('\0\xff\xfe{[\n'.repeat(500), 'latin1'),
    Buffer.alloc(200_000, 'x'),
    Buffer.from('{"type":"run"}\nnull\n7\n[]\n{"type":"reboot"}\n{"type":"run","job":"../../x","action":"rm"}\n'),
    Buffer.from('{"type":"hello","version":99,"incarnation":"x"}\n'),
  ];
  for (const bytes of garbage) {
    const stranger = await runner.connectSilently();
    stranger.socket.write(bytes);
    await sleep(50);
    stranger.socket.destroy();
  }
  const head = await runner.connect();
  head.socket.write(
    '{"type":"renew","group":"nowhere","order":1,"sentAtMs":1e300,"epochCounter":1}\n{"type":"announce","group":"nowhere"}\n',
  );
  head.socket.write(
    '{"type":"dropAddresses","group":"__proto__"}\n{"type":"deadMan","group":"nowhere","afterMs":300,"epochCounter":1}\n',
  );
  head.socket.write(
    `${'{"type":"run","job":"x","group":"g","resource":"r","action":"start","epochCounter":1,"timeoutMs":-5}\n'.repeat(2000)}`,
  );
  head.send({ type: 'ask', ask: 5, group: 'nowhere', waitMs: 20 });
  assert.equal((await head.next('asked')).answer.kind, 'impossible');
  assert.deepEqual(await head.run('g', one, 'start'), { kind: 'done' });
  const talk = runner.log.join('').split('\n').length;
  assert.ok(talk < 60, `the log has ${talk} lines`);
});

test('a connection that never says hello is closed, and does not keep the head out', async (t) => {
  const runner = makeRunner(t, [groupOf('g', [])]);
  await runner.start();
  const strangers = await Promise.all(Array.from({ length: 10 }, () => runner.connectSilently()));
  assert.ok(await waitFor(() => strangers.every((stranger) => stranger.isClosed)));
  await runner.connect();
});

test('orders of a connection that is not the head are not obeyed, and a new head takes the place of the old', async (t) => {
  const runner = makeRunner(t, []);
  const one = `recorder::${runner.folder}::one`;
  runner.writePlan([groupOf('g', [scriptResource(one)])]);
  await runner.start();
  const first = await runner.connect('aaaaaaaaaaaaaaaa');
  const stranger = await runner.connectSilently();
  stranger.order('g', one, 'start');
  await sleep(200);
  assert.deepEqual(runner.calls(), []);
  await runner.connect('bbbbbbbbbbbbbbbb');
  assert.ok(await waitFor(() => first.isClosed));
  assert.deepEqual(runner.calls(), []);
});

test('of two heads that come within a moment the second is greeted once', async (t) => {
  // Where its address is, `ip` has to say.
  const means = { ...four, address: '192.0.2.9', device: undefined };
  const runner = makeRunner(t, [groupOf('g', [{ ...scriptResource('ip'), means }])]);
  await runner.start();
  const [first, second] = [await runner.connectSilently(), await runner.connectSilently()];
  runner.signal('SIGSTOP');
  first.send({ type: 'hello', version: 1, incarnation: 'aaaaaaaaaaaaaaaa' });
  second.send({ type: 'hello', version: 1, incarnation: 'bbbbbbbbbbbbbbbb' });
  await sleep(100);
  runner.signal('SIGCONT');
  await second.next('hello');
  await sleep(200);
  assert.deepEqual(
    second.received.filter(({ type }) => type === 'hello'),
    [],
  );
});

test('a broken config keeps the old one in force, and every head is told', async (t) => {
  const runner = makeRunner(t, []);
  const one = `recorder::${runner.folder}::one`;
  runner.writePlan([groupOf('g', [scriptResource(one)])]);
  await runner.start();
  const head = await runner.connect();
  writeFileSync(join(runner.folder, 'plan.json'), '{"groups":');
  head.send({ type: 'reload' });
  assert.equal((await head.next('config')).ok, false);
  assert.deepEqual(await head.run('g', one, 'status'), { kind: 'stopped' });
  const next = await runner.connect();
  assert.match((await next.next('config')).problems.join(), /JSON/);
  runner.writePlan([groupOf('h', [scriptResource(one)])]);
  next.send({ type: 'reload' });
  assert.deepEqual(await next.next('config'), { type: 'config', ok: true, problems: [] });
  assert.equal((await next.run('g', one, 'status')).kind, 'notStarted');
  assert.deepEqual(await next.run('h', one, 'status'), { kind: 'stopped' });
});

test('a head that has just started finds the config as it is on disk, one that comes back as it was', async (t) => {
  const runner = makeRunner(t, []);
  const one = `recorder::${runner.folder}::one`;
  runner.writePlan([groupOf('g', [scriptResource(one)])]);
  await runner.start();
  const first = await runner.connect('aaaaaaaaaaaaaaaa');
  runner.writePlan([groupOf('h', [scriptResource(one)])]);
  first.socket.destroy();
  const same = await runner.connect('aaaaaaaaaaaaaaaa');
  assert.deepEqual(await same.run('g', one, 'status'), { kind: 'stopped' });
  const next = await runner.connectSilently();
  next.send({ type: 'hello', version: 1, incarnation: 'bbbbbbbbbbbbbbbb' });
  assert.deepEqual(
    (await next.next('hello')).groups.map(({ name }) => name),
    ['h'],
  );
  assert.deepEqual(await next.run('h', one, 'status'), { kind: 'stopped' });
});

test('a second runner in the same folder refuses to start', async (t) => {
  const runner = makeRunner(t, [groupOf('g', [])]);
  await runner.start();
  const second = new RunnerUnderTest(runner.folder, []);
  t.after(() => second.kill());
  await second.start();
  assert.match(await second.saidToItsEnd(), /another process listens/);
});

test('a runner whose socket is removed opens it anew, and keeps its head', async (t) => {
  const runner = makeRunner(t, []);
  const one = `recorder::${runner.folder}::one`;
  runner.writePlan([groupOf('g', [scriptResource(one)])]);
  await runner.start();
  const head = await runner.connect();
  const path = join(runner.runDir, 'runner.sock');
  rmSync(path);
  assert.ok(await waitFor(() => existsSync(path)));
  assert.deepEqual(await head.run('g', one, 'status'), { kind: 'stopped' });
  assert.match(runner.log.join(''), /somebody removed .*runner\.sock: it is opened anew/);
  head.socket.destroy();
  await runner.connect();
});

test('a runner whose place another one has taken ends, and stops nothing by an order that the other one renews', async (t) => {
  const runner = makeRunner(t, []);
  const one = `recorder::${runner.folder}::one`;
  runner.writePlan([groupOf('g', [scriptResource(one)])]);
  await runner.start();
  const first = await runner.connect();
  first.send({ type: 'deadMan', group: 'g', afterMs: 3000, epochCounter: 7 });
  assert.deepEqual(await first.run('g', one, 'start'), { kind: 'done' });
  rmSync(join(runner.runDir, 'runner.sock'));
  const second = new RunnerUnderTest(runner.folder, []);
  t.after(() => second.kill());
  runner.signal('SIGSTOP');
  await second.start();
  runner.signal('SIGCONT');
  const head = await second.connect();
  for (let order = 1; order < 40; order += 1) {
    head.renew('g', order);
    await sleep(100);
  }
  assert.match(await runner.saidToItsEnd(), /replaced/);
  assert.deepEqual(
    runner.calls().filter((call) => call.includes('stop')),
    [],
  );
  (await second.connect()).socket.destroy();
});

test('any value is an order or a rejection with a sentence', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.jsonValue(),
        fc.record({
          type: fc.constantFrom('run', 'renew', 'ask', 'deadMan', 'hello'),
          group: fc.jsonValue(),
          job: fc.jsonValue(),
          order: fc.jsonValue(),
          afterMs: fc.jsonValue(),
          waitMs: fc.jsonValue(),
          epochCounter: fc.jsonValue(),
        }),
      ),
      (value) => {
        const result = readOrder(value);
        assert.ok(result.kind === 'order' || result.detail.length > 0);
      },
    ),
    { numRuns: 500 },
  );
});

test('a log that nobody reads costs the lines and nothing else', async (t) => {
  const runner = makeRunner(t, []);
  const one = `recorder::${runner.folder}::one`;
  runner.writePlan([groupOf('g', [scriptResource(one)])]);
  await runner.start();
  runner.closeLog();
  const head = await runner.connect();
  head.socket.write('nonsense\n'.repeat(20));
  await runner.connect('bbbbbbbbbbbbbbbb');
  const next = await runner.connect('cccccccccccccccc');
  assert.deepEqual(await next.run('g', one, 'start'), { kind: 'done' });
});
