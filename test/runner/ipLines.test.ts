import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  addressBytes,
  coversAddress,
  readAddressLines,
  readLinkLine,
  readRouteDevice,
} from '../../src/runner/ipLines.ts';

test('addresses are read as ip prints them, one a line', () => {
  const lines = [
    '1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever',
    '2: eth0    inet 10.0.0.1/24 brd 10.0.0.255 scope global eth0\\       valid_lft forever preferred_lft forever',
    '2: eth0    inet 10.0.0.9/24 scope global secondary dynamic eth0:0\\       valid_lft 3sec preferred_lft 3sec',
    '3: tun0    inet 10.8.0.2 peer 10.8.0.1/32 scope global tun0\\       valid_lft forever preferred_lft forever',
    '2: eth0    inet6 fd77::9/64 scope global nodad dynamic \\       valid_lft 12sec preferred_lft 0sec',
    'Device "eth9" does not exist.',
  ];
  assert.deepEqual(
    readAddressLines(lines).map(({ device, family, address, bits }) => [device, family, address, bits].join(' ')),
    ['lo 4 127.0.0.1 8', 'eth0 4 10.0.0.1 24', 'eth0 4 10.0.0.9 24', 'tun0 4 10.8.0.2 32', 'eth0 6 fd77::9 64'],
  );
});

test('links are read with carrier, MAC and the name before the @', () => {
  const line =
    '4: eth0@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default qlen 1000\\    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff link-netnsid 1';
  const link = { device: 'eth0', index: 4, isUp: true, hasCarrier: true, mac: '02:00:00:00:00:01', isGone: false };
  assert.deepEqual(readLinkLine(line), link);
  assert.equal(readLinkLine(line.replace('LOWER_UP', 'NO-CARRIER'))?.hasCarrier, false);
  assert.equal(readLinkLine(line.replace(',UP,', ','))?.hasCarrier, false);
  assert.deepEqual(readLinkLine(`Deleted ${line}`), { ...link, hasCarrier: false, isGone: true });
  assert.equal(readLinkLine('2: eth0    inet 10.0.0.1/24 scope global eth0'), undefined);
});

test('a route names its device, unless it leads to this machine', () => {
  assert.equal(readRouteDevice(['10.0.0.9 dev eth0 src 10.0.0.1 uid 0 \\    cache ']), 'eth0');
  assert.equal(readRouteDevice(['10.9.0.9 via 10.0.0.254 dev eth1 src 10.0.0.1']), 'eth1');
  assert.equal(readRouteDevice(['local 10.0.0.1 dev lo src 10.0.0.1']), undefined);
  assert.equal(readRouteDevice([]), undefined);
});

test('a subnet covers its addresses and no others', () => {
  const cases: readonly (readonly [string, number, string, boolean])[] = [
    ['10.0.0.1', 24, '10.0.0.9', true],
    ['10.0.0.1', 24, '10.0.1.9', false],
    ['10.0.0.1', 22, '10.0.3.9', true],
    ['10.0.0.1', 0, '192.0.2.1', true],
    ['10.0.0.1', 32, '10.0.0.1', false],
    ['fd77::1', 64, 'fd77::9', true],
    ['fd77::1', 64, 'fd77:0:0:1::9', false],
    ['fd77::1', 65, 'fd77::8000:0:0:9', false],
    ['10.0.0.1', 24, 'fd77::9', false],
  ];
  for (const [address, bits, other, expected] of cases) {
    const held = { device: 'eth0', family: 4, address, bits } as const;
    assert.equal(coversAddress(held, other), expected, `${other} in ${address}/${bits}`);
  }
});

test('an address becomes its bytes, and whatever is none becomes nothing', () => {
  assert.deepEqual(addressBytes('192.0.2.1'), [192, 0, 2, 1]);
  assert.deepEqual(addressBytes('::ffff:192.0.2.1'), [...Array.from({ length: 10 }, () => 0), 255, 255, 192, 0, 2, 1]);
  assert.deepEqual(addressBytes('1:2:3:4:5:6:7:8'), [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]);
  for (const text of ['', '1.2.3', '1.2.3.256', 'x', '1:2', '1:2:3:4:5:6:7:8:9'])
    assert.deepEqual(addressBytes(text), [], text);
});

test('no line makes a reader throw', () => {
  fc.assert(
    fc.property(fc.string(), (line) => {
      readAddressLines([line]);
      readLinkLine(line);
      readRouteDevice([line]);
      addressBytes(line);
    }),
  );
});
