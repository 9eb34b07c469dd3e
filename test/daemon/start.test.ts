import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Pair, patientDeadMs, patientLeaseMs } from './pair.ts';

const pairs: Pair[] = [];
afterEach(async () => {
  for (const pair of pairs.splice(0)) await pair.destroy();
});

const twinbeatd = join(import.meta.dirname, '../../bin/twinbeatd');

test('a wrong flag is told with the usage, and ends with 2', () => {
  const ran = spawnSync(twinbeatd, ['--conifg', 'x'], { encoding: 'utf8' });
  assert.equal(ran.status, 2);
  assert.match(ran.stderr, /Unknown option '--conifg'[\s\S]*usage: twinbeatd/);
  assert.equal(spawnSync(twinbeatd, ['--help'], { encoding: 'utf8' }).status, 0);
  assert.match(spawnSync(twinbeatd, ['--version'], { encoding: 'utf8' }).stdout, /^twinbeatd \d+\.\d+\.\d+\n$/);
});

test('a broken config ends with 6, every problem of every file with its place and a caret', async () => {
  const pair = await newPair();
  pair.write('node1', 'etc/twinbeat.yaml', pair.read('node1', 'etc/twinbeat.yaml').replace('keepalive', 'keepalife'));
  pair.write('node1', 'etc/haresources', 'node7 thing::a\n');
  pair.start('node1');
  assert.equal(await pair.ended('node1'), 6);
  const log = pair.read('node1', 'log');
  assert.match(log, /twinbeat\.yaml:\d+:\d+: .*keepalife/);
  assert.match(log, /haresources:1:1: /);
  assert.match(log, /^\s*\^$/m);
  assert.equal(existsSync(pair.path('node1', 'run/runner.pid')), false, 'nothing was started');
});

test('without keys, or with keys that everybody may read, nothing starts', async () => {
  const pair = await newPair();
  pair.write('node1', 'etc/authkeys', '');
  pair.start('node1');
  assert.equal(await pair.ended('node1'), 6);
  const { chmodSync, rmSync } = await import('node:fs');
  chmodSync(pair.path('node2', 'etc/authkeys'), 0o644);
  pair.start('node2');
  assert.equal(await pair.ended('node2'), 6);
  rmSync(pair.path('node1', 'etc/authkeys'));
  pair.start('node1');
  assert.equal(await pair.ended('node1'), 6);
  assert.match(pair.read('node1', 'log'), /there is no such file: without a key anybody could forge beats/);
  assert.match(pair.read('node2', 'log'), /chmod 600/);
});

test('a name that is not of the pair is refused with both names', async () => {
  const pair = await newPair();
  pair.start('node1', '--node', 'node3');
  assert.equal(await pair.ended('node1'), 6);
  assert.match(pair.read('node1', 'log'), /node3 is not one of node1 and node2/);
});

test('a second daemon on the same state directory is refused, and the first one goes on', async () => {
  const pair = await newPair();
  const first = pair.start('node1', '--no-runner');
  await pair.until('node1', 'running', () => true);
  pair.start('node1', '--no-runner');
  assert.equal(await pair.ended('node1'), 1);
  assert.match(pair.read('node1', 'log'), new RegExp(`another twinbeatd \\(process ${first.pid}\\) uses`));
  assert.notEqual(await pair.status('node1'), undefined);
  first.kill('SIGKILL');
});

test('the state of another node is refused with what to do', async () => {
  const pair = await newPair();
  pair.start('node1');
  await pair.until('node1', 'having saved', ({ groups }) => groups[0]?.role === 'active');
  pair.signal('node1', 'SIGTERM');
  await pair.ended('node1');
  pair.start('node1', '--node', 'node2');
  assert.equal(await pair.ended('node1'), 1);
  assert.match(pair.read('node1', 'log'), /belongs to node node1 of cluster pair, this is node node2/);
});

test('a broken invariant ends the daemon with 70 and leaves the services; twice in a minute, and it only holds', async () => {
  const pair = await newPair({
    preload: join(import.meta.dirname, 'throwOnSignal.ts'),
    leaseMs: patientLeaseMs,
  });
  pair.start('node1');
  await pair.untilRole('node1', 'active');
  for (let time = 0; time < 2; time += 1) {
    pair.signal('node1', 'SIGWINCH');
    assert.equal(await pair.ended('node1'), 70);
    pair.start('node1');
    await pair.until('node1', 'running', () => true);
  }
  assert.match(
    pair.read('node1', 'log'),
    /fatal Error: broken invariant: on demand \| at .*services stay as they are, exit 70/,
  );
  const status = await pair.until('node1', 'holding', ({ isHoldMode }) => isHoldMode);
  assert.deepEqual(pair.history(), ['node1 start a', 'node1 start b']);
  assert.equal(status.groups[0]?.owner, 'node1');
});

test('an observer beats and claims nothing until an operator says so', async () => {
  const pair = await newPair();
  pair.start('node1', '--observer');
  await pair.until('node1', 'settled', ({ phase }) => phase === 'online' || phase === 'suspect');
  await sleep(300);
  assert.deepEqual(pair.history(), []);
  assert.equal((await pair.status('node1'))?.isObserver, true);
});

test('once it runs, the head makes no call that would stall its loop, and starts no process', async () => {
  const pair = await newPair({
    preload: join(import.meta.dirname, 'watchSlowCalls.ts'),
    deadMs: patientDeadMs,
  });
  pair.start('node1');
  pair.start('node2');
  await pair.untilRole('node1', 'active');
  await pair.until('node2', 'being armed', ({ groups }) => groups[0]?.armed['node2']?.armed === true);
  pair.signal('node1', 'SIGWINCH');
  await pair.ask('node2', { verb: 'takeover', groups: [], wait: true });
  await pair.ask('node1', { verb: 'takeover', groups: [], wait: true });
  await pair.ask('node1', { verb: 'events', limit: 100 });
  pair.signal('node1', 'SIGHUP');
  await sleep(500);
  assert.equal((await pair.status('node1'))?.groups[0]?.role, 'active');
  pair.signal('node1', 'SIGWINCH');
  await pair.until('node1', 'having told', () => existsSync(pair.path('node1', 'state/slow-calls')));
  assert.deepEqual(JSON.parse(pair.read('node1', 'state/slow-calls')), []);
});

async function newPair(options?: Parameters<typeof Pair.create>[0]): Promise<Pair> {
  const pair = await Pair.create(options);
  pairs.push(pair);
  return pair;
}
