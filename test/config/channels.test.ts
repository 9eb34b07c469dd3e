import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { channelsMax } from '../../src/config/channels.ts';
import { groupsMax } from '../../src/config/groups.ts';
import { beatBytes, lineMs, serialPace } from '../../src/config/pace.ts';
import { channelPlanOf } from '../../src/config/plans.ts';
import { beatVersions } from '../../src/core/beat.ts';
import { beatChannelsMax, beatGroupsMax, fullBeatBytes, shortBeatBytes } from '../../src/wire/beatLayout.ts';
import { good, goodHaresources, goodYaml, problemsOf, warningsOf } from './fixtures.ts';

function withChannels(...entries: readonly string[]): string {
  const list = entries.map((entry) => `  - ${entry}\n`).join('');
  return goodYaml.replace(/channels:\n( .*\n)+/, `channels:\n${list}`);
}

function mediaOf(yaml: string): readonly (readonly [string, string])[] {
  return good({ yaml }).channels.map(({ name, medium }) => [name, medium]);
}

suite('channels:', () => {
  test('each node opens its own end', () => {
    const yaml = withChannels(
      'udp: { node1: 10.0.0.1, node2: 10.0.0.2, port: 6940 }',
      'udp: { node1: "[fd00:0:0::1]:7000", node2: "fd00::2" }',
      'udp: { node1: "fe80::1%eth1", node2: "fe80::2%eth2" }',
      'serial: { device: { node1: /dev/ttyS0, node2: /dev/serial/by-id/usb-x }, baud: 19200 }',
    );
    const site = good({ yaml });
    assert.deepEqual(channelPlanOf(site, 'node1'), [
      {
        type: 'udp',
        name: 'udp0',
        local: { address: '10.0.0.1', port: 6940 },
        remote: { address: '10.0.0.2', port: 6940 },
      },
      {
        type: 'udp',
        name: 'udp1',
        local: { address: 'fd00::1', port: 7000 },
        remote: { address: 'fd00::2', port: 694 },
      },
      {
        type: 'udp',
        name: 'udp2',
        local: { address: 'fe80::1%eth1', port: 694 },
        remote: { address: 'fe80::2%eth2', port: 694 },
      },
      { type: 'serial', name: 'serial0', device: '/dev/ttyS0', baud: 19_200 },
    ]);
    assert.deepEqual(channelPlanOf(site, 'node2')[3], {
      type: 'serial',
      name: 'serial0',
      device: '/dev/serial/by-id/usb-x',
      baud: 19_200,
    });
    assert.deepEqual(channelPlanOf(site, 'node2')[1], {
      type: 'udp',
      name: 'udp1',
      local: { address: 'fd00::2', port: 694 },
      remote: { address: 'fd00::1', port: 7000 },
    });
  });

  test('a multicast or broadcast channel has an interface on each node', () => {
    const yaml = withChannels(
      'multicast: { interface: eth0, group: 239.192.6.94 }',
      'multicast: { interface: { node1: eth1, node2: enp2s0 }, group: "FF02:0::694", port: 6940, ttl: 2 }',
      'broadcast: { interface: { node1: eth2, node2: eth3 } }',
    );
    const site = good({ yaml });
    assert.deepEqual(channelPlanOf(site, 'node1'), [
      { type: 'multicast', name: 'multicast0', device: 'eth0', group: '239.192.6.94', port: 694, ttl: 1 },
      { type: 'multicast', name: 'multicast1', device: 'eth1', group: 'ff02::694', port: 6940, ttl: 2 },
      { type: 'broadcast', name: 'broadcast0', device: 'eth2', port: 694 },
    ]);
    assert.deepEqual(
      channelPlanOf(site, 'node2').map((plan) => (plan.type === 'udp' ? '' : plan.device)),
      ['eth0', 'enp2s0', 'eth3'],
    );
  });

  test('two LANs may have the same multicast group', () => {
    const yaml = withChannels(
      'multicast: { interface: eth0, group: 239.192.6.94 }',
      'multicast: { interface: eth1, group: 239.192.6.94 }',
    );
    assert.deepEqual(mediaOf(yaml), [
      ['multicast0', 'multicast0'],
      ['multicast1', 'multicast1'],
    ]);
  });

  test('channels that share an interface of a node share its medium', () => {
    const yaml = withChannels(
      'multicast: { interface: { node1: eth0, node2: eth5 }, group: 239.192.6.94 }',
      'broadcast: { interface: eth0 }',
      'udp: { node1: "fe80::1%eth2", node2: "fe80::2%eth5" }',
      'broadcast: { interface: eth1 }',
    );
    assert.deepEqual(mediaOf(yaml), [
      ['multicast0', 'multicast0'],
      ['broadcast0', 'multicast0'],
      ['udp0', 'multicast0'],
      ['broadcast1', 'broadcast1'],
    ]);
  });

  const groups: ReadonlyArray<readonly [group: string, says: RegExp | undefined]> = [
    ['239.192.6.94', undefined],
    ['225.0.0.1', undefined],
    ['ff05::694', undefined],
    ['224.0.0.18', /224\.0\.0\.18 is one of 224\.0\.0\.x, where the network's own protocols meet/],
    ['ff02::1', /ff02::1 is everybody's/],
    ['ff01::694', /ff01::694 does not leave the machine/],
    ['ff02::694%eth0', /leave %eth0 out/],
    ['192.168.1.255', /is no multicast address/],
    ['fe80::1', /is no multicast address/],
    ['239.1', /"239\.1" is no IP address/],
  ];
  for (const [group, says] of groups) {
    test(`the multicast group ${group} is ${says === undefined ? 'taken' : 'refused with the reason'}`, () => {
      const yaml = withChannels(`multicast: { interface: eth0, group: "${group}" }`, 'serial: { device: /dev/ttyS0 }');
      if (says === undefined) assert.equal(good({ yaml }).channels.length, 2);
      else assert.match(problemsOf({ yaml }).join('\n'), says);
    });
  }

  test('a beat that would not go through in one piece is refused with its size', () => {
    const mtu = (bytes: number, channel: string): string =>
      withChannels(`${channel}\n    mtu: ${bytes}`, 'serial: { device: /dev/ttyS0 }').replace(/groups:[^]*/, '');
    const lines = (count: number): string =>
      Array.from({ length: count }, (_, index) => `node1 10.9.0.${index + 1}/24/eth0\n`).join('');
    const multicast = 'multicast: { interface: eth0, group: "ff02::694" }';
    assert.equal(fullBeatBytes(beatVersions.newest, 26) + 48, 1256);
    assert.equal(good({ yaml: mtu(1256, multicast), haresources: lines(26) }).groups.length, 26);
    assert.deepEqual(problemsOf({ yaml: mtu(1255, multicast), haresources: lines(26) }), [
      'twinbeat.yaml:4:5: channels[0]: a beat of 26 groups is a packet of 1256 bytes, which does not go through 1255 in one piece',
    ]);
    const broadcast = 'broadcast: { interface: eth0 }';
    assert.equal(good({ yaml: mtu(1256 - 20, broadcast), haresources: lines(26) }).groups.length, 26);
    assert.equal(
      good({ yaml: mtu(1500, 'udp: { node1: fd00::1, node2: fd00::2 }'), haresources: lines(30) }).groups.length,
      30,
    );
  });

  test('two daemons on one machine are told apart by their ports', () => {
    const yaml = withChannels(
      'udp: { node1: 127.0.0.1:6941, node2: 127.0.0.1:6942 }',
      'serial: { device: /dev/ttyS0 }',
    );
    assert.equal(channelPlanOf(good({ yaml }), 'node2')[0]?.type, 'udp');
  });

  test('each channel is a medium of its own unless it says so', () => {
    const yaml = withChannels(
      'udp: { node1: 10.0.0.1, node2: 10.0.0.2 }',
      'udp: { node1: 10.0.1.1, node2: 10.0.1.2 }\n    medium: udp0',
    );
    assert.deepEqual(mediaOf(yaml), [
      ['udp0', 'udp0'],
      ['udp1', 'udp0'],
    ]);
  });

  test('channels that share an address of a node share its medium', () => {
    const yaml = withChannels(
      'udp: { node1: 10.0.0.1, node2: 10.0.0.2 }',
      'udp: { node1: 10.0.0.1, node2: 10.0.0.2, port: 6940 }',
    );
    assert.deepEqual(mediaOf(yaml), [
      ['udp0', 'udp0'],
      ['udp1', 'udp0'],
    ]);
  });

  test('sixteen channels are the most', () => {
    const entries = Array.from({ length: 17 }, (_, index) => `udp: { node1: 10.0.${index}.1, node2: 10.0.${index}.2 }`);
    assert.equal(good({ yaml: withChannels(...entries.slice(0, 16)) }).channels.length, 16);
    assert.deepEqual(problemsOf({ yaml: withChannels(...entries) }), [
      'twinbeat.yaml:20:5: channels[16]: a pair has at most 16 channels',
    ]);
  });

  test('what a beat can carry bounds channels and groups', () => {
    assert.equal(channelsMax, beatChannelsMax);
    assert.equal(groupsMax, beatGroupsMax);
    assert.equal(beatBytes.fixed + 3 * beatBytes.perGroup, fullBeatBytes(beatVersions.newest, 3));
    assert.equal(beatBytes.short, shortBeatBytes(beatVersions.newest));
  });
});

suite('the pace of a serial line:', () => {
  const timing = { keepaliveMs: 500, warnMs: 3000, deadMs: 10_000, initdeadMs: 60_000, leaseMs: 8000, renewMs: 500 };
  const fast = { ...timing, keepaliveMs: 100, deadMs: 500 };

  const paces = [
    {
      name: '115200 baud keep up with 500ms',
      baud: 115_200,
      groups: 1,
      timing,
      expected: { beatMs: 500, deadMs: 10_000, isSlow: false },
    },
    {
      name: '115200 baud keep up with 100ms',
      baud: 115_200,
      groups: 1,
      timing: fast,
      expected: { beatMs: 100, deadMs: 500, isSlow: false },
    },
    {
      name: '115200 baud are too slow for 100ms and five groups',
      baud: 115_200,
      groups: 5,
      timing: fast,
      expected: { beatMs: 100, deadMs: 500, isSlow: true },
    },
    {
      name: '19200 baud keep up with 500ms',
      baud: 19_200,
      groups: 1,
      timing,
      expected: { beatMs: 500, deadMs: 10_000, isSlow: false },
    },
    {
      name: '19200 baud are too slow for 100ms',
      baud: 19_200,
      groups: 1,
      timing: fast,
      expected: { beatMs: 230, deadMs: 1150, isSlow: true },
    },
    {
      name: '2400 baud beat every other second',
      baud: 2400,
      groups: 1,
      timing,
      expected: { beatMs: 1800, deadMs: 10_000, isSlow: true },
    },
  ] as const;
  for (const row of paces) {
    test(row.name, () => {
      assert.deepEqual(serialPace(row.baud, row.groups, row.timing), row.expected);
    });
  }

  test('leaves the line free for three quarters of the time', () => {
    for (const baud of [2400, 9600, 19_200, 115_200]) {
      for (const groups of [0, 1, 5, 30]) {
        const pace = serialPace(baud, groups, fast);
        const bytes = pace.isSlow ? shortBeatBytes(beatVersions.newest) : fullBeatBytes(beatVersions.newest, groups);
        assert(lineMs(bytes, baud) * 4 <= pace.beatMs, `${baud} baud, ${groups} groups`);
      }
    }
  });
});

suite('media are doubted:', () => {
  const one = 'udp: { node1: 10.0.0.1, node2: 10.0.0.2 }';
  const other = 'udp: { node1: 10.0.1.1, node2: 10.0.1.2 }';
  const neighbour = 'udp: { node1: 10.0.0.5, node2: 10.0.0.6 }';
  const rows: ReadonlyArray<{
    readonly name: string;
    readonly entries: readonly string[];
    readonly more?: string;
    readonly warns: RegExp | undefined;
  }> = [
    {
      name: 'one channel',
      entries: [one],
      warns: /4:3: channels: there is one channel: when it falls silent, a dead peer and a cut cable look alike/,
    },
    {
      name: 'two channels of one medium',
      entries: [`${one}\n    medium: sw1`, `${other}\n    medium: sw1`],
      warns: /all channels share the medium sw1/,
    },
    { name: 'two media', entries: [one, other], warns: undefined },
    {
      name: 'two channels in one subnet',
      entries: [one, neighbour],
      warns: /channels\[1\]: udp1 and udp0 look like one network/,
    },
    {
      name: 'two channels in one subnet, with media',
      entries: [`${one}\n    medium: a`, `${neighbour}\n    medium: b`],
      warns: undefined,
    },
    {
      name: 'singleChannel with two media',
      entries: [one, other],
      more: 'takeover: { singleChannel: on }',
      warns: /singleChannel takes over although only one medium fell silent/,
    },
    {
      name: 'singleChannel with one',
      entries: [one],
      more: 'takeover: { singleChannel: on }',
      warns: /whatever cuts it makes both nodes active/,
    },
    {
      name: 'takeover by hand',
      entries: [one, other],
      more: 'takeover: { mode: manual }',
      warns: /with mode: manual nothing is taken over/,
    },
  ];
  for (const { name, entries, more, warns } of rows) {
    test(name, () => {
      const says = warningsOf({
        yaml: `${withChannels(...entries)}${more === undefined ? '' : `${more}\n`}`,
        haresources: goodHaresources,
      });
      if (warns === undefined) assert.deepEqual(says, []);
      else assert.match(says.join('\n'), warns);
      assert(says.length <= 1, says.join('\n'));
    });
  }
});
