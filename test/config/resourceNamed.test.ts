import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resourceNamed } from '../../src/config/resourceNamed.ts';

const words = [
  '192.168.1.50/24/eth0',
  'IPaddr2::192.168.1.51/24',
  'fd00::50/64',
  'zeo::/opt/zope/instance0',
  'mail::a',
  'mail::b',
  'systemd:nginx',
  'ocf:heartbeat:Filesystem::device=/dev/sdb1',
];
const cases: readonly (readonly [string, string | undefined])[] = [
  ['192.168.1.50/24/eth0', '192.168.1.50/24/eth0'],
  ['192.168.1.50', '192.168.1.50/24/eth0'],
  ['192.168.1.51', 'IPaddr2::192.168.1.51/24'],
  ['fd00::50', 'fd00::50/64'],
  ['zeo', 'zeo::/opt/zope/instance0'],
  ['nginx.service', 'systemd:nginx'],
  ['Filesystem', 'ocf:heartbeat:Filesystem::device=/dev/sdb1'],
  ['mail::b', 'mail::b'],
  ['mail', undefined],
  ['ze', undefined],
  ['', undefined],
];

for (const [wanted, meant] of cases) {
  test(`of a line with many words, ${JSON.stringify(wanted)} means ${meant ?? 'none of them'}`, () => {
    assert.equal(resourceNamed(words, wanted), meant);
  });
}
