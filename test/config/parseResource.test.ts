import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import type { Means } from '../../src/config/means.ts';
import { parseResource } from '../../src/config/parseResource.ts';

function address(text: string, more: Partial<Extract<Means, { readonly kind: 'address' }>> = {}): Means {
  const plain = { bits: undefined, device: undefined, label: undefined, broadcast: undefined };
  return { kind: 'address', address: text, family: 4, ...plain, ...more };
}

function script(name: string, ...args: readonly string[]): Means {
  return { kind: 'script', script: name, args };
}

const understood: ReadonlyArray<{ readonly word: string; readonly expected: Means }> = [
  { word: '10.0.0.1', expected: address('10.0.0.1') },
  { word: '10.0.0.1/24', expected: address('10.0.0.1', { bits: 24 }) },
  { word: '10.0.0.1/255.255.255.0', expected: address('10.0.0.1', { bits: 24 }) },
  { word: '10.0.0.1/32', expected: address('10.0.0.1', { bits: 32 }) },
  { word: '10.0.0.1/24/eth0', expected: address('10.0.0.1', { bits: 24, device: 'eth0' }) },
  { word: '10.0.0.1/24/eth0.100', expected: address('10.0.0.1', { bits: 24, device: 'eth0.100' }) },
  { word: '10.0.0.1/24/eth0:0', expected: address('10.0.0.1', { bits: 24, device: 'eth0', label: 'eth0:0' }) },
  {
    word: '10.0.0.1/24/eth0:0/10.0.0.255',
    expected: address('10.0.0.1', { bits: 24, device: 'eth0', label: 'eth0:0', broadcast: '10.0.0.255' }),
  },
  { word: '10.0.0.1/24/10.0.0.255', expected: address('10.0.0.1', { bits: 24, broadcast: '10.0.0.255' }) },
  { word: '10.0.0.0/31', expected: address('10.0.0.0', { bits: 31 }) },
  { word: 'IPaddr::10.0.0.1/24/eth0', expected: address('10.0.0.1', { bits: 24, device: 'eth0' }) },
  { word: 'IPaddr2::10.0.0.1', expected: address('10.0.0.1') },
  { word: 'IPaddr2::fd00::10/64/eth0', expected: address('fd00::10', { family: 6, bits: 64, device: 'eth0' }) },
  { word: 'IPv6addr::FD00:0::0010/64', expected: address('fd00::10', { family: 6, bits: 64 }) },
  { word: 'fd00::10/64/eth0', expected: address('fd00::10', { family: 6, bits: 64, device: 'eth0' }) },
  { word: '2001:db8:0:0:1:0:0:1', expected: address('2001:db8::1:0:0:1', { family: 6 }) },
  { word: 'fe80::10/64/eth0', expected: address('fe80::10', { family: 6, bits: 64, device: 'eth0' }) },
  { word: 'db2::1', expected: script('db2', '1') },
  { word: 'zeo', expected: script('zeo') },
  { word: 'zeo::/opt/zope/instance0', expected: script('zeo', '/opt/zope/instance0') },
  { word: 'Filesystem::/dev/sda1::/data1::ext2', expected: script('Filesystem', '/dev/sda1', '/data1', 'ext2') },
  {
    word: 'MailTo::a@example.org,b@example.org::subject',
    expected: script('MailTo', 'a@example.org,b@example.org', 'subject'),
  },
  { word: 'IPsrcaddr::10.0.0.1', expected: script('IPsrcaddr', '10.0.0.1') },
  { word: 'LinuxSCSI::0:1:2', expected: script('LinuxSCSI', '0:1:2') },
  { word: 'a::-rf::$HOME;x', expected: script('a', '-rf', '$HOME;x') },
  { word: 'systemd:nginx', expected: { kind: 'systemd', unit: 'nginx.service' } },
  { word: 'systemd:getty@tty1.service', expected: { kind: 'systemd', unit: 'getty@tty1.service' } },
  { word: 'ocf:heartbeat:Dummy', expected: { kind: 'ocf', provider: 'heartbeat', agent: 'Dummy', parameters: {} } },
  {
    word: 'ocf:heartbeat:Filesystem::device=/dev/sdb1::options=a=b,c=::run=',
    expected: {
      kind: 'ocf',
      provider: 'heartbeat',
      agent: 'Filesystem',
      parameters: { device: '/dev/sdb1', options: 'a=b,c=', run: '' },
    },
  },
];

