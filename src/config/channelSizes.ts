import type { DraftChannel } from './channels.ts';
import { defaults } from './defaults.ts';
import { datagramBytes } from './pace.ts';
import type { Problem } from './problem.ts';
import { atValue, type Yaml } from './readPart.ts';

/** Channels on whose way a beat of so many groups would go in pieces: one lost piece is a lost beat. */
export function sizeProblems(yaml: Yaml, drafts: readonly DraftChannel[], groupCount: number): readonly Problem[] {
  return drafts.flatMap((channel) => {
    if (channel.type === 'serial') return [];
    const bytes = datagramBytes(groupCount, familyOf(channel));
    const mtu = channel.mtu ?? defaults.mtu;
    if (bytes <= mtu) return [];
    const message = `a beat of ${groupCount} groups is a packet of ${bytes} bytes, which does not go through ${mtu} in one piece`;
    return [atValue(yaml, ['channels', channel.index], message, 'have fewer groups, or leave this channel out')];
  });
}

function familyOf(channel: Exclude<DraftChannel, { readonly type: 'serial' }>): 4 | 6 {
  switch (channel.type) {
    case 'udp':
      return Object.values(channel.ends).some(({ address }) => address.includes(':')) ? 6 : 4;
    case 'multicast':
      return channel.group.includes(':') ? 6 : 4;
    case 'broadcast':
      return 4;
  }
}
