import type { SiteConfig } from '../../config/siteConfig.ts';
import type { StatusReport } from '../../control/controlProtocol.ts';
import { keyFingerprint } from '../../control/keyFingerprint.ts';

/** One group's configuration in one word: equal words, equal configurations. Undefined: not there, or not known. */
export interface Compared {
  readonly group: string;
  readonly files: string | undefined;
  readonly here: string | undefined;
  readonly peer: string | undefined;
}

/** The files, the daemon here and the peer's beats, for each group that one of them has. */
export function compareGroups(site: SiteConfig, daemon: StatusReport): readonly Compared[] {
  const written = new Map(site.groups.map(({ name, digest }) => [name, digest]));
  const names = new Set([...written.keys(), ...daemon.groups.map(({ name }) => name)]);
  return [...names].map((group) => {
    const said = daemon.digests?.[group];
    return { group, files: written.get(group), here: said?.here, peer: said?.peer ?? undefined };
  });
}

/** What is to be known of the pair as a whole, one sentence each: what differs first, with what to type. */
export function peerLines(site: SiteConfig | undefined, daemon: StatusReport): readonly string[] {
  const [peer, state] = peerOf(daemon);
  const isHeard = state === 'online' || state === 'suspect' || state === 'starting';
  return [
    ...(site === undefined ? [] : groupLines(compareGroups(site, daemon), peer, isHeard)),
    ...keyLines(site, daemon, peer, isHeard),
    ...daemon.channels.flatMap(({ name, rejected }) => rejectedLine(name, rejected)),
    ...(isHeard
      ? [clockLine(peer, daemon.nodes[peer]?.clockAheadSeconds ?? undefined)]
      : [`${peer} is not heard (${state}): its configuration and its keys are not known`]),
  ];
}

export function peerOf(daemon: StatusReport): readonly [name: string, state: string] {
  const [name, node] = Object.entries(daemon.nodes).find(([, { self }]) => !self) ?? [];
  return [name ?? 'the peer', node?.state ?? 'unknown'];
}

function groupLines(all: readonly Compared[], peer: string, isHeard: boolean): readonly string[] {
  if (all.every(({ here }) => here === undefined)) return [];
  const lines = all.flatMap(({ group, files, here, peer: theirs }) => [
    ...(files === here
      ? []
      : [`group ${group}: the daemon here has another configuration than these files; run hactl reload`]),
    ...(!isHeard || theirs === undefined || theirs === here
      ? []
      : [
          `group ${group}: ${peer} has ${theirs === 'absent' ? 'no such group' : 'another configuration'}; copy the files to it, and there: hactl reload`,
        ]),
  ]);
  if (lines.length > 0 || all.length === 0) return lines;
  const isKnown = isHeard && all.every(({ peer: theirs }) => theirs !== undefined);
  return [`groups: configured alike in these files and here${isKnown ? `, and on ${peer}` : ''}`];
}

function keyLines(
  site: SiteConfig | undefined,
  { keys }: StatusReport,
  peer: string,
  isHeard: boolean,
): readonly string[] {
  if (keys === undefined) return [];
  const ring = site?.keys;
  const written = ring?.keys.map((key) => `${key.id} ${keyFingerprint(key)}`).join();
  const inForce = keys.accepts.map(({ id, fingerprint }) => `${id} ${fingerprint}`).join();
  const isRead = ring === undefined || (written === inForce && ring.signWith === keys.signsWith);
  return [
    ...(isRead ? [] : ['keys: the daemon here has others than these files; run hactl reload']),
    ...(!isHeard || keys.peerSignsWith === null ? [] : [signers(keys.signsWith, keys.peerSignsWith, peer)]),
  ];
}

function signers(own: number, theirs: number, peer: string): string {
  return own === theirs
    ? `keys: both nodes sign with key ${own}`
    : `keys: this node signs with key ${own}, and ${peer} with key ${theirs}; run hactl keys rotate`;
}

/** Beats carry whole seconds, and take a moment. */
const clockSecondsMax = 2;

/** Nothing is decided by the peer's clock, but people read two journals side by side. */
function clockLine(peer: string, ahead: number | undefined): string {
  if (ahead === undefined) return `clocks: not compared: ${peer} does not tell the time of day`;
  if (Math.abs(ahead) <= clockSecondsMax) return `clocks: that of ${peer} agrees with this one to ${clockSecondsMax} s`;
  const where = ahead > 0 ? 'ahead of' : 'behind';
  return `clocks: that of ${peer} is ${Math.abs(ahead)} s ${where} this one, and so are the times in its journal; on both: timedatectl set-ntp true`;
}

function rejectedLine(channel: string, rejected: Readonly<Record<string, number>>): readonly string[] {
  const counts = Object.entries(rejected).map(([reason, count]) => `${count} ${reason}`);
  return counts.length === 0
    ? []
    : [`${channel}: packets that were not believed since the daemon started: ${counts.join(', ')}`];
}
