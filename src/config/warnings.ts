import type { DraftChannel } from './channels.ts';
import { isFenceAutomatic } from './fenceBounds.ts';
import { networkBits, parseIp } from './ipAddress.ts';
import { type Problem, problemAt } from './problem.ts';
import { atValue, type Yaml } from './readPart.ts';
import type { SiteConfig } from './siteConfig.ts';
import type { SiteFence } from './siteFence.ts';
import { copiedDeadMs } from './timing.ts';
import { showDuration } from './wording.ts';

type Site = Omit<SiteConfig, 'keys'>;

/** What works and is worth a second thought, each with what would improve it. */
export function warningsOf(yaml: Yaml, site: Site, drafts: readonly DraftChannel[]): readonly Problem[] {
  return [
    ...groupWarnings(yaml, site),
    ...takeoverWarnings(yaml, site),
    ...mediumWarnings(yaml, site, drafts),
    ...deadtimeWarnings(yaml, site),
  ];
}

/** Switches and cables that fail together count once: at least two must fall silent before a peer is taken for dead. */
export function mediaOf(site: Pick<SiteConfig, 'channels'>): readonly string[] {
  return [...new Set(site.channels.map(({ medium }) => medium))];
}

const secondMedium = 'add a channel that shares no switch, cable or card with it, for example a serial cable';

function takeoverWarnings(yaml: Yaml, { takeover, channels, guards }: Site): readonly Problem[] {
  const media = mediaOf({ channels });
  const found: Problem[] = [];
  if (guards.fence !== undefined && takeover.mode === 'auto') return fenceWarnings(yaml, guards.fence);
  if (takeover.isSingleChannelAllowed) {
    const message =
      media.length > 1
        ? 'singleChannel takes over although only one medium fell silent: a cut cable may make both nodes active'
        : `singleChannel takes over when ${media.join()} falls silent: whatever cuts it makes both nodes active`;
    const next = media.length > 1 ? 'remove singleChannel: there is more than one medium' : secondMedium;
    found.push(atValue(yaml, ['takeover', 'singleChannel'], message, next));
  }
  if (takeover.mode === 'manual') {
    const message =
      'with mode: manual nothing is taken over when the active node dies, until an operator runs hactl confirm-dead';
    const next = media.length > 1 ? 'mode: auto' : `mode: auto, and ${secondMedium}`;
    found.push(atValue(yaml, ['takeover', 'mode'], message, next));
  } else if (media.length === 1 && !takeover.isSingleChannelAllowed) {
    const message = `${channels.length === 1 ? 'there is one channel' : `all channels share the medium ${media.join()}`}: when it falls silent, a dead peer and a cut cable look alike, and nothing is taken over without an operator`;
    found.push(atValue(yaml, ['channels'], message, secondMedium));
  }
  return found;
}

/** What silence is worth no longer matters: whoever is silent is fenced. */
function fenceWarnings(yaml: Yaml, fence: SiteFence): readonly Problem[] {
  if (isFenceAutomatic(fence)) return [];
  const message = 'the fence is a person: nothing is taken over when the active node dies, until hactl confirm-dead';
  return [atValue(yaml, ['guards', 'fence', 'levels'], message, 'name a device or a command as the first level')];
}

/** Two channels that are most likely one LAN, though nobody said that they are one medium or two. */
function mediumWarnings(yaml: Yaml, { nodes }: Site, drafts: readonly DraftChannel[]): readonly Problem[] {
  return drafts.flatMap((channel, position) => {
    const like = drafts.slice(0, position).find((other) => {
      const isSaid = channel.hasMedium && other.hasMedium;
      return !isSaid && other.medium !== channel.medium && nodes.some((node) => isOneNetwork(channel, other, node));
    });
    if (like === undefined) return [];
    const message = `${channel.name} and ${like.name} look like one network: if one switch or cable carries both, they fail together and count twice`;
    const next = `write the same medium: beside both, or two different ones if nothing is shared`;
    return [atValue(yaml, ['channels', channel.index], message, next)];
  });
}

/** What most LANs are; the real mask is the kernel's to know. */
const usualBits = { 4: 24, 6: 64 } as const;

function isOneNetwork(a: DraftChannel, b: DraftChannel, node: string): boolean {
  if (a.type !== 'udp' || b.type !== 'udp') return false;
  const [one, other] = [a, b].map((channel) => (channel.ends[node]?.address ?? '').split('%'));
  const first = parseIp(one?.[0] ?? '');
  const second = parseIp(other?.[0] ?? '');
  if (first === undefined || second === undefined || first.family !== second.family) return false;
  if (one?.[1] !== other?.[1]) return false;
  return networkBits(first, usualBits[first.family]) === networkBits(second, usualBits[second.family]);
}

function deadtimeWarnings(yaml: Yaml, { timing, groups, guards }: Site): readonly Problem[] {
  const copied = groups.filter(({ dataClass }) => dataClass === 'copied').map(({ name }) => name);
  if (copied.length === 0 || timing.deadMs >= copiedDeadMs || guards.watchdog !== undefined) return [];
  const key = yaml.places.ofKey(['timing', 'deadtime']);
  const message = `deadtime ${showDuration(timing.deadMs)} is short for copied data (group ${copied.join(', ')}): a takeover without need loses what was written since the last sync`;
  return [problemAt(yaml.file, key, message, `deadtime: ${showDuration(copiedDeadMs)}`)];
}

function groupWarnings(yaml: Yaml, { groups }: Site): readonly Problem[] {
  if (groups.length === 0) {
    const start = { line: 1, column: 1 };
    const message = 'haresources has no line: the nodes watch each other and hold nothing';
    return [{ ...problemAt(yaml.file, start, message, 'node1 192.168.1.50/24/eth0 zeo'), excerpt: 'none' }];
  }
  return groups.flatMap(({ name, dataClass, resources, failbackAfterMs }) => {
    const syncer = resources.find(({ side }) => side === 'standby');
    if (failbackAfterMs !== undefined && dataClass === 'copied' && syncer === undefined) {
      const message = `failback: auto never moves ${name}: its data is copied, and no resource of the standby's side brings the copy up to date on the way`;
      return [atValue(yaml, ['groups', name, 'failback'], message, 'failback: manual, or a syncer on the line')];
    }
    if (syncer === undefined || dataClass === 'copied') return [];
    const message = `data is ${dataClass}, and ${syncer.name} keeps a copy: an old copy would be served without a word`;
    return [atValue(yaml, ['groups', name, 'data'], message, 'data: copied')];
  });
}
