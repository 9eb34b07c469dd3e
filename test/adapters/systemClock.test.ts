import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { SystemClock } from '../../src/adapters/systemClock.ts';

test('an alarm never fires early, even when it was set late in a long turn of the loop', async () => {
  for (const aheadMs of [0.2, 1, 1.5, 3.3, 10.01]) {
    const clock = new SystemClock();
    const fired = new Promise<number>((resolve) => {
      // Node counts from the begin of this turn, which this makes 5 ms too early.
      busyMs(clock, 5);
      const atMs = clock.nowMs() + aheadMs;
      clock.setAlarm(atMs, () => resolve(clock.nowMs() - atMs));
    });
    assert.ok((await fired) >= 0, `${aheadMs} ms`);
  }
});

test('an alarm that is due fires in the next turn of the loop, not on the stack of its setter', async () => {
  const clock = new SystemClock();
  let isFired = false;
  clock.setAlarm(clock.nowMs() - 5, () => {
    isFired = true;
  });
  assert.equal(isFired, false);
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.equal(isFired, true);
});

test('setting the alarm again replaces it, and clearing it ends it', async () => {
  const clock = new SystemClock();
  const fired: string[] = [];
  clock.setAlarm(clock.nowMs() + 5, () => fired.push('first'));
  clock.setAlarm(clock.nowMs() + 10, () => fired.push('second'));
  await sleep(30);
  assert.deepEqual(fired, ['second']);
  clock.setAlarm(clock.nowMs() + 5, () => fired.push('third'));
  clock.clearAlarm();
  await sleep(20);
  assert.deepEqual(fired, ['second']);
});

test('the same time can be set again after it fired', async () => {
  const clock = new SystemClock();
  const atMs = clock.nowMs() + 2;
  await new Promise<void>((resolve) => clock.setAlarm(atMs, resolve));
  await new Promise<void>((resolve) => clock.setAlarm(atMs, resolve));
});

test('no alarm is set for a time beyond all days, nor does a far one fire at once', async () => {
  const clock = new SystemClock();
  let isFired = false;
  const onAlarm = (): void => {
    isFired = true;
  };
  clock.setAlarm(Number.POSITIVE_INFINITY, onAlarm);
  await sleep(10);
  clock.setAlarm(clock.nowMs() + 1e12, onAlarm);
  await sleep(10);
  assert.equal(isFired, false);
  clock.clearAlarm();
});

test('how late an alarm was is told before it is carried out', async () => {
  const late: number[] = [];
  const clock = new SystemClock((lateMs) => late.push(lateMs));
  const fired = new Promise<void>((resolve) => clock.setAlarm(clock.nowMs() + 1, resolve));
  busyMs(clock, 20);
  await fired;
  assert.equal(late.length, 1);
  assert.ok((late[0] ?? 0) >= 15, `${late[0]}`);
});

test('monotonic time is the time since the boot that other processes read', () => {
  const clock = new SystemClock();
  const upSeconds = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
  // /proc/uptime also counts time asleep, which CLOCK_MONOTONIC does not.
  assert.ok(clock.nowMs() / 1000 <= upSeconds + 0.1);
  const shell = Number(process.hrtime.bigint()) / 1e6;
  assert.ok(Math.abs(shell - clock.nowMs()) < 1000);
});

test('after a pause of the process what waits in a socket is read before the alarm', async (t) => {
  const clock = new SystemClock();
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  const happened: string[] = [];
  socket.on('message', () => happened.push('beat'));
  const rung = new Promise<void>((resolve) => {
    clock.setAlarm(clock.nowMs() + 20, () => {
      happened.push('alarm');
      resolve();
    });
  });
  // Another process sends while this one stands still.
  const send = `require('dgram').createSocket('udp4').send('x', ${port}, '127.0.0.1', () => process.exit())`;
  execFileSync(process.execPath, ['-e', send]);
  busyMs(clock, 30);
  await rung;
  assert.deepEqual(happened, ['beat', 'alarm']);
});

function busyMs(clock: SystemClock, ms: number): void {
  const untilMs = clock.nowMs() + ms;
  while (clock.nowMs() < untilMs);
}
