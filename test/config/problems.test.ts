import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { edited, goodYaml, problemsOf } from './fixtures.ts';

const says: ReadonlyArray<{ readonly name: string; readonly yaml: string; readonly says: readonly string[] }> = [
  {
    name: 'a misspelt key at the top',
    yaml: edited('cluster:', 'clustr:'),
    says: ['1:1: unknown key "clustr"; did you mean "cluster"?', '1:1: cluster is missing'],
  },
  {
    name: 'a misspelt key in timing',
    yaml: edited('deadtime:', 'deadtme:'),
    says: ['9:43: unknown key "deadtme"; did you mean "deadtime"?'],
  },
  { name: 'a key that is like none', yaml: `${goodYaml}ttl: 1\n`, says: ['12:1: unknown key "ttl"'] },
  {
    name: 'a key that is there twice',
    yaml: `${goodYaml}cluster: other\n`,
    says: ['12:1: "cluster" is there twice: keep one'],
  },
  {
    name: 'a guard at the top',
    yaml: `${goodYaml}watchdog: /dev/watchdog\n`,
    says: ['12:1: watchdog stands below guards'],
  },
  {
    name: 'an unknown type of channel',
    yaml: edited('serial:', 'multicst:'),
    says: ['8:5: unknown key "multicst"; did you mean "multicast"?'],
  },
  {
    name: 'a multicast channel without what it needs',
    yaml: edited('serial: { device: /dev/ttyS0, baud: 115200 }', 'multicast: { group: 10.0.0.1, port: 0, ttl: 0 }'),
    says: [
      '8:16: channels[2].multicast.interface is missing',
      '8:25: channels[2].multicast.group: 10.0.0.1 is no multicast address; a group is one like 239.192.6.94 or ff02::694',
      '8:41: channels[2].multicast.port: a port is a whole number from 1 to 65535',
      '8:49: channels[2].multicast.ttl: ttl is a whole number from 1 (this LAN only) to 255',
    ],
  },
  {
    name: 'broadcast over IPv6',
    yaml: edited('serial: { device: /dev/ttyS0, baud: 115200 }', 'broadcast: { interface: eth0, group: "ff02::1" }'),
    says: [
      '8:42: channels[2].broadcast.group: IPv6 has no broadcast, and IPv4 needs no group for it: use multicast, which has both',
    ],
  },
  {
    name: 'an interface of one node only',
    yaml: edited('serial: { device: /dev/ttyS0, baud: 115200 }', 'broadcast: { interface: { node1: eth0 } }'),
    says: ['8:29: channels[2].broadcast.interface.node2 is missing'],
  },
  {
    name: 'an interface that leads nowhere',
    yaml: edited('serial: { device: /dev/ttyS0, baud: 115200 }', 'broadcast: { interface: lo }'),
    says: ['8:29: channels[2].broadcast.interface: lo leads to no other machine'],
  },
  {
    name: 'an interface with a slash',
    yaml: edited('serial: { device: /dev/ttyS0, baud: 115200 }', 'broadcast: { interface: /dev/eth0 }'),
    says: [
      '8:29: channels[2].broadcast.interface: write the name of the interface as ip link shows it, for example eth0',
    ],
  },
  {
    name: 'two channels that hear the same',
    yaml: edited(
      'serial: { device: /dev/ttyS0, baud: 115200 }',
      'broadcast: { interface: eth1 }\n  - broadcast: { interface: { node1: eth1, node2: eth2 } }',
    ),
    says: [
      '9:29: channels[3].broadcast.interface: node1 opens broadcast port 694 on eth1 for channel broadcast0 already',
    ],
  },
  {
    name: 'an MTU of a serial line',
    yaml: edited('baud: 115200 }', 'baud: 115200 }\n    mtu: 1000'),
    says: ['9:10: channels[2].mtu: a serial line has no MTU'],
  },
  {
    name: 'an MTU that is none',
    yaml: edited('name: lan', 'name: lan\n    mtu: 15'),
    says: ['8:10: channels[1].mtu: mtu is a whole number of bytes from 576 to 65535, the least on the way to the peer'],
  },
  {
    name: 'a duration without a unit',
    yaml: edited('10s', '10'),
    says: ['9:53: timing.deadtime: write a duration with its unit, for example 500ms, 10s, 2m or 1h'],
  },
  {
    name: 'a duration with a strange unit',
    yaml: edited('10s', '10sec'),
    says: ['9:53: timing.deadtime: write a duration with its unit, for example 500ms, 10s, 2m or 1h'],
  },
  {
    name: 'a negative duration',
    yaml: edited('10s', '-10s'),
    says: ['9:53: timing.deadtime: write a duration with its unit, for example 500ms, 10s, 2m or 1h'],
  },
  {
    name: 'a duration beyond a day',
    yaml: edited('10s', '240h'),
    says: ['9:53: timing.deadtime: a duration is at most 24h'],
  },
  {
    name: 'a key without a value',
    yaml: edited('cluster: demo', 'cluster:'),
    says: ['1:9: cluster: there is no value: give it one, or leave the key out'],
  },
  {
    name: 'a cluster with a blank',
    yaml: edited('cluster: demo', 'cluster: de mo'),
    says: [
      '1:10: cluster: the name of a cluster has letters, digits, ".", "_" and "-", at most 32, and begins with a letter or digit',
    ],
  },
  {
    name: 'one node',
    yaml: edited('[node1, node2]', '[node1]'),
    says: ['2:8: nodes: a pair has exactly two nodes: nodes: [node1, node2]'],
  },
  {
    name: 'three nodes',
    yaml: edited('[node1, node2]', '[node1, node2, node3]'),
    says: ['2:8: nodes: a pair has exactly two nodes: nodes: [node1, node2]'],
  },
  {
    name: 'one node twice',
    yaml: edited('[node1, node2]', '[node1, node1]'),
    says: ['2:16: nodes[1]: the two nodes need two names, and this is node1 again'],
  },
  {
    name: 'a node in capitals',
    yaml: edited('[node1, node2]', '[Node1, node2]'),
    says: ['2:9: nodes[0]: a node name is the host name in lower case: letters, digits, "-" and ".", at most 63'],
  },
  {
    name: 'a node that is called port',
    yaml: edited('[node1, node2]', '[port, node2]'),
    says: ['2:9: nodes[0]: no node can be called so: the word has a meaning below udp'],
  },
  {
    name: 'nodes as one text',
    yaml: edited('[node1, node2]', 'node1 node2'),
    says: ['2:8: nodes: a pair has exactly two nodes: nodes: [node1, node2]'],
  },
  {
    name: 'no channels',
    yaml: goodYaml.replace(/channels:\n( .*\n)+/, 'channels: []\n'),
    says: ['3:11: channels: there is no channel: the nodes could not hear each other'],
  },
  {
    name: 'channels as a map',
    yaml: goodYaml.replace(/channels:\n( .*\n)+/, 'channels: { udp: 1 }\n'),
    says: ['3:11: channels: channels is a list: one "- udp: …", "- serial: …" … for each'],
  },
  {
    name: 'a channel of two types',
    yaml: edited('  - serial: {', '    serial: {'),
    says: ['6:5: channels[1]: one entry is one channel: udp or serial'],
  },
  {
    name: 'a channel without a type',
    yaml: edited('- serial: { device: /dev/ttyS0, baud: 115200 }', '- name: x'),
    says: ['8:5: channels[2]: the channel has no type: write udp, multicast, broadcast, serial'],
  },
  {
    name: 'a channel without one of its ends',
    yaml: edited('node1: 192.168.80.2, ', ''),
    says: ['4:10: channels[0].udp.node1 is missing'],
  },
  {
    name: 'an end of a third node',
    yaml: edited('node1: 192.168.80.2, ', 'node1: 192.168.80.2, node3: 1.1.1.1, '),
    says: ['4:33: unknown key "node3"; did you mean "node1"?'],
  },
  {
    name: 'a host name as address',
    yaml: edited('192.168.80.2', 'db1.example.org'),
    says: [
      '4:19: channels[0].udp.node1: "db1.example.org" is no IP address: names are not looked up, because DNS may be what has failed',
    ],
  },
  {
    name: 'an address that is none',
    yaml: edited('192.168.80.2', '192.168.80.256'),
    says: ['4:19: channels[0].udp.node1: "192.168.80.256" is no IP address'],
  },
  {
    name: 'an address with a leading zero',
    yaml: edited('192.168.80.2', '192.168.080.2'),
    says: ['4:19: channels[0].udp.node1: "192.168.080.2" is no IP address'],
  },
  {
    name: 'a multicast address',
    yaml: edited('192.168.80.2', '239.0.0.1'),
    says: ['4:19: channels[0].udp.node1: 239.0.0.1 is not the address of one machine'],
  },
  {
    name: 'everybody as address',
    yaml: edited('192.168.80.2', '0.0.0.0'),
    says: ['4:19: channels[0].udp.node1: 0.0.0.0 is not the address of one machine'],
  },
  {
    name: 'a link-local address without its device',
    yaml: edited('192.168.80.2, node2: 192.168.80.1', '"fe80::1", node2: "fe80::2%eth1"'),
    says: ['4:19: channels[0].udp.node1: fe80::1 is link-local: add the device, for example fe80::1%eth0'],
  },
  {
    name: 'ends of two families',
    yaml: edited('192.168.80.2', '"fd00::1"'),
    says: ['4:37: channels[0].udp.node2: one end is IPv6, the other IPv4'],
  },
  {
    name: 'a port out of range',
    yaml: edited('192.168.80.1 }', '192.168.80.1, port: 70000 }'),
    says: ['4:60: channels[0].udp.port: a port is a whole number from 1 to 65535'],
  },
  {
    name: 'a port in an address out of range',
    yaml: edited('192.168.80.1 }', '192.168.80.1:0 }'),
    says: ['4:40: channels[0].udp.node2: port 0 is not one of 1 to 65535'],
  },
  {
    name: 'both nodes at one address',
    yaml: edited('192.168.80.1 }', '192.168.80.2 }'),
    says: ['4:40: channels[0].udp.node2: both nodes would open 192.168.80.2 port 694: each needs its own address'],
  },
  {
    name: 'one address and port for two channels',
    yaml: edited('192.168.1.10', '192.168.80.2'),
    says: ['6:19: channels[1].udp.node1: node1 opens 192.168.80.2 port 694 for channel cross already'],
  },
  {
    name: 'one device for two channels',
    yaml: edited('timing:', '  - serial: { device: /dev/ttyS0 }\ntiming:'),
    says: [
      '9:23: channels[3].serial.device: node1 opens /dev/ttyS0 for channel serial0 already',
      '9:23: channels[3].serial.device: node2 opens /dev/ttyS0 for channel serial0 already',
    ],
  },
  {
    name: 'one name for two channels',
    yaml: edited('name: lan', 'name: cross'),
    says: ['7:11: channels[1].name: another channel is called cross'],
  },
  {
    name: 'a device without its folder',
    yaml: edited('/dev/ttyS0', 'ttyS0'),
    says: ['8:23: channels[2].serial.device: write the whole path of the device, for example /dev/ttyS0'],
  },
  {
    name: 'a device for one node only',
    yaml: edited('/dev/ttyS0', '{ node1: /dev/ttyS0 }'),
    says: ['8:23: channels[2].serial.device.node2 is missing'],
  },
  {
    name: 'a baud that no line has',
    yaml: edited('115200', '12345'),
    says: [
      '8:41: channels[2].serial.baud: baud is one of 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600',
    ],
  },
  {
    name: 'a group that no line has',
    yaml: edited('  zeo: {', '  zoe: {'),
    says: ['11:3: no line of haresources is the group "zoe"; did you mean "zeo"?'],
  },
  {
    name: 'a data class that is none',
    yaml: edited('data: copied', 'data: copy'),
    says: ['11:16: groups.zeo.data: data is none, shared or copied'],
  },
  {
    name: 'deadMan that is neither on nor off',
    yaml: edited('maxLag: 15m', 'deadMan: maybe'),
    says: ['11:33: groups.zeo.deadMan: write on or off'],
  },
  {
    name: 'restarts beyond reason',
    yaml: edited('maxLag: 15m', 'restarts: 1000'),
    says: ['11:34: groups.zeo.restarts: restarts is a whole number from 0 to 100'],
  },
  {
    name: 'a resource that the line does not have',
    yaml: edited('maxLag: 15m', 'resources: { apache: { start: 5s } }'),
    says: ['11:37: group zeo has no resource "apache"'],
  },
  {
    name: 'a resource named twice',
    yaml: edited('maxLag: 15m', 'resources: { zeo: {}, "zeo::/opt/zope/instance0": {} }'),
    says: ['11:46: zeo::/opt/zope/instance0 is there twice: keep one'],
  },
  {
    name: 'a timeout too short to run anything',
    yaml: edited('maxLag: 15m', 'resources: { zeo: { start: 5ms } }'),
    says: ['11:51: start: a script cannot even be run in less than 100ms'],
  },
  {
    name: 'a misspelt setting of a resource',
    yaml: edited('maxLag: 15m', 'resources: { zeo: { strat: 5s } }'),
    says: ['11:44: unknown key "strat"; did you mean "start"?'],
  },
  {
    name: 'takeover.mode that is none',
    yaml: `${goodYaml}takeover: { mode: never }\n`,
    says: ['12:19: takeover.mode: takeover.mode is auto or manual'],
  },
  {
    name: 'startup.alone that is none',
    yaml: `${goodYaml}startup: { alone: maybe }\n`,
    says: ['12:19: startup.alone: startup.alone is take or hold'],
  },
  {
    name: 'an alias',
    yaml: edited('cluster: demo', 'cluster: &a demo').replace('name: cross', 'name: *a'),
    says: ['5:11: aliases are not read here: write out what *a stands for'],
  },
  {
    name: 'a tag',
    yaml: edited('cluster: demo', 'cluster: !!str demo'),
    says: ['1:16: tags are not read here: leave tag:yaml.org,2002:str out'],
  },
  {
    name: 'a key that reaches behind objects',
    yaml: `${goodYaml}__proto__: { timing: {} }\n`,
    says: ['12:1: no key is called __proto__', '12:1: unknown key "__proto__"'],
  },
  {
    name: 'yaml that does not parse',
    yaml: edited('[node1, node2]', '[node1, node2'),
    says: ['3:1: this is no YAML: Flow sequence in block collection must be sufficiently indented and end with a ]'],
  },
  {
    name: 'tabs as indentation',
    yaml: edited('  - serial', '\t- serial'),
    says: ['8:1: this is no YAML: Tabs are not allowed as indentation'],
  },
  {
    name: 'two documents',
    yaml: `${goodYaml}---\ncluster: b\n`,
    says: ['12:1: a second document begins here: a config is one'],
  },
  { name: 'an empty file', yaml: '', says: ['1:1: the file says nothing'] },
  { name: 'only comments', yaml: '# nothing\n', says: ['1:1: the file says nothing'] },
  { name: 'a list at the top', yaml: '- cluster: demo\n', says: ['1:1: the file is no map of keys and values'] },
];

suite('a problem is told at its place:', () => {
  for (const row of says) {
    test(row.name, () => {
      assert.deepEqual(
        problemsOf({ yaml: row.yaml }),
        row.says.map((text) => `twinbeat.yaml:${text}`),
      );
    });
  }
});
