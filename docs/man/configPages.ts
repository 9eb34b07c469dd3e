import { readFileSync } from 'node:fs';
import { type Entry, list, page, paragraph, section, subsection, verbatim } from './roff.ts';
import { keysOf, type SchemaKey, type SchemaPart } from './schemaKeys.ts';

/** twinbeat.yaml(5), its keys from the schema that checks them. */
export function configPage(version: string): string {
  return page('twinbeat.yaml', 5, version, [
    section('Name', 'twinbeat.yaml \\- the config of a pair'),
    section(
      'Description',
      paragraph(
        `YAML 1.2, the same file on both nodes, with haresources(5) and authkeys beside it. Durations have a unit:
        \`500ms\`, \`10s\`, \`2m\`, \`1h\`. A key that nobody knows is an error. \`hactl check\` prints every problem at
        once, each with its place, and what the config promises.`,
      ),
      paragraph('`cluster`, `nodes` and `channels` must be there. All else may be left out.'),
    ),
    section('Keys', list(topKeys)),
    ...parts.map(({ title, part, text }) => section(title, paragraph(text), list(keysOf(part).map(keyEntry)))),
    section('Example', verbatim(shippedFile('twinbeat.yaml'))),
    section('Files', list([{ term: '/etc/twinbeat/twinbeat.yaml', text: 'Where it is looked for.' }])),
    section('See also', paragraph('twinbeatd(8), hactl(8), haresources(5)')),
  ]);
}

export function haresourcesPage(version: string): string {
  return page('haresources', 5, version, [
    section('Name', 'haresources \\- what moves together between two nodes'),
    section(
      'Description',
      paragraph(
        'The file of Linux-HA Heartbeat, with its grammar. One line is one group; a `\\` at its end continues it.',
      ),
      verbatim(shippedFile('haresources')),
    ),
    section('Resources', list(resources)),
    section(
      'Scripts',
      paragraph(
        `What stands before \`::\` is a script of that name, with the other words as its first arguments. It is looked for
        in resource.d beside the config, in the shipped resource.d (/usr/lib/twinbeat/resource.d), in
        /etc/ha.d/resource.d and in /etc/init.d. Scripts of Heartbeat run as they are.`,
      ),
      list(calls),
      paragraph(
        `A classic \`status\` is judged by its words, as Heartbeat did: \`running\` or \`OK\` is running, all else and
        \`not running\` is stopped; its exit code does not count. A script that says \`# twinbeat: status=exit-code\` among its first lines, and those of /etc/init.d, are judged by
        the exit code: 0 running, 3 stopped, all else failed.`,
      ),
      subsection('What a script gets'),
      paragraph(
        `\`HA_ACTION HA_EPOCH HA_GROUP HA_NODE HA_PEER HA_RESOURCE TWINBEAT_RUN_DIR TWINBEAT_STATE_DIR\`, a plain
        \`PATH\`, \`LC_ALL=C\`, \`/\` as its folder and no input. Its words go to /run/twinbeat/output. At its deadline
        its process group gets SIGTERM, and SIGKILL five seconds later.`,
      ),
    ),
    section('See also', paragraph('twinbeat.yaml(5), twinbeat-runner(8), hactl(8)')),
  ]);
}

const parts: readonly { readonly title: string; readonly part: SchemaPart; readonly text: string }[] = [
  {
    title: 'Channels',
    part: 'channels[]',
    text: `A list with one entry a channel: \`udp\`, \`multicast\`, \`broadcast\` or \`serial\`, and beside it name, medium
    and mtu. Channels that share a switch, a cable or a card are one medium; two media are the least.`,
  },
  { title: 'Timing', part: 'timing', text: '`hactl check` refuses what cannot work, and warns of what is risky.' },
  { title: 'Takeover', part: 'takeover', text: 'When silence is enough to take a group over.' },
  { title: 'Startup', part: 'startup', text: 'What a lone node does.' },
  {
    title: 'Guards',
    part: 'guards',
    text: 'What is there beside the two machines to tell a dead peer from a cut cable. All may be left out.',
  },
  {
    title: 'Groups',
    part: 'groups.NAME',
    text: 'What haresources cannot say, by the names of its groups, and below `resources` by the words of its line.',
  },
];

const topKeys: readonly Entry[] = [
  { term: 'cluster', text: 'The name of the pair. Beats of another one are not believed.' },
  { term: 'nodes', text: 'The host names of the two machines, as `uname -n` prints them, in lower case.' },
  { term: 'channels, timing, takeover, startup, groups', text: 'See below.' },
];

const resources: readonly Entry[] = [
  { term: 'ADDRESS[/BITS[/DEVICE[:LABEL][/BROADCAST]]]', text: 'A floating address, IPv4 or IPv6.' },
  { term: 'IPaddr::…, IPaddr2::…, IPsrcaddr::…', text: 'The same in words of Heartbeat; built in.' },
  { term: 'SCRIPT::ARGUMENT::…', text: 'A script; see below.' },
  { term: 'systemd:UNIT', text: 'A unit of systemd.' },
  { term: 'ocf:PROVIDER:TYPE::NAME=VALUE::…', text: 'An OCF agent.' },
];

const calls: readonly Entry[] = [
  { term: 'start', text: 'Ends with 0 when the service serves. Called only after `status` said stopped.' },
  { term: 'stop', text: 'Ends with 0, also when nothing runs. Then `status` is asked, and only its answer counts.' },
  { term: 'status', text: 'Says whether it runs, and changes nothing.' },
  { term: 'sync', text: 'Copies what is missing: the last sync of a planned move.' },
];

function keyEntry({ name, text, byDefault }: SchemaKey): Entry {
  const said = text === '' ? '' : `${text} `;
  return { term: name, text: `${said}${byDefault === undefined ? '' : `Default: ${byDefault}.`}` };
}

function shippedFile(name: string): string {
  return readFileSync(new URL(`../../etc/${name}`, import.meta.url), 'utf8');
}
