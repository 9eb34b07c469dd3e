import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createUdpChannel } from '../../../src/adapters/udpChannel/udpChannel.ts';
import { RecordingListener, until } from '../recordingListener.ts';

/**
 * Run by `udpNamespace.test.ts` in a network namespace of its own, with the address of a new device: takes address and
 * device away and puts them back, and prints what the channel told about it, as JSON.
 */
const [address = '', peer = ''] = process.argv.slice(2);

function ip(command: string): void {
  execFileSync('ip', command.split(' '));
}

/** The first veth of a namespace gets another number each time, as a replugged adapter does. */
function plugIn(): void {
  ip('link add name tb0 type veth peer name tb1');
  ip('link set tb0 up');
  ip('link set tb1 up');
}

function addAddress(): void {
  ip(`addr add ${address.replace(/%.*$/, '')}/${address.includes(':') ? '64' : '24'} dev tb0`);
}

const listener = new RecordingListener();
ip('link set lo up');
plugIn();
for (const name of ['all', 'tb0']) writeFileSync(`/proc/sys/net/ipv6/conf/${name}/accept_dad`, '0');
const channel = createUdpChannel(
  { name: 'udp0', local: { address, port: 694 }, remote: { address: peer, port: 694 } },
  listener,
);
const beats = setInterval(() => channel.send(Buffer.from('beat')), 50);
try {
  await until(() => listener.opened.length === 1, 'the address to be missed');
  addAddress();
  await listener.untilOpen();
  ip('link set tb0 down');
  await until(() => !listener.isOpen, 'the device to be missed');
  ip('link set tb0 up');
  if (address.includes(':')) addAddress();
  await listener.untilOpen();
  ip('link del tb0');
  await until(() => !listener.isOpen, 'the device to be missed');
  ip('link add name tb8 type veth peer name tb9');
  plugIn();
  addAddress();
  await listener.untilOpen();
} finally {
  clearInterval(beats);
  channel.close();
  process.stdout.write(JSON.stringify({ opened: listener.opened, counters: channel.counters() }));
}
