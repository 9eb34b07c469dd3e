import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UdpAddress } from '../../../src/adapters/udpChannel/udpAddress.ts';
import { createUdpChannel, type UdpChannel } from '../../../src/adapters/udpChannel/udpChannel.ts';
import { RecordingListener, until } from '../recordingListener.ts';

async function boundSocket(t: TestContext, address: string, port = 0): Promise<Socket> {
  const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
  let isClosed = false;
  socket.once('close', () => {
    isClosed = true;
  });
  t.after(() => {
    if (!isClosed) socket.close();
  });
  socket.bind({ address, port, exclusive: true });
  await once(socket, 'listening');
  return socket;
}

async function freeAddress(t: TestContext, address: string): Promise<UdpAddress> {
  const socket = await boundSocket(t, address);
  const { port } = socket.address();
  socket.close();
  return { address, port };
}

function channel(t: TestContext, local: UdpAddress, remote: UdpAddress, listener: RecordingListener): UdpChannel {
  const made = createUdpChannel({ name: 'udp0', local, remote }, listener);
  t.after(() => made.close());
  return made;
}

const families = [
  { name: 'IPv4', first: '127.0.0.1', second: '127.0.0.2' },
  { name: 'IPv6', first: '::1', second: '0:0:0:0:0:0:0:1' },
] as const;

for (const { name, first, second } of families) {
  test(`two ends of a channel hear each other over ${name}`, async (t) => {
    const hasAddress = Object.values(networkInterfaces()).some((all) => all?.some((it) => it.address === first));
    if (!hasAddress && process.env['CI'] !== 'true') {
      t.skip(`this machine has no ${first}: ip addr add ${first} dev lo`);
      return;
    }
    const here = await freeAddress(t, first);
    const there = await freeAddress(t, second);
    const hereListener = new RecordingListener();
    const thereListener = new RecordingListener();
    const hereChannel = channel(t, here, there, hereListener);
    const thereChannel = channel(t, there, here, thereListener);
    await Promise.all([hereListener.untilOpen(), thereListener.untilOpen()]);

    hereChannel.send(Buffer.from('one'));
    hereChannel.send(Buffer.from('two'));
    thereChannel.send(Buffer.from('three'));
    await until(() => thereListener.heard.length === 2 && hereListener.heard.length === 1, 'three datagrams');
    assert.deepEqual(thereListener.heard, ['one', 'two']);
    assert.deepEqual(hereListener.heard, ['three']);
    assert.equal(hereChannel.counters().sent, 2);
    assert.equal(hereChannel.counters().received, 1);
  });
}

test('a refused port gives a hint, at most one a second, until the peer listens', async (t) => {
  const here = await freeAddress(t, '127.0.0.1');
  const there = await freeAddress(t, '127.0.0.2');
  const listener = new RecordingListener();
  const hereChannel = channel(t, here, there, listener);
  await listener.untilOpen();
  const startMs = performance.now();
  const isOver = (): boolean => performance.now() - startMs >= 1500 && hereChannel.counters().refused > 10;
  await until(() => {
    hereChannel.send(Buffer.from('anybody?'));
    return isOver();
  }, 'ten refusals');
  const tookMs = performance.now() - startMs;
  const { length } = listener.hints;
  assert.ok(length >= 1 && length <= 1 + tookMs / 1000, `${length} hints in ${tookMs} ms`);
  assert.match(listener.hints[0] ?? '', /127\.0\.0\.2:\d+ refuses/);
  assert.equal(listener.isOpen, true);

  const peer = await boundSocket(t, there.address, there.port);
  const heard: string[] = [];
  peer.on('message', (bytes) => heard.push(bytes.toString()));
  await until(() => {
    hereChannel.send(Buffer.from('hello'));
    return heard.includes('hello');
  }, 'the peer to hear');
});

