import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createBroadcastChannel } from '../../../src/adapters/deviceChannel/broadcastChannel.ts';
import { createMulticastChannel } from '../../../src/adapters/deviceChannel/multicastChannel.ts';
import { openDeviceSocket } from '../../../src/adapters/linux/deviceSocket.ts';
import { RecordingListener, until } from '../recordingListener.ts';
import { canPretendLans, unshareWords } from './lans.ts';

const program = fileURLToPath(new URL('twoLans.ts', import.meta.url));

interface Result {
  readonly heard: readonly string[];
  readonly counters: readonly { readonly own: number; readonly sent: number; readonly errors: number }[];
  readonly strangers: readonly string[];
  readonly counted: { readonly foreign: number; readonly oversized: number };
  readonly neverSent: number;
  readonly openedByAddressChange: number;
  readonly otherLanStaysOpen: boolean;
  readonly downReason: string;
  readonly goneReason: string;
  readonly mtuReason: string;
  readonly piecesHeard: boolean;
  readonly opened: readonly { readonly isOpen: boolean }[];
}

const cases = [
  { name: 'broadcast', type: 'broadcast' },
  { name: 'IPv4 multicast', type: 'multicast' },
  { name: 'IPv6 multicast on the link', type: 'ff02' },
  { name: 'IPv6 multicast on the site', type: 'ff05' },
] as const;

for (const { name, type } of cases) {
  test(`${name}: two LANs with one group do not vouch for each other, and each survives its accidents`, async (t) => {
    if (!canPretendLans(t)) return;
    const { stdout } = await promisify(execFile)('unshare', [...unshareWords, process.execPath, program, type], {
      timeout: 60_000,
    });
    const result = JSON.parse(stdout) as Result;
    assert.deepEqual(result.heard, ['b0', 'a0', 'b1', 'a1'], 'each end hears the other end of its cable alone');
    for (const { own, sent, errors } of result.counters) {
      assert.equal(own, type === 'broadcast' ? sent : 0, 'what the LAN gives back is counted as its own');
      assert.equal(errors, 0);
    }
    assert.deepEqual(
      result.strangers.slice(1),
      ['guest', '', ''],
      'only the codec tells a guest on the port from the peer',
    );
    assert.equal(result.counted.foreign, 2);
    assert.equal(result.counted.oversized, 1);
    assert.equal(result.neverSent, 1);
    // Without any address IPv6 sends nothing: on a busy machine long enough to be told.
    if (!type.startsWith('ff')) assert.equal(result.openedByAddressChange, 1, 'another address changes nothing');
    assert.match(result.downReason, /^a0 is down or has no address yet \(E\w+\): bring it up$/);
    assert.equal(result.otherLanStaysOpen, true);
    assert.equal(result.goneReason, 'there is no device a0 now: plug it in, or correct the channel');
    assert.match(result.mtuReason, /^beats do not fit into the MTU of a0/);
    assert.equal(result.piecesHeard, false, 'a beat goes in one piece or not at all');
    const told = result.opened.map(({ isOpen }) => isOpen);
    assert.ok(told.length >= 6 && told.length <= 8, stdout);
    assert.deepEqual(
      told,
      told.map((_, index) => index % 2 === 0),
      'each change is told once',
    );
  });
}

test('a channel whose device is not there says so once and keeps trying', async (t) => {
  const listener = new RecordingListener();
  const channel = createBroadcastChannel(
    { name: 'lan', device: 'no-such-device', port: 694 },
    listener,
    openDeviceSocket,
  );
  t.after(() => channel.close());
  assert.equal(listener.calls, 0, 'nothing is told from inside the constructor');
  channel.send(Buffer.from('lost'));
  await until(() => listener.opened.length > 0, 'the first attempt');
  assert.match(listener.opened[0]?.reason ?? '', /there is no device no-such-device now/);
  assert.equal(channel.counters().dropped, 1);
});

test('where the kernel cannot bind to a device the channel says why, and does not fall back to less', async (t) => {
  const listener = new RecordingListener();
  const options = { name: 'lan', device: 'eth0', group: '239.192.6.94', port: 694, ttl: 1 };
  const channel = createMulticastChannel(options, listener, () =>
    Promise.resolve({ ok: false, code: 'ENOLIBC', detail: 'no prebuilt koffi' }),
  );
  t.after(() => channel.close());
  await until(() => listener.opened.length > 0, 'the attempt');
  assert.deepEqual(listener.opened, [
    {
      isOpen: false,
      reason:
        'a multicast channel must bind to its device, and the C library cannot be called here (no prebuilt koffi): use udp',
    },
  ]);
});

test('a channel that is closed while it opens gives the socket back and tells nothing', async () => {
  const listener = new RecordingListener();
  let closed = 0;
  const channel = createBroadcastChannel({ name: 'lan', device: 'eth0', port: 694 }, listener, () =>
    Promise.resolve({
      ok: true,
      fd: -1,
      close: () => {
        closed += 1;
      },
    }),
  );
  channel.close();
  channel.close();
  channel.send(Buffer.from('lost'));
  await new Promise(setImmediate);
  assert.equal(closed, 1);
  assert.equal(listener.calls, 0);
});
