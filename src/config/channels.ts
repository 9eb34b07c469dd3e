import type { NodeName } from '../core/identity.ts';
import type { Timing } from '../core/nodeConfig.ts';
import { channelClashes } from './channelClashes.ts';
import type { Endpoint } from './endpoint.ts';
import { serialPace, usualPace } from './pace.ts';
import { atValue, readPart, type Yaml } from './readPart.ts';
import { type ChannelEntry, channelSchema, type ForNodes } from './schema.ts';
import type {
  BroadcastSiteChannel,
  ChannelPace,
  MulticastSiteChannel,
  SerialSiteChannel,
  SiteChannel,
  UdpEnd,
  UdpSiteChannel,
} from './siteConfig.ts';

/** A beat names its channel in four bits. */
export const channelsMax = 16;

/** A channel before its pace is known, with its place in the file. */
export type DraftChannel = {
  readonly index: number;
  readonly hasMedium: boolean;
  /** Undefined: not said. */
  readonly mtu: number | undefined;
} & Unpaced;

/**
 * The channels of the file, in its order. `nodes` is undefined where they are not readable; then only the
 * shape of the entries is checked.
 */
export function readChannels(
  yaml: Yaml,
  entries: readonly unknown[],
  nodes: readonly [NodeName, NodeName] | undefined,
): readonly DraftChannel[] {
  if (entries.length === 0) {
    yaml.problems.push(
      atValue(yaml, ['channels'], 'there is no channel: the nodes could not hear each other', channelExample),
    );
  }
  if (entries.length > channelsMax) {
    yaml.problems.push(atValue(yaml, ['channels', channelsMax], `a pair has at most ${channelsMax} channels`));
  }
  const drafts: DraftChannel[] = [];
  for (const [index, value] of entries.slice(0, channelsMax).entries()) {
    const entry = readPart(yaml, channelSchema(nodes ?? nodesWritten(value), isOneForBoth(value)), value, [
      'channels',
      index,
    ]);
    if (entry === undefined || nodes === undefined) continue;
    const draft = draftOf(yaml, entry, index, nodes, drafts);
    if (draft !== undefined) drafts.push(draft);
  }
  yaml.problems.push(...channelClashes(yaml, drafts, nodes ?? []));
  return drafts;
}

export function paced(draft: DraftChannel, groupCount: number, timing: Timing): SiteChannel {
  const { index: _, hasMedium: __, mtu: ___, ...channel } = draft;
  if (channel.type === 'serial') return { ...channel, ...serialPace(channel.baud, groupCount, timing) };
  return { ...channel, ...usualPace(timing) };
}

/** Addresses of the machines themselves, each with whose it is. */
export function hostsOf(drafts: readonly DraftChannel[]): ReadonlyMap<string, string> {
  const owned = drafts.flatMap((draft) =>
    draft.type === 'udp'
      ? Object.entries(draft.ends).map(
          ([node, { address }]) => [address, `${node}'s own, on channel ${draft.name}`] as const,
        )
      : [],
  );
  return new Map(owned);
}

type Unpaced =
  | Omit<UdpSiteChannel, keyof ChannelPace>
  | Omit<MulticastSiteChannel, keyof ChannelPace>
  | Omit<BroadcastSiteChannel, keyof ChannelPace>
  | Omit<SerialSiteChannel, keyof ChannelPace>;

const channelExample = '- udp: { node1: 192.168.80.2, node2: 192.168.80.1 }';
const types = ['udp', 'multicast', 'broadcast', 'serial'] as const;

/** Where a map of node names may stand. */
function deviceWritten(value: unknown): unknown {
  return (
    child(child(value, 'serial'), 'device') ??
    child(child(value, 'multicast'), 'interface') ??
    child(child(value, 'broadcast'), 'interface')
  );
}

function isOneForBoth(value: unknown): boolean {
  const device = deviceWritten(value);
  return typeof device !== 'object' || device === null;
}

/** Where the list of nodes is broken, each key below `udp`, `interface` and `device` is taken for one. */
function nodesWritten(value: unknown): readonly string[] {
  const maps = [child(value, 'udp'), deviceWritten(value)];
  return maps
    .flatMap((map) => (typeof map === 'object' && map !== null ? Object.keys(map) : []))
    .filter((key) => key !== 'port');
}

