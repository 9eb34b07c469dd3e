import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../../src/runner/monotonic.ts';
import { type HeadUnderTest, makeRunner, type RunnerUnderTest } from './machine/runnerUnderTest.ts';

interface Pet {
  readonly atMs: number;
  readonly byte: string;
}

/** A pipe that pretends to be the device, and keeps what was written to it with the time. */
function pretendedDevice(t: TestContext): { readonly path: string; readonly pets: Pet[]; isClosed: boolean } {
  const folder = mkdtempSync(join(tmpdir(), 'tb-watchdog-'));
  const device = { path: join(folder, 'watchdog'), pets: [] as Pet[], isClosed: false };
  execFileSync('mkfifo', [device.path]);
  const stream = createReadStream(device.path, { encoding: 'latin1' });
  stream.on('data', (text) => {
    for (const byte of String(text)) device.pets.push({ atMs: monotonicMs(), byte });
  });
  stream.on('end', () => (device.isClosed = true));
  t.after(() => {
    stream.destroy();
    rmSync(folder, { recursive: true, force: true });
  });
  return device;
}

async function runnerWith(t: TestContext, device: string): Promise<{ runner: RunnerUnderTest; head: HeadUnderTest }> {
  const runner = makeRunner(t, []);
  runner.writePlan([], { watchdog: { device, timeoutMs: 10_000 } });
  await runner.start();
  return { runner, head: await runner.connect() };
}

function order(head: HeadUnderTest, what: 'arm' | 'pet' | 'disarm', agoMs = 0): void {
  head.send({ type: 'watchdog', order: what, sentAtMs: monotonicMs() - agoMs });
}

const bytesOf = (pets: readonly Pet[]): string => pets.map(({ byte }) => byte).join('');

test('a watchdog is opened, petted and closed by orders alone, with the magic letter at the end', async (t) => {
  const device = pretendedDevice(t);
  const { head } = await runnerWith(t, device.path);
  assert.equal((await head.next('watchdog')).state, 'off');
  order(head, 'pet');
  order(head, 'arm');
  const armed = await head.next('watchdog');
  assert.deepEqual(
    { state: armed.state, timeoutMs: armed.timeoutMs, canDisarm: armed.canDisarm },
    { state: 'armed', timeoutMs: 10_000, canDisarm: true },
  );
  for (let count = 0; count < 3; count += 1) {
    order(head, 'pet');
    await sleep(100);
  }
  order(head, 'pet', 300);
  await sleep(300);
  assert.equal(bytesOf(device.pets), '...', 'one for each order that was not too old, and none of its own');
  const [first, second] = device.pets;
  assert(first !== undefined && second !== undefined && second.atMs - first.atMs > 50);
  order(head, 'disarm');
  assert.equal((await head.next('watchdog')).state, 'off');
  while (!device.isClosed) await sleep(10);
  assert.equal(bytesOf(device.pets), '...V');
});

test('a watchdog that is ordered twice within a moment is opened once', async (t) => {
  const device = pretendedDevice(t);
  const { head } = await runnerWith(t, device.path);
  order(head, 'arm');
  order(head, 'arm');
  await head.next('watchdog', ({ state }) => state === 'armed');
  await sleep(200);
  order(head, 'disarm');
  await head.next('watchdog', ({ state }) => state === 'off');
  for (let waitedMs = 0; waitedMs < 2000 && !device.isClosed; waitedMs += 20) await sleep(20);
  assert.ok(device.isClosed, 'it is still open');
});

test('a runner that dies, and one that is stopped, leave the device without the magic letter', async (t) => {
  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    const device = pretendedDevice(t);
    const { runner, head } = await runnerWith(t, device.path);
    order(head, 'arm');
    await head.next('watchdog', ({ state }) => state === 'armed');
    order(head, 'pet');
    while (device.pets.length === 0) await sleep(10);
    await runner.kill(signal);
    while (!device.isClosed) await sleep(10);
    assert.equal(bytesOf(device.pets), '.', signal);
  }
});

test('a head that comes later is told that the device is armed, and may pet it', async (t) => {
  const device = pretendedDevice(t);
  const { runner, head } = await runnerWith(t, device.path);
  order(head, 'arm');
  await head.next('watchdog', ({ state }) => state === 'armed');
  head.socket.destroy();
  const later = await runner.connect('bbbbbbbbbbbbbbbb');
  assert.equal((await later.next('watchdog')).state, 'armed');
  order(later, 'pet');
  while (device.pets.length === 0) await sleep(10);
  assert.equal(bytesOf(device.pets), '.');
});

test('a device that is missing is told at once, and no file is made in its place', async (t) => {
  const path = join(mkdtempSync(join(tmpdir(), 'tb-watchdog-')), 'missing');
  const { head } = await runnerWith(t, path);
  const said = await head.next('watchdog', ({ state }) => state === 'failed');
  assert.match(said.detail, /ENOENT/);
  order(head, 'arm');
  assert.equal((await head.next('watchdog')).state, 'failed');
  assert.equal(existsSync(path), false);
});

test('a character device that is no watchdog is refused', async (t) => {
  const { head } = await runnerWith(t, '/dev/null');
  order(head, 'arm');
  const said = await head.next('watchdog', ({ state }) => state !== 'off');
  assert.equal(said.state, 'failed');
  assert.match(said.detail, /no watchdog device/);
});

test('the kernel’s software watchdog takes the time that it is given', async (t) => {
  const device = '/dev/watchdog';
  const reason = softdogProblem(device);
  if (reason !== undefined) {
    if (process.env['TWINBEAT_SOFTDOG'] === 'yes') throw new Error(reason);
    t.skip(reason);
    return;
  }
  const { head } = await runnerWith(t, device);
  order(head, 'arm');
  const said = await head.next('watchdog', ({ state }) => state !== 'off');
  assert.equal(said.state, 'armed', said.detail);
  assert.equal(said.timeoutMs, 10_000);
  order(head, 'disarm');
  assert.equal((await head.next('watchdog')).state, 'off');
});

/** Only on a machine whose owner says that a test may load the module: one that is not disarmed resets it. */
function softdogProblem(device: string): string | undefined {
  const how = 'as root, on a machine that may be reset: modprobe softdog, then TWINBEAT_SOFTDOG=yes';
  try {
    execFileSync('modprobe', ['--dry-run', '--quiet', 'softdog'], { stdio: 'ignore' });
  } catch {
    return `this kernel has no softdog; ${how}`;
  }
  if (process.env['TWINBEAT_SOFTDOG'] !== 'yes') return `the software watchdog is not tried unasked; ${how}`;
  return existsSync(device) ? undefined : `there is no ${device}; ${how}`;
}
