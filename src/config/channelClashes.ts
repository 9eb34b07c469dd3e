import type { NodeName } from '../core/identity.ts';
import type { DraftChannel } from './channels.ts';
import type { Problem } from './problem.ts';
import { atValue, type Yaml } from './readPart.ts';

/** Channels that cannot both be opened, or not be told apart. */
export function channelClashes(
  yaml: Yaml,
  drafts: readonly DraftChannel[],
  nodes: readonly NodeName[],
): readonly Problem[] {
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
      found.push(atValue(yaml, [...path, channel.type, keyOf(channel, node)], message));
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

function keyOf({ type }: DraftChannel, node: NodeName): string {
  if (type === 'udp') return node;
  return type === 'serial' ? 'device' : 'interface';
}

function openedBy(channel: DraftChannel, node: NodeName): string | undefined {
  switch (channel.type) {
    case 'udp': {
      const end = channel.ends[node];
      return end === undefined ? undefined : `${end.address} port ${end.port}`;
    }
    case 'multicast':
      return `${channel.group} port ${channel.port} on ${channel.interfaces[node] ?? ''}`;
    case 'broadcast':
      return `broadcast port ${channel.port} on ${channel.interfaces[node] ?? ''}`;
    case 'serial':
      return channel.devices[node];
  }
}