suite('a word of haresources is understood:', () => {
  for (const { word, expected } of understood) {
    test(word, () => {
      assert.deepEqual(parseResource(word), expected);
    });
  }
});

const refused: ReadonlyArray<{ readonly word: string; readonly at: number; readonly says: RegExp }> = [
  { word: '10.0.0', at: 0, says: /"10.0.0" is no IP address/ },
  { word: '10.0.0.256', at: 0, says: /is no IP address/ },
  { word: '10.0.0.01', at: 0, says: /is no IP address/ },
  { word: '224.0.0.1', at: 0, says: /not the address of one machine/ },
  { word: '0.0.0.0', at: 0, says: /not the address of one machine/ },
  { word: '10.0.0.1/', at: 9, says: /"" is no length of a subnet/ },
  { word: '10.0.0.1/33', at: 9, says: /"33" is no length of a subnet: write a number from 1 to 32/ },
  { word: '10.0.0.1/0', at: 9, says: /no length of a subnet/ },
  { word: '10.0.0.1/255.0.255.0', at: 9, says: /no length of a subnet/ },
  { word: '10.0.0.0/24', at: 9, says: /the first or the last address of its \/24/ },
  { word: '10.0.0.255/24', at: 11, says: /the first or the last address of its \/24/ },
  { word: '10.0.0.1/24/', at: 12, says: /"" is no name of a device/ },
  { word: '10.0.0.1/24/a-name-that-is-too-long', at: 12, says: /no name of a device: at most 15/ },
  { word: '10.0.0.1/24/eth0:', at: 17, says: /"" is no label/ },
  { word: '10.0.0.1/24/enp0s31f6:service', at: 22, says: /the kernel keeps at most 15 characters/ },
  { word: '10.0.0.1/24/eth0/10.0.0', at: 17, says: /"10.0.0" is no broadcast address/ },
  { word: '10.0.0.1/24/10.0.0.255/eth0', at: 23, says: /the device stands before the broadcast address/ },
  { word: '10.0.0.1/24/eth0/10.0.0.255/x', at: 28, says: /at most three parts/ },
  { word: 'fd00::10/129', at: 9, says: /write a number from 1 to 128/ },
  { word: 'fd00::10/64/eth0:0', at: 17, says: /no labels/ },
  { word: 'fd00::10/64/eth0/10.0.0.255', at: 17, says: /no broadcast/ },
  { word: 'IPaddr', at: 0, says: /IPaddr needs an address/ },
  { word: 'IPaddr2::', at: 0, says: /IPaddr2 needs an address/ },
  { word: 'IPaddr2::eth0', at: 9, says: /"eth0" is no IP address/ },
  { word: 'IPaddr2::10.0.0.1/40', at: 18, says: /no length of a subnet/ },
  { word: 'zeo::', at: 3, says: /an argument is empty/ },
  { word: 'zeo::a::::b', at: 6, says: /an argument is empty/ },
  { word: '::a', at: 0, says: /"" is neither an address nor the name of a script/ },
  { word: '../zeo', at: 2, says: /without its folder/ },
  { word: '-rf', at: 0, says: /neither an address nor the name of a script/ },
  { word: 'a:b', at: 1, says: /neither an address nor the name of a script/ },
  { word: 'lsb:nginx', at: 0, says: /lsb:nginx is no resource/ },
  { word: 'OCF::Filesystem::disk', at: 0, says: /OCF:: took its parameters from files/ },
  { word: 'ocf:heartbeat', at: 0, says: /ocf:PROVIDER:TYPE/ },
  { word: 'ocf:a:b:c', at: 0, says: /ocf:PROVIDER:TYPE/ },
  { word: 'ocf:../..:x', at: 0, says: /ocf:PROVIDER:TYPE/ },
  { word: 'ocf:a:b::c', at: 9, says: /a parameter is name=value/ },
  { word: 'ocf:a:b::c=1::c=2', at: 14, says: /parameter c is there twice/ },
  { word: 'systemd:', at: 8, says: /"" is no name of a unit/ },
  { word: 'systemd:a/b', at: 8, says: /no name of a unit/ },
  { word: 'systemd:nginx::x', at: 13, says: /a unit takes no arguments/ },
];

suite('a word of haresources is refused:', () => {
  for (const { word, at, says } of refused) {
    test(word, () => {
      const parsed = parseResource(word);
      assert('message' in parsed, 'it was understood');
      assert.match(parsed.message, says);
      assert.equal(parsed.at, at);
    });
  }
});
