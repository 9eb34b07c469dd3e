import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createBroadcastChannel } from '../../../src/adapters/deviceChannel/broadcastChannel.ts';
import type { DeviceChannel } from '../../../src/adapters/deviceChannel/deviceChannel.ts';
import { createMulticastChannel } from '../../../src/adapters/deviceChannel/multicastChannel.ts';
import { openDeviceSocket } from '../../../src/adapters/linux/deviceSocket.ts';
import { RecordingListener, until } from '../recordingListener.ts';
import { allowShortCables, ip, layCable } from './lans.ts';

/**
 * Run by `deviceChannel.test.ts` in a network namespace of its own: two cables with a channel at each end, all of
 * one group and port. Prints what each end heard, then what became of it in several accidents, as JSON.
 */
const [type = ''] = process.argv.slice(2);

function open(device: string, listener: RecordingListener): DeviceChannel {
  const common = { name: device, device, port: 694 };
  if (type === 'broadcast') return createBroadcastChannel(common, listener, openDeviceSocket);
  const group = type === 'ff02' ? 'ff02::694' : type === 'ff05' ? 'ff05::694' : '239.192.6.94';
  return createMulticastChannel({ ...common, group, ttl: 1 }, listener, openDeviceSocket);
}

allowShortCables();
ip('link set lo up');
layCable(0);
layCable(1);
const devices = ['a0', 'b0', 'a1', 'b1'] as const;
const listeners = devices.map(() => new RecordingListener());
const channels = devices.map((device, index) => open(device, listeners[index] ?? new RecordingListener()));
const beats = setInterval(() => {
  for (const [index, channel] of channels.entries()) channel.send(Buffer.from(devices[index] ?? ''));
}, 50);
const [a0, b0, a1] = listeners;
const result: Record<string, unknown> = {};
try {
  await until(() => listeners.every(({ isOpen, heard }) => isOpen && heard.length > 3), 'every end to hear');
  result['heard'] = listeners.map(({ heard }) => [...new Set(heard)].join());
  result['counters'] = channels.map((channel) => channel.counters());

  const isIpv6 = type.startsWith('ff');
  const to = type === 'broadcast' ? '255.255.255.255' : isIpv6 ? `${type}::694` : '239.192.6.94';
  for (const [port, what] of [
    [7777, 'stranger'],
    [694, 'guest'],
  ] as const) {
    const socket = createSocket(isIpv6 ? 'udp6' : 'udp4').bind(port, isIpv6 ? 'fd00:9::1' : '10.9.0.1');
    await once(socket, 'listening');
    if (type === 'broadcast') socket.setBroadcast(true);
    else socket.setMulticastInterface(isIpv6 ? '::%a0' : '10.9.0.1');
    for (const bytes of [Buffer.from(what), Buffer.alloc(4000)]) socket.send(bytes, 694, to);
    await sleep(100);
    socket.close();
  }
  channels[2]?.send(Buffer.alloc(1401));
  const strangers = listeners.map(({ heard }) => heard.filter((text) => ['stranger', 'guest'].includes(text)).join());
  result['strangers'] = strangers;
  result['counted'] = channels[1]?.counters();
  result['neverSent'] = channels[2]?.counters().oversized;

  ip('addr flush dev a0');
  ip('addr add 10.9.0.77/24 dev a0');
  if (isIpv6) ip('addr add fe80::77/64 dev a0');
  const heardAtChange = b0?.heard.length ?? 0;
  await until(() => (b0?.heard.length ?? 0) > heardAtChange + 20, 'b0 to hear after the change of address');
  result['openedByAddressChange'] = a0?.opened.filter(({ isOpen }) => isOpen).length;

  ip('link set a0 down');
  await until(() => a0?.isOpen === false, 'a device that is down to be told');
  result['downReason'] = a0?.opened.at(-1)?.reason;
  result['otherLanStaysOpen'] = a1?.isOpen;
  ip('link set a0 up');
  await a0?.untilOpen();

  ip('link del a0');
  await until(() => a0?.isOpen === false && b0?.isOpen === false, 'the devices to be missed');
  await sleep(1200);
  result['goneReason'] = a0?.opened.at(-1)?.reason;
  ip('link add name x0 type veth peer name x1');
  layCable(0);
  const heardAtReturn = b0?.heard.length ?? 0;
  await until(() => a0?.isOpen === true && (b0?.heard.length ?? 0) > heardAtReturn + 3, 'new devices to be used');

  ip('link set a0 mtu 1280');
  const large2 = Buffer.alloc(1300, 1);
  const told = a0?.opened.length ?? 0;
  const big = setInterval(() => channels[0]?.send(large2), 50);
  clearInterval(beats);
  await until(() => (a0?.opened.length ?? 0) > told, 'what is too large to be told');
  clearInterval(big);
  result['mtuReason'] = a0?.opened.at(-1)?.reason;
  result['piecesHeard'] = b0?.heard.some((heard) => heard.length > 1000);
} finally {
  clearInterval(beats);
  for (const channel of channels) channel.close();
  result['opened'] = a0?.opened;
  process.stdout.write(JSON.stringify(result));
}
