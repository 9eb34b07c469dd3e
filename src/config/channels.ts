import type { NodeName } from '../core/identity.ts';
import type { Timing } from '../core/nodeConfig.ts';
import type { Endpoint } from './endpoint.ts';
import { serialPace, usualPace } from './pace.ts';
import type { Problem } from './problem.ts';
import { atValue, readPart, type Yaml } from './readPart.ts';
import { type ChannelEntry, channelSchema } from './schema.ts';
import type { SerialSiteChannel, SiteChannel, UdpEnd, UdpSiteChannel } from './siteConfig.ts';

/** A beat names its channel in four bits. */
export const channelsMax = 16;

/** A channel before its pace is known, with its place in the file. */
export type DraftChannel = { readonly index: number; readonly hasMedium: boolean } & (
  | Omit<UdpSiteChannel, 'beatMs' | 'deadMs' | 'isSlow'>
  | Omit<SerialSiteChannel, 'beatMs' | 'deadMs' | 'isSlow'>
);

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
    const entry = readPart(yaml, channelSchema(nodes ?? nodesWritten(value), hasOneDevice(value)), value, [
      'channels',
      index,
    ]);
    if (entry === undefined || nodes === undefined) continue;
    const draft = draftOf(yaml, entry, index, nodes, drafts);
    if (draft !== undefined) drafts.push(draft);
  }
  yaml.problems.push(...clashes(yaml, drafts, nodes ?? []));
  return drafts;
}

export function paced(draft: DraftChannel, groupCount: number, timing: Timing): SiteChannel {
  const { index: _, hasMedium: __, ...channel } = draft;
  if (channel.type === 'udp') return { ...channel, ...usualPace(timing) };
  return { ...channel, ...serialPace(channel.baud, groupCount, timing) };
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

const channelExample = '- udp: { node1: 192.168.80.2, node2: 192.168.80.1 }';

function hasOneDevice(value: unknown): boolean {
  const device = child(child(value, 'serial'), 'device');
  return typeof device !== 'object' || device === null;
}

/** Where the list of nodes is broken, each key below `udp` and `device` is taken for one. */
function nodesWritten(value: unknown): readonly string[] {
  const maps = [child(value, 'udp'), child(child(value, 'serial'), 'device')];
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
  const { udp, serial } = entry;
  const path = ['channels', index];
  if ((udp === undefined) === (serial === undefined)) {
    const message =
      udp === undefined ? 'the channel has no type: write udp or serial' : 'one entry is one channel: udp or serial';
    yaml.problems.push(atValue(yaml, path, message, channelExample));
    return undefined;
  }
  const type = udp === undefined ? 'serial' : 'udp';
  const name = entry.name ?? `${type}${earlier.filter((channel) => channel.type === type).length}`;
  const common = { index, name, medium: entry.medium ?? name, hasMedium: entry.medium !== undefined };
  if (serial !== undefined) {
    const { device } = serial;
    const devices = typeof device === 'string' ? Object.fromEntries(nodes.map((node) => [node, device])) : device;
    return { ...common, type: 'serial', devices, baud: serial.baud };
  }
  if (udp === undefined) return undefined;
  const [one, other] = nodes.map((node) => udp.ends[node]);
  if (one === undefined || other === undefined) return undefined;
  if (one.family !== other.family) {
    yaml.problems.push(
      atValue(yaml, [...path, 'udp', nodes[1]], `one end is IPv${one.family}, the other IPv${other.family}`),
    );
  }
  const ends = { [nodes[0]]: endOf(one, udp.port), [nodes[1]]: endOf(other, udp.port) };
  const shared = entry.medium === undefined ? mediumOfSameAddress(ends, earlier) : undefined;
  return { ...common, medium: shared ?? common.medium, type: 'udp', ends };
}

function endOf(endpoint: Endpoint, port: number): UdpEnd {
  return { address: endpoint.address, port: endpoint.port ?? port };
}

/** Two channels that share an address on a node share its device, hence the medium. */
function mediumOfSameAddress(
  ends: Readonly<Record<NodeName, UdpEnd>>,
  earlier: readonly DraftChannel[],
): string | undefined {
  return earlier.find(
    (channel) =>
      channel.type === 'udp' &&
      Object.entries(ends).some(([node, { address }]) => channel.ends[node]?.address === address),
  )?.medium;
}

function clashes(yaml: Yaml, drafts: readonly DraftChannel[], nodes: readonly NodeName[]): readonly Problem[] {
  return drafts.flatMap((channel, position) => {
    const path = ['channels', channel.index];
    const earlier = drafts.slice(0, position);
    const found: Problem[] = [];
    if (earlier.some(({ name }) => name === channel.name)) {
      found.push(
        atValue(yaml, [...path, 'name'], `another channel is called ${channel.name}`, 'give each a name: of its own'),
      );
    }
    for (const node of nodes) {
      const here = openedBy(channel, node);
      const same = earlier.find((other) => openedBy(other, node) === here);
      if (same === undefined) continue;
      const message = `${node} opens ${here} for channel ${same.name} already`;
      found.push(atValue(yaml, [...path, channel.type, channel.type === 'udp' ? node : 'device'], message));
    }
    const [one, other] = nodes.map((node) => openedBy(channel, node));
    if (channel.type === 'udp' && one === other && one !== undefined) {
      found.push(
        atValue(yaml, [...path, 'udp', nodes[1] ?? ''], `both nodes would open ${one}: each needs its own address`),
      );
    }
    return found;
  });
}

function openedBy(channel: DraftChannel, node: NodeName): string | undefined {
  if (channel.type === 'serial') return channel.devices[node];
  const end = channel.ends[node];
  return end === undefined ? undefined : `${end.address} port ${end.port}`;
}