test('datagrams of strangers are not handed on', async (t) => {
  const here = await freeAddress(t, '127.0.0.1');
  const peer = await boundSocket(t, '127.0.0.2');
  const stranger = await boundSocket(t, '127.0.0.3', peer.address().port);
  const otherPort = await boundSocket(t, '127.0.0.2');
  const listener = new RecordingListener();
  channel(t, here, { address: '127.0.0.2', port: peer.address().port }, listener);
  await listener.untilOpen();
  stranger.send('stranger', here.port, here.address);
  otherPort.send('other port', here.port, here.address);
  peer.send('peer', here.port, here.address);
  await until(() => listener.heard.length > 0, 'the datagram of the peer');
  await sleep(50);
  assert.deepEqual(listener.heard, ['peer']);
});

test('a datagram larger than a beat is counted and dropped in both directions', async (t) => {
  const here = await freeAddress(t, '127.0.0.1');
  const peer = await boundSocket(t, '127.0.0.2');
  const listener = new RecordingListener();
  const hereChannel = channel(t, here, { address: '127.0.0.2', port: peer.address().port }, listener);
  await listener.untilOpen();
  peer.send(Buffer.alloc(1401), here.port, here.address);
  peer.send(Buffer.alloc(60_000), here.port, here.address);
  peer.send(Buffer.alloc(1400), here.port, here.address);
  await until(() => listener.heard.length > 0, 'the datagram that fits');
  assert.equal(listener.heard[0]?.length, 1400);
  assert.equal(hereChannel.counters().oversized, 2);
  hereChannel.send(Buffer.alloc(1401));
  assert.equal(hereChannel.counters().oversized, 3);
});

test('a channel whose address is not there says so once and keeps trying', async (t) => {
  const listener = new RecordingListener();
  const here = { address: '192.0.2.1', port: 694 };
  const hereChannel = channel(t, here, { address: '192.0.2.2', port: 694 }, listener);
  assert.equal(listener.calls, 0, 'nothing is told from inside the constructor');
  hereChannel.send(Buffer.from('lost'));
  await until(() => listener.opened.length > 0, 'the first attempt');
  await sleep(1200);
  assert.equal(listener.opened.length, 1);
  assert.equal(listener.opened[0]?.isOpen, false);
  assert.match(listener.opened[0]?.reason ?? '', /192\.0\.2\.1 is not an address of this machine/);
  assert.equal(hereChannel.counters().dropped, 1);
});

test('a taken port is named, and the channel opens once it is free', async (t) => {
  const other = await boundSocket(t, '127.0.0.1');
  const here = { address: '127.0.0.1', port: other.address().port };
  const there = await freeAddress(t, '127.0.0.2');
  const listener = new RecordingListener();
  channel(t, here, there, listener);
  await until(() => listener.opened.length > 0, 'the first attempt');
  assert.match(listener.opened[0]?.reason ?? '', /127\.0\.0\.1:\d+ is taken/);
  other.close();
  await listener.untilOpen();
  assert.deepEqual(
    listener.opened.map(({ isOpen }) => isOpen),
    [false, true],
  );
});

test('closing twice, or while it opens, is fine, and nothing is told afterwards', async (t) => {
  const here = await freeAddress(t, '127.0.0.1');
  const there = await freeAddress(t, '127.0.0.2');
  const early = new RecordingListener();
  const earlyChannel = channel(t, here, there, early);
  earlyChannel.close();
  earlyChannel.close();
  earlyChannel.send(Buffer.from('lost'));

  const late = new RecordingListener();
  const lateChannel = channel(t, here, there, late);
  await late.untilOpen();
  const { calls } = late;
  lateChannel.send(Buffer.from('refused'));
  lateChannel.close();
  lateChannel.close();
  lateChannel.send(Buffer.from('lost'));
  await sleep(100);
  assert.equal(early.calls, 0);
  assert.equal(late.calls, calls);
  assert.equal(lateChannel.counters().dropped, 1);
});

test('names, and addresses of two families, are refused: nothing here asks DNS', () => {
  const listener = new RecordingListener();
  const there = { address: '127.0.0.2', port: 694 };
  const attempt = (address: string): void => {
    createUdpChannel({ name: 'udp0', local: { address, port: 694 }, remote: there }, listener).close();
  };
  assert.throws(() => attempt('localhost'), /numeric/);
  assert.throws(() => attempt('::1'), /one family/);
});
