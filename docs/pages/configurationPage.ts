import { readFileSync } from 'node:fs';
import { keysOf, type SchemaKey } from '../man/schemaKeys.ts';
import { type ShapeKey, shapeKeys } from './schemaShape.ts';
import { table } from './table.ts';

/** docs/manual/configuration.md: every key, as the schema checks it and as the comment above it says. */
export function configurationPage(): string {
  return `# Configuration

Three files in \`/etc/twinbeat\`, the same on both nodes: \`twinbeat.yaml\`, \`haresources\` and \`authkeys\`. The tables on
this page are made from [src/config/schema.ts](../../src/config/schema.ts), which checks the file, by \`npm run docs\`.

\`hactl check\` reads the three files as the daemon would, prints every problem at once, each with its place and a caret,
and then what this configuration promises. Change the files on both nodes, check them on both, and \`hactl reload\` on
both: all of it is taken over or nothing, and what did not change goes on untouched. What is held at that moment cannot
change under it; the refusal says which group.

## The smallest file

\`\`\`yaml
cluster: plone
nodes: [node1, node2]
channels:
  - udp: { node1: 192.168.80.2, node2: 192.168.80.1 }
  - udp: { node1: 192.168.1.10, node2: 192.168.1.11 }
  - serial: { device: /dev/ttyS0, baud: 115200 }
\`\`\`

An unknown key is an error. A duration has a unit: \`500ms\`, \`10s\`, \`2m\`, \`1h\`. \`on\` and \`off\` may be written
\`yes\` and \`no\`, or \`true\` and \`false\`.

| key | takes | meaning |
|---|---|---|
| \`cluster\` | text | The name of the pair. Beats of another cluster are not believed. |
| \`nodes\` | two texts | The host names of the two machines (\`uname -n\`), in lower case. |

## channels

One entry a channel: one of \`udp\`, \`multicast\`, \`broadcast\` and \`serial\`, and beside it \`name\`, \`medium\` and \`mtu\`.
Channels that fail together are one medium (two VLANs of one switch, two ports of one card): give them the same
\`medium\`. Two media are the least with which a dead peer can be told from a cut cable.

${keyTable('channels[]')}

A channel that cannot open does not stop the daemon: it is down, status says why, and it opens when its address or its
device is there. A serial line that is too slow for keepalive beats at a longer interval of its own, in a short form, and is
down after five of its beats: \`hactl check\` says which.

## timing

${keyTable('timing')}

What contradicts itself is refused (a deadtime below five beats, a warntime that is not between them); what is
risky is a warning. Copied data means a longer default, because a takeover without need loses what was written since
the last sync.

## takeover

${keyTable('takeover')}

## startup

${keyTable('startup')}

## guards

What is there beside the two machines to tell a dead peer from a cut cable. All of them may be left out; [guards.md](guards.md)
says what each adds.

${keyTable('guards')}

## groups

What \`haresources\` cannot say, by the names of its groups, and below \`resources\` by the words of its line.

${keyTable('groups.NAME')}

## haresources

The grammar of Linux-HA Heartbeat. The shipped file explains it:

\`\`\`
${shipped('haresources')}
\`\`\`

| word | is |
|---|---|
| \`192.168.1.50/24/eth0\` | a floating address: \`ADDRESS[/BITS[/DEVICE[:LABEL][/BROADCAST]]]\`, IPv4 or IPv6 |
| \`IPaddr::…\` \`IPaddr2::…\` \`IPv6addr::…\` | the same in Heartbeat's words |
| \`SCRIPT::ARGUMENT::…\` | a script: in \`resource.d\` beside the config, in the shipped one, in \`/etc/ha.d/resource.d\`, in \`/etc/init.d\` |
| \`systemd:UNIT\` | a unit of systemd |
| \`ocf:PROVIDER:TYPE::NAME=VALUE::…\` | an OCF agent |

How a script is called and judged: [resource.d/README.md](../../resource.d/README.md).

## authkeys

\`\`\`
${shipped('authkeys')}
\`\`\`
`;
}

/** What the comments of the schema leave to the reader of the code. */
const more: Readonly<Record<string, Partial<SchemaKey> & { readonly takes?: string }>> = {
  'channels[].udp.NODE': {
    takes: 'IP address',
    text: "The node's own address on this channel, for each of the two nodes.",
  },
  'channels[].udp.port': { byDefault: '694' },
  'channels[].multicast.interface': { takes: 'interface, or a map of NODE to it' },
  'channels[].multicast.group': { takes: 'IP address' },
  'channels[].broadcast.interface': { takes: 'interface, or a map of NODE to it' },
  'channels[].serial.device': { takes: 'path, or a map of NODE to it' },
  'channels[].serial': { text: 'A serial line, null modem cable between the two.' },
  'guards.ping.targets': { takes: 'list of IP addresses' },
  'guards.witness.address': { takes: 'IP address' },
  'guards.witness.port': { text: 'Its UDP port.' },
  'guards.fence.levels': { takes: 'list of devices, of lists of devices, and of `meatware`' },
  'guards.fence.levels[].NODE': {
    takes: 'map',
    text: 'What the agent needs for just this machine: `ip`, `plug` … A device without it has no part in fencing the machine.',
  },
  'guards.fence.levels[].options': { takes: 'map' },
  'guards.fence.levels[].command': { takes: 'list of texts' },
  'guards.fence.levels[].verify': { takes: 'list of texts' },
  'groups.NAME.resources.NAME.start': { text: 'Longest time for a start.' },
  'groups.NAME.resources.NAME.stop': { text: 'Longest time for a stop, with the check that follows it.' },
  'groups.NAME.resources.NAME.status': { text: 'Longest time for a check.' },
};

const parts = ['channels[]', 'timing', 'takeover', 'startup', 'guards', 'groups.NAME'] as const;

function keyTable(part: (typeof parts)[number]): string {
  const said = new Map(keysOf(part).map((key) => [key.name, key]));
  const rows = shapeKeys()
    .filter(({ name }) => name.startsWith(`${part}.`))
    .map((key) => row(key, said.get(key.name) ?? said.get(`${key.name}.NAME`), part));
  return table(['key', 'takes', 'default', 'meaning'], rows);
}

/** @throws {Error} for a key of which nothing is said: its comment is missing in the schema. */
function row({ name, takes }: ShapeKey, key: SchemaKey | undefined, part: string): readonly string[] {
  const added = more[name];
  const text = [key?.text, added?.text].find((candidate) => candidate !== undefined && candidate !== '') ?? '';
  const byDefault = added?.byDefault ?? key?.byDefault ?? '';
  if (text === '' && byDefault === '') throw new Error(`src/config/schema.ts says nothing about ${name}`);
  const shown = name.slice(part.length + 1).replace(/^(udp|multicast|broadcast|serial)$/, '$1:');
  return [`\`${shown}\``, added?.takes ?? takes, byDefault, text];
}

function shipped(name: string): string {
  return readFileSync(new URL(`../../etc/${name}`, import.meta.url), 'utf8').trimEnd();
}