function child(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined;
}

function draftOf(
  yaml: Yaml,
  entry: ChannelEntry,
  index: number,
  nodes: readonly [NodeName, NodeName],
  earlier: readonly DraftChannel[],
): DraftChannel | undefined {
  const path = ['channels', index];
  const written = types.filter((type) => entry[type] !== undefined);
  const [type, second] = written;
  if (type === undefined || second !== undefined) {
    const message =
      type === undefined
        ? `the channel has no type: write ${types.join(', ')}`
        : `one entry is one channel: ${written.join(' or ')}`;
    yaml.problems.push(atValue(yaml, path, message, channelExample));
    return undefined;
  }
  const { mtu } = entry;
  if (mtu !== undefined && type === 'serial') {
    yaml.problems.push(atValue(yaml, [...path, 'mtu'], 'a serial line has no MTU', 'remove mtu'));
  }
  const name = entry.name ?? `${type}${earlier.filter((channel) => channel.type === type).length}`;
  const place = { index, hasMedium: entry.medium !== undefined, mtu };
  const built = builtOf(yaml, entry, path, nodes);
  if (built === undefined) return undefined;
  const shared = entry.medium === undefined ? mediumOfSameDevice(built, earlier) : undefined;
  return { ...place, ...built, name, medium: entry.medium ?? shared ?? name };
}

type Distributed<T> = T extends unknown ? Omit<T, 'name' | 'medium'> : never;
type Built = Distributed<Unpaced>;

function builtOf(
  yaml: Yaml,
  { udp, multicast, broadcast, serial }: ChannelEntry,
  path: readonly PropertyKey[],
  nodes: readonly [NodeName, NodeName],
): Built | undefined {
  if (serial !== undefined) return { type: 'serial', devices: forNodes(serial.device, nodes), baud: serial.baud };
  if (broadcast !== undefined) {
    return { type: 'broadcast', interfaces: forNodes(broadcast.interface, nodes), port: broadcast.port };
  }
  if (multicast !== undefined) {
    const { group, port, ttl } = multicast;
    const interfaces = forNodes(multicast.interface, nodes);
    return { type: 'multicast', interfaces, group: group.address, port, ttl };
  }
  if (udp === undefined) return undefined;
  const [one, other] = nodes.map((node) => udp.ends[node]);
  if (one === undefined || other === undefined) return undefined;
  if (one.family !== other.family) {
    yaml.problems.push(
      atValue(yaml, [...path, 'udp', nodes[1]], `one end is IPv${one.family}, the other IPv${other.family}`),
    );
  }
  return { type: 'udp', ends: { [nodes[0]]: endOf(one, udp.port), [nodes[1]]: endOf(other, udp.port) } };
}

function forNodes(written: ForNodes, nodes: readonly NodeName[]): Readonly<Record<NodeName, string>> {
  return typeof written === 'string' ? Object.fromEntries(nodes.map((node) => [node, written])) : written;
}

function endOf(endpoint: Endpoint, port: number): UdpEnd {
  return { address: endpoint.address, port: endpoint.port ?? port };
}

/** Two channels that share an address or an interface on a node share its device, hence the medium. */
function mediumOfSameDevice(built: Built, earlier: readonly DraftChannel[]): string | undefined {
  const own = devicesOf(built);
  return earlier.find((channel) => devicesOf(channel).some((device) => own.includes(device)))?.medium;
}

/** `node1 192.168.80.2`, `node1 eth0`: what says which device it is. A serial line is its own. */
function devicesOf(channel: Built): readonly string[] {
  switch (channel.type) {
    case 'udp':
      return Object.entries(channel.ends).flatMap(([node, { address }]) => {
        const [, scope] = address.split('%');
        return [`${node} ${address}`, ...(scope === undefined ? [] : [`${node} ${scope}`])];
      });
    case 'multicast':
    case 'broadcast':
      return Object.entries(channel.interfaces).map(([node, device]) => `${node} ${device}`);
    case 'serial':
      return [];
  }
}
