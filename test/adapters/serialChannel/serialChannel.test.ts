import assert from 'node:assert/strict';
import { pbkdf2 } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createSerialChannel, type SerialChannel } from '../../../src/adapters/serialChannel/serialChannel.ts';
import { RecordingListener, until } from '../recordingListener.ts';
import { ptyCable } from './ptyCable.ts';

/** So fast that the wire time of a frame does not matter. */
const fastBaud = 4_000_000;

function channel(t: TestContext, device: string, listener: RecordingListener, baud = fastBaud): SerialChannel {
  const made = createSerialChannel({ name: 'serial0', device, baud }, listener);
  t.after(() => made.close());
  return made;
}

test('two ends of a line hear each other, whatever the bytes', async (t) => {
  const cable = await ptyCable(t);
  if (cable === undefined) return;
  const aListener = new RecordingListener();
  const bListener = new RecordingListener();
  const a = channel(t, cable.a, aListener);
  const b = channel(t, cable.b, bListener);
  await Promise.all([aListener.untilOpen(), bListener.untilOpen()]);
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  a.send(all);
  b.send(Buffer.from('from b'));
  await until(() => aListener.heard.length === 1 && bListener.heard.length === 1, 'a frame in each direction');
  assert.equal(bListener.heard[0], Buffer.from(all).toString('latin1'));
  assert.equal(aListener.heard[0], 'from b');
  assert.equal(a.counters().sent, 1);
  assert.equal(a.counters().received, 1);
});

test('frames go to and fro without waiting for any timer of the program', { timeout: 60_000 }, async (t) => {
  const cable = await ptyCable(t);
  if (cable === undefined) return;
  const rounds = 50;
  let answers = Promise.withResolvers<void>();
  const asking = new RecordingListener();
  const answering = new RecordingListener();
  const a = channel(t, cable.a, asking);
  const b = channel(t, cable.b, answering);
  await Promise.all([asking.untilOpen(), answering.untilOpen()]);
  answering.onBytes = (bytes) => sendAtLast(b, bytes);
  asking.onBytes = (bytes) => {
    const round = bytes[0] ?? 0;
    if (round === rounds) answers.resolve();
    else sendAtLast(a, Uint8Array.of(round + 1));
  };
  const took: number[] = [];
  // A timer would delay each time. A busy machine does not.
  while ((took.at(-1) ?? 1e9) >= 900 && took.length < 8) {
    answers = Promise.withResolvers<void>();
    const startMs = performance.now();
    a.send(Uint8Array.of(1));
    await answers.promise;
    took.push(Math.round(performance.now() - startMs));
  }
  assert.ok((took.at(-1) ?? 1e9) < 900, `${rounds} rounds took ${took.join(', ')} ms`);
});

/** An answer can arrive before the program hears that its own frame is written: then the channel is still busy. */
function sendAtLast(line: SerialChannel, bytes: Uint8Array): void {
  const { busy } = line.counters();
  line.send(bytes);
  if (line.counters().busy > busy) setImmediate(() => sendAtLast(line, bytes));
}

test('a device that a channel has just closed is opened by the next one at once, at another speed', async (t) => {
  const cable = await ptyCable(t);
  if (cable === undefined) return;
  const before = new RecordingListener();
  const first = channel(t, cable.a, before);
  await before.untilOpen();
  first.close();
  const told: string[] = [];
  const second = createSerialChannel(
    { name: 'serial0', device: cable.a, baud: 115_200 },
    {
      onBytes: () => undefined,
      onHint: () => undefined,
      onOpenChanged: (isOpen, why) => told.push(`${isOpen} ${why}`),
    },
  );
  t.after(() => second.close());
  await until(() => told.length > 0, 'the device is opened, or not');
  assert.deepEqual(told, [`true ${cable.a} at 115200 baud`]);
});

test('noise on the line costs the frame it hits and no other', async (t) => {
  const cable = await ptyCable(t);
  if (cable === undefined) return;
  const listener = new RecordingListener();
  const peer = new RecordingListener();
  const a = channel(t, cable.a, listener);
  const b = channel(t, cable.b, peer);
  await Promise.all([listener.untilOpen(), peer.untilOpen()]);
  await cable.tell('noise 00ff7e55');
  b.send(Buffer.from('after the rest of a frame'));
  await until(() => listener.heard.length === 1, 'the first frame');
  await cable.tell(`noise dbdb${'42'.repeat(2000)}`);
  b.send(Buffer.from('after noise'));
  await until(() => listener.heard.length === 2, 'the second frame');
  assert.deepEqual(listener.heard, ['after the rest of a frame', 'after noise']);
  assert.equal(a.counters().brokenFrames, 1);
});

test('a device that vanishes is opened again when it is back', async (t) => {
  const cable = await ptyCable(t);
  if (cable === undefined) return;
  const listener = new RecordingListener();
  const peer = new RecordingListener();
  const a = channel(t, cable.a, listener);
  const b = channel(t, cable.b, peer);
  await Promise.all([listener.untilOpen(), peer.untilOpen()]);

  await cable.tell('vanish a');
  await until(() => !listener.isOpen, 'the loss to be told');
  assert.match(listener.opened.at(-1)?.reason ?? '', /does not answer/);
  a.send(Buffer.from('lost'));
  assert.equal(a.counters().dropped, 1);
  await until(() => listener.opened.length === 3, 'the reason that it is not there');
  assert.match(listener.opened.at(-1)?.reason ?? '', /is not there/);

  await cable.tell('appear a');
  await listener.untilOpen();
  b.send(Buffer.from('welcome back'));
  await until(() => listener.heard.length === 1, 'a frame after it is back');
  a.send(Buffer.from('thanks'));
  await until(() => peer.heard.length === 1, 'a frame of the one that is back');
  assert.equal(a.counters().opened, 2);
});

