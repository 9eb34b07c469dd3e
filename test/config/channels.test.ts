import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { channelsMax } from '../../src/config/channels.ts';
import { groupsMax } from '../../src/config/groups.ts';
import { beatBytes, lineMs, serialPace } from '../../src/config/pace.ts';
import { channelPlanOf } from '../../src/config/plans.ts';
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
    assert.equal(beatBytes.fixed + 3 * beatBytes.perGroup, fullBeatBytes(3));
    assert.equal(beatBytes.short, shortBeatBytes);
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
      expected: { beatMs: 210, deadMs: 630, isSlow: true },
    },
    {
      name: '2400 baud beat every other second',
      baud: 2400,
      groups: 1,
      timing,
      expected: { beatMs: 1650, deadMs: 10_000, isSlow: true },
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
        const bytes = pace.isSlow ? shortBeatBytes : fullBeatBytes(groups);
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
