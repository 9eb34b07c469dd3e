import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type ChannelPath, pathConcerns, routeQuestionOf } from '../../src/config/channelPaths.ts';
import type { ChannelPlan } from '../../src/config/plans.ts';

const lan: ChannelPlan = {
  type: 'udp',
  name: 'lan',
  local: { address: '192.168.1.10', port: 694 },
  remote: { address: '192.168.1.11', port: 694 },
};
const cross: ChannelPlan = { type: 'broadcast', name: 'cross', device: 'eth1', port: 694 };
const six: ChannelPlan = { type: 'multicast', name: 'six', device: 'eth2', group: 'ff02::694', port: 694, ttl: 1 };
const serial: ChannelPlan = { type: 'serial', name: 'serial', device: '/dev/ttyS0', baud: 9600 };

function path(device: string | undefined, more: Partial<ChannelPath> = {}): ChannelPath {
  return { device, route: undefined, mtu: 1500, ...more };
}

function by(device: string, isLocal = false): ChannelPath['route'] {
  return { device, isLocal };
}

suite('the ways of channels:', () => {
  const cases: ReadonlyArray<{
    readonly name: string;
    readonly plans: readonly ChannelPlan[];
    readonly paths: readonly ChannelPath[];
    readonly media?: readonly string[];
    readonly groups?: number;
    readonly says: readonly string[];
  }> = [
    {
      name: 'each by its own device',
      plans: [lan, cross, six, serial],
      paths: [path('eth0', { route: by('eth0') }), path('eth1'), path('eth2'), path(undefined)],
      says: [],
    },
    {
      name: 'a route by another device',
      plans: [lan, cross],
      paths: [path('eth0', { route: by('eth3') }), path('eth1')],
      says: ['lan: 192.168.1.10 is on eth0, and packets to 192.168.1.11 leave by eth3'],
    },
    {
      name: 'a route by the device of another channel',
      plans: [lan, cross],
      paths: [path('eth0', { route: by('eth1') }), path('eth1')],
      says: [
        'lan: 192.168.1.10 is on eth0, and packets to 192.168.1.11 leave by eth1',
        'cross and lan both leave by eth1, and count as two media: they fail together',
      ],
    },
    {
      name: 'one device for two channels that say so',
      plans: [lan, cross],
      paths: [path('eth1', { route: by('eth1') }), path('eth1')],
      media: ['switch', 'switch'],
      says: [],
    },
    {
      name: 'two channels on one machine, for a try',
      plans: [lan, { ...lan, name: 'lan2' }],
      paths: [path('lo', { route: by('lo', true) }), path('lo', { route: by('lo', true) })],
      says: [],
    },
    {
      name: "the peer's address on this machine",
      plans: [lan],
      paths: [path('eth0', { route: by('lo', true) })],
      says: ["lan: 192.168.1.11 is to be the peer's, and it is an address of this machine"],
    },
    {
      name: 'nothing known',
      plans: [lan, six],
      paths: [path(undefined, { mtu: undefined }), path('eth2', { mtu: undefined })],
      says: [],
    },
    {
      name: 'beats that do not fit',
      plans: [lan, cross, six, serial],
      paths: [path('eth0', { mtu: 160 }), path('eth1', { mtu: 161 }), path('eth2', { mtu: 180 }), path(undefined)],
      groups: 1,
      says: [
        'lan: a beat is a packet of 161 bytes, and the MTU of eth0 is 160: it goes in pieces',
        'six: a beat is a packet of 181 bytes, and the MTU of eth2 is 180: it is not sent',
      ],
    },
  ];
  for (const { name, plans, paths, media = plans.map((plan) => plan.name), groups = 0, says } of cases) {
    test(`${name}: ${says.length === 0 ? 'nothing is said' : 'said'}`, () => {
      const concerns = pathConcerns(plans, media, paths, groups);
      assert.deepEqual(
        concerns.map(({ sentence }) => sentence),
        says,
      );
      for (const { next } of concerns) assert.notEqual(next, '');
    });
  }

  test('a route is asked for where the kernel chooses the device, and nowhere else', () => {
    assert.deepEqual(routeQuestionOf(lan), { family: 4, from: '192.168.1.10', to: '192.168.1.11' });
    const linkLocal = { address: 'fe80::1%eth0', port: 694 };
    assert.equal(routeQuestionOf({ type: 'udp', name: 'six', local: linkLocal, remote: linkLocal }), undefined);
    assert.equal(routeQuestionOf(cross), undefined);
    assert.equal(routeQuestionOf(serial), undefined);
  });
});