test('a device that hangs up in the middle of a read is noticed', async (t) => {
  const cable = await ptyCable(t);
  if (cable === undefined) return;
  const listener = new RecordingListener();
  const a = channel(t, cable.a, listener);
  await listener.untilOpen();
  // Reads are done by libuv's four threads. While these are busy, the read waits, and the device hangs up before it.
  const derive = promisify(pbkdf2);
  const busy = [1, 2, 3, 4, 5, 6].map(() => derive('', '', 200_000, 64, 'sha512'));
  await cable.tell('noise 4242');
  await sleep(20);
  await cable.tell('vanish a');
  await Promise.all(busy);
  await until(() => !listener.isOpen, 'the loss to be told');
  await cable.tell('appear a');
  await until(() => a.counters().opened === 2, 'the device to be opened again');
});

test('a line that carries nothing queues nothing: beats are dropped and counted', async (t) => {
  const cable = await ptyCable(t);
  if (cable === undefined) return;
  const listener = new RecordingListener();
  const peer = new RecordingListener();
  const a = channel(t, cable.a, listener);
  channel(t, cable.b, peer);
  await Promise.all([listener.untilOpen(), peer.untilOpen()]);
  await cable.tell('hold');
  let frames = 0;
  const send = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= 1) {
      frames += 1;
      a.send(Buffer.alloc(1400, frames));
      await sleep(8);
    }
  };
  await send(40);
  for (let before = -1; before !== a.counters().sent; ) {
    before = a.counters().sent;
    await send(20);
  }
  const stuck = a.counters();
  await send(20);
  assert.equal(a.counters().sent, stuck.sent, 'nothing more fits');
  assert.ok(stuck.sent * 1400 < 40_000, `the kernel took ${stuck.sent} frames`);
  assert.equal(a.counters().busy, frames - stuck.sent - 1);

  await cable.tell('flow');
  await until(() => a.counters().sent === stuck.sent + 1, 'the frame under way to get through');
  a.send(Buffer.from('fresh'));
  await until(() => peer.heard.includes('fresh'), 'a fresh frame');
  assert.equal(peer.heard.length, stuck.sent + 2);
});

test('frames beyond the baud rate are dropped, not left to the queue of the driver', async (t) => {
  const cable = await ptyCable(t);
  if (cable === undefined) return;
  const listener = new RecordingListener();
  const a = channel(t, cable.a, listener, 9600);
  await listener.untilOpen();
  const startMs = performance.now();
  let frames = 0;
  while (performance.now() - startMs < 1000) {
    frames += 1;
    a.send(Buffer.alloc(94));
    await sleep(10);
  }
  const tookMs = performance.now() - startMs;
  const { sent, busy } = a.counters();
  assert.equal(sent + busy, frames);
  const sentMax = tookMs / 100 + 1;
  assert.ok(sent >= 2 && sent <= sentMax, `96 bytes take 100 ms at 9600 baud, and ${sent} went out in ${tookMs} ms`);
});

test('a device that another program uses is named, and opened once it is free', async (t) => {
  const cable = await ptyCable(t);
  if (cable === undefined) return;
  const first = new RecordingListener();
  const second = new RecordingListener();
  const holder = channel(t, cable.a, first);
  await first.untilOpen();
  channel(t, cable.a, second);
  await until(() => second.opened.length > 0, 'the first attempt');
  assert.equal(second.isOpen, false);
  assert.match(second.opened[0]?.reason ?? '', /is in use: fuser -v/);
  holder.close();
  await second.untilOpen();
});

const unusable = [
  { device: '/dev/there-is-no-such-device', reason: /is not there/ },
  { device: '/dev/null', reason: /is not a serial device/ },
  { device: '/tmp', reason: /is not a serial device/ },
] as const;

for (const { device, reason } of unusable) {
  test(`a channel on ${device} says once why it does not open`, async (t) => {
    const listener = new RecordingListener();
    const made = channel(t, device, listener);
    made.send(Buffer.from('lost'));
    assert.equal(listener.calls, 0, 'nothing is told from inside the constructor');
    await until(() => listener.opened.length > 0, 'the first attempt');
    await sleep(1300);
    assert.equal(listener.opened.length, 1);
    assert.match(listener.opened[0]?.reason ?? '', reason);
    assert.equal(made.counters().dropped, 1);
  });
}

test('a frame larger than a beat is counted and not sent', async (t) => {
  const cable = await ptyCable(t);
  if (cable === undefined) return;
  const listener = new RecordingListener();
  const a = channel(t, cable.a, listener);
  await listener.untilOpen();
  a.send(Buffer.alloc(1401));
  assert.equal(a.counters().oversized, 1);
});

test('closing twice, while it opens, and in the middle of a write is fine', async (t) => {
  const cable = await ptyCable(t);
  if (cable === undefined) return;
  const early = new RecordingListener();
  const earlyChannel = channel(t, cable.a, early);
  earlyChannel.close();
  earlyChannel.close();

  const late = new RecordingListener();
  const lateChannel = channel(t, cable.b, late);
  await late.untilOpen();
  await cable.tell('hold');
  for (let left = 40; left > 0; left -= 1) {
    lateChannel.send(Buffer.alloc(1400));
    await sleep(8);
  }
  const { calls } = late;
  lateChannel.close();
  lateChannel.close();
  lateChannel.send(Buffer.from('lost'));
  await sleep(100);
  assert.equal(early.calls, 0);
  assert.equal(late.calls, calls);

  const again = new RecordingListener();
  channel(t, cable.b, again);
  await again.untilOpen();
});
