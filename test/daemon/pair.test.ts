import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { after, afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { deadMs, haresources, leaseMs, Pair, patientDeadMs } from './pair.ts';

/** A test that waits so long has failed. */
const patienceMs = 20_000;
const pairs: Pair[] = [];
afterEach(async () => {
  for (const pair of pairs.splice(0)) await pair.destroy();
});
after(async () => {
  for (const pair of pairs.splice(0)) await pair.destroy();
});

test('two daemons that start together agree on the preferred node, and both say that all is well', async () => {
  const pair = await running();
  const [one, two] = [await pair.untilRole('node1', 'active'), await pair.untilRole('node2', 'standby')];
  assert.deepEqual(pair.history(), ['node1 start a', 'node1 start b']);
  for (const status of [one, two]) {
    assert.equal(status.groups[0]?.owner, 'node1');
    assert.equal(status.jeopardy, false);
    assert.deepEqual(
      status.channels.map(({ state, isOpen }) => ({ state, isOpen })),
      [
        { state: 'up', isOpen: true },
        { state: 'up', isOpen: true },
      ],
    );
  }
  await pair.until('node2', 'being armed', ({ groups }) => groups[0]?.armed['node2']?.armed === true);
});

test('a planned takeover stops everything on the old node, right to left, before the new one starts', async () => {
  const pair = await running();
  const { lines, outcome } = await pair.ask('node2', { verb: 'takeover', groups: ['site'], wait: true });
  assert.equal(outcome.kind === 'answered' && outcome.line.exitCode, 0);
  assert.deepEqual(pair.history().slice(2), ['node1 stop b', 'node1 stop a', 'node2 start a', 'node2 start b']);
  const steps = lines.flatMap((line) => (line.type === 'step' ? [line.sentence] : []));
  const expected = ['node1 is stopping', 'node1 is released', 'node2 is starting', 'node2 is active'];
  assert.deepEqual(
    steps.filter((step) => expected.includes(step)),
    expected,
    steps.join('; '),
  );
  assert.equal((await pair.status('node2'))?.groups[0]?.role, 'active');
});

test('a takeover whose start fails says why, and the group comes back to the old node', async () => {
  const pair = await running();
  pair.write('node2', 'cannot-start', '');
  const { outcome } = await pair.ask('node2', { verb: 'takeover', groups: [], wait: true });
  assert.ok(outcome.kind === 'answered' && outcome.line.type === 'failed', JSON.stringify(outcome));
  assert.equal(outcome.line.exitCode, 1);
  assert.match(outcome.line.sentence, /site could not be started: thing::a: .*disk is missing/);
  await pair.untilRole('node1', 'active');
  assert.deepEqual(pair.history().slice(-2), ['node1 start a', 'node1 start b']);
});

test('a release moves the group to the peer, and is shown to its end', async () => {
  const pair = await running();
  const { outcome } = await pair.ask('node1', { verb: 'release', groups: ['site'], wait: true });
  assert.equal(outcome.kind === 'answered' && outcome.line.exitCode, 0, JSON.stringify(outcome));
  assert.equal((await pair.status('node2'))?.groups[0]?.role, 'active');
});

test('what is unsafe is refused with 5 and what to type next', async () => {
  const pair = await running();
  pair.signal('node1', 'SIGSTOP');
  const { outcome } = await pair.ask('node2', { verb: 'confirm-dead', node: 'node1', reason: 'just a try' });
  pair.signal('node1', 'SIGCONT');
  assert.ok(outcome.kind === 'answered' && outcome.line.type === 'refused', JSON.stringify(outcome));
  assert.equal(outcome.line.exitCode, 5);
  assert.match(outcome.line.sentence, /node1 is alive: a beat of it arrived \d+ ms ago/);
  assert.notEqual(outcome.line.next, '');
});

test('kill -9 of the active daemon: the other node takes over, the runner stops what was left, and nothing moves back', async () => {
  const pair = await running(deadMs);
  const killedMs = performance.now();
  pair.signal('node1', 'SIGKILL');
  const status = await pair.untilRole('node2', 'active');
  const tookMs = performance.now() - killedMs;
  assert.ok(tookMs > deadMs / 2, `${tookMs} ms`);
  assert.equal(status.nodes['node1']?.state, 'silent');
  await until(() => pair.history().includes('node1 stop a'));
  pair.start('node1');
  await pair.until('node1', 'seeing the peer', ({ nodes }) => nodes['node2']?.state === 'online');
  await pair.untilRole('node1', 'standby');
  await sleep(2 * deadMs);
  const expected = ['node1 start a', 'node1 start b', 'node2 start a', 'node2 start b', 'node1 stop b', 'node1 stop a'];
  assert.deepEqual(pair.history(), expected);
  assert.equal((await pair.status('node2'))?.groups[0]?.role, 'active');
});

test('kill -9 and a restart within deadtime: no service is touched and nothing moves', async () => {
  const pair = await running();
  pair.signal('node1', 'SIGKILL');
  await pair.ended('node1');
  pair.start('node1');
  await pair.untilRole('node1', 'active');
  await sleep(leaseMs);
  assert.deepEqual(pair.history(), ['node1 start a', 'node1 start b']);
  assert.equal((await pair.status('node1'))?.groups[0]?.epoch.counter, 1);
});

test('SIGTERM hands over without waiting for deadtime, and ends the daemon and its runner', async () => {
  const pair = await running();
  const [runnerPid] = pair.read('node1', 'run/runner.pid').split(' ');
  pair.signal('node1', 'SIGTERM');
  await pair.untilRole('node2', 'active');
  const claim = (await pair.events('node2')).findLast(({ id }) => id === 'claimed');
  assert.equal(claim?.evidence, 'E1', 'the peer said so');
  assert.equal(await pair.ended('node1'), 0);
  assert.deepEqual(pair.history().slice(2), ['node1 stop b', 'node1 stop a', 'node2 start a', 'node2 start b']);
  assert.equal((await pair.status('node2'))?.nodes['node1']?.state, 'left');
  await until(() => !isAlive(Number(runnerPid)));
});

test('SIGUSR2 and a new daemon: the services run on, through the runner that stayed', async () => {
  const pair = await running();
  const runner = pair.read('node1', 'run/runner.pid');
  pair.signal('node1', 'SIGUSR2');
  assert.equal(await pair.ended('node1'), 0);
  pair.start('node1');
  await pair.untilRole('node1', 'active');
  assert.equal(pair.read('node1', 'run/runner.pid'), runner);
  assert.deepEqual(pair.history(), ['node1 start a', 'node1 start b']);
});

test('a runner that is killed is started again, and the group goes on', async () => {
  const pair = await running();
  const [pid] = pair.read('node1', 'run/runner.pid').split(' ');
  process.kill(Number(pid), 'SIGKILL');
  await pair.untilEvent('node1', 'the runner is lost', ({ id }) => id === 'runner-lost');
  await pair.until('node1', 'a new runner', ({ warnings }) => warnings.every(({ id }) => id !== 'runner-away'));
  await sleep(deadMs);
  assert.deepEqual(pair.history(), ['node1 start a', 'node1 start b']);
  assert.equal((await pair.status('node1'))?.groups[0]?.role, 'active');
});

test('SIGHUP takes a new group and a new key over, and moves nothing that did not change', async () => {
  const pair = await running();
  for (const name of ['node1', 'node2'] as const) {
    pair.write(name, 'etc/haresources', `${haresources}# group: more\nnode2 thing::c\n`);
    pair.write(
      name,
      'etc/authkeys',
      'auth 2\n1 sha256 0123456789abcdef0123456789abcdef\n2 sha256 fedcba9876543210fedcba9876543210\n',
      0o600,
    );
    pair.signal(name, 'SIGHUP');
  }
  await pair.until('node2', 'the new group', ({ groups }) =>
    groups.some((group) => group.name === 'more' && group.role === 'active'),
  );
  const status = await pair.until('node1', 'both groups', ({ groups }) => groups.length === 2);
  assert.equal(status.nodes['node2']?.state, 'online');
  assert.deepEqual(pair.history(), ['node1 start a', 'node1 start b', 'node2 start c']);
});

test('SIGHUP with a broken config, or one that changes what is held, keeps the old one and says why', async () => {
  const pair = await running();
  pair.write('node1', 'etc/haresources', '# group: site\nnode1 thing::a thing::d\n');
  pair.signal('node1', 'SIGHUP');
  await until(() => pair.read('node1', 'log').includes('group site is held here, and its configuration is another'));
  pair.write('node1', 'etc/twinbeat.yaml', 'cluster: [\n');
  pair.signal('node1', 'SIGHUP');
  await until(() => /twinbeat\.yaml:\d+:\d+: /.test(pair.read('node1', 'log')));
  assert.match(pair.read('node1', 'log'), /the changed config is not taken over; the one from before stays in force/);
  assert.equal((await pair.status('node1'))?.groups[0]?.role, 'active');
  assert.deepEqual(pair.history(), ['node1 start a', 'node1 start b']);
});

test('SIGHUP while a daemon still asks what runs is taken over when that is known', async () => {
  const pair = await running();
  pair.signal('node2', 'SIGUSR2');
  assert.equal(await pair.ended('node2'), 0);
  const asked = pair.path('node2', 'asked');
  const script = pair.read('node2', 'etc/resource.d/thing').replace('status)', `status) : >${asked}; sleep 1;`);
  pair.write('node2', 'etc/resource.d/thing', script, 0o755);
  pair.start('node2');
  await until(() => existsSync(asked));
  pair.write('node2', 'etc/haresources', '# group: site\nnode1 thing::a thing::b thing::d\n');
  pair.signal('node2', 'SIGHUP');
  await pair.until('node2', 'the changed group', ({ groups }) => groups[0]?.resources.length === 3);
  assert.doesNotMatch(pair.read('node2', 'log'), /not taken over/);
  assert.deepEqual(pair.history(), ['node1 start a', 'node1 start b']);
});

test('noise on every socket is counted, and changes nothing', async () => {
  const pair = await running();
  const channels = (await pair.status('node1'))?.channels ?? [];
  const port = Number(/^127\.0\.0\.1:(\d+) /.exec(channels[0]?.detail ?? '')?.[1]);
  const socket = createSocket('udp4');
  for (let n = 0; n < 200; n += 1) {
    const noise = Buffer.from(Array.from({ length: (n * 7) % 300 }, (_, at) => (at * n) % 256));
    socket.send(noise, port, '127.0.0.1');
  }
  for (const name of ['control.sock', 'status.sock', 'sync.sock', 'runner.sock']) {
    for (const text of ['\n\n{"verb":', 'x'.repeat(100_000), '{"verb":"takeover"}\n', '[1]\n', '{"type":"run"}\n']) {
      const client = createConnection({ path: pair.path('node1', 'run', name) });
      client.on('error', () => undefined);
      client.end(text);
      client.resume();
      await once(client, 'close', { signal: AbortSignal.timeout(15_000) });
    }
  }
  socket.close();
  await sleep(deadMs);
  const status = await pair.untilRole('node1', 'active');
  assert.equal(status.nodes['node2']?.state, 'online');
  assert.deepEqual(pair.history(), ['node1 start a', 'node1 start b']);
});

test('the journal answers over the control socket, across restarts', async () => {
  const pair = await running();
  pair.signal('node1', 'SIGUSR2');
  await pair.ended('node1');
  pair.start('node1');
  await pair.untilRole('node1', 'active');
  const { lines } = await pair.ask('node1', { verb: 'events', limit: 200 });
  const events = lines.flatMap((line) => (line.type === 'event' ? [line.event] : []));
  assert.equal(events.filter(({ id }) => id === 'started').length, 2);
  assert.equal(new Set(events.map(({ incarnation }) => incarnation)).size, 2);
  const times = events.map(({ time }) => String(time));
  assert.deepEqual(times, times.toSorted());
});

/** Both nodes started, node1 active, node2 ready. */
async function running(dead: number = patientDeadMs): Promise<Pair> {
  const pair = await Pair.create({ deadMs: dead });
  pairs.push(pair);
  pair.start('node1');
  pair.start('node2');
  await pair.untilRole('node1', 'active');
  await pair.until('node2', 'being armed', ({ groups }) => groups[0]?.armed['node2']?.armed === true);
  return pair;
}

async function until(isSo: () => boolean): Promise<void> {
  const endMs = performance.now() + patienceMs;
  while (!isSo()) {
    assert.ok(performance.now() < endMs, `it did not come true within ${patienceMs} ms`);
    await sleep(20);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
