import type { Beat, GroupBeat } from './beat.ts';
import { isSameEpoch } from './identity.ts';
import type { NodeConfig } from './nodeConfig.ts';
import type { Lack, PeerGroup, PeerState } from './peerState.ts';
import type { GroupState, NodeState } from './state.ts';

type Words = PeerState['groups'];

/** Keeps of each group what the highest sequence said: a short beat names one group only. */
export function mergeWords(known: PeerState['groups'], beat: Beat, wallMs: number): PeerState['groups'] {
  const news = beat.groups.filter(({ name }) => (known[name]?.sequence ?? 0) < beat.sequence);
  if (news.length === 0) return known;
  const merged: Record<string, PeerGroup> = { ...known };
  for (const group of news) {
    const before = known[group.name];
    const owns = group.role === 'starting' || group.role === 'active' || group.role === 'unconfirmed';
    const isBack = (before?.sequence === 0 || before?.isBack === true) && group.role !== 'active';
    const hasLost = isBack && before?.wasSeenOwning === true && group.role === 'standby';
    merged[group.name] = {
      sequence: beat.sequence,
      beat: group,
      lack: undefined,
      phase: beat.phase,
      ownsSinceWallMs: owns ? ownsSinceWallMs(before, group, wallMs) : undefined,
      isBack,
      wasSeenOwning: owns || (before?.wasSeenOwning === true && group.role !== 'standby' && group.role !== 'released'),
      hasLostByRestart: !owns && (hasLost || before?.hasLostByRestart === true),
    };
  }
  return merged;
}

/** Since when this node knows of the peer's ownership; its time is this node's, two clocks may differ. */
function ownsSinceWallMs(before: PeerGroup | undefined, said: GroupBeat, wallMs: number): number {
  const isSame = before?.beat !== undefined && isSameEpoch(before.beat.epoch, said.epoch);
  return isSame ? (before.ownsSinceWallMs ?? wallMs) : wallMs;
}

/** A full beat names all groups of the peer's config: of another one nothing that it said before counts any more. */
export function forgetUnnamed({ peer, groups }: NodeState, beat: Beat): Pick<PeerState, 'groups' | 'latest'> {
  const unnamed = groups.filter(({ config: { name } }) => !beat.groups.some((said) => said.name === name));
  return { groups: lacking(peer.groups, unnamed, beat), latest: lacking(peer.latest, unnamed, beat) };
}

function lacking(known: Words, unnamed: readonly GroupState[], { sequence, phase }: Beat): Words {
  const news = unnamed.filter(({ config: { name } }) => (known[name]?.sequence ?? 0) < sequence);
  if (news.length === 0) return known;
  const lacked = news.map((group) => {
    const { name } = group.config;
    return [name, { ...unsaid, sequence, phase, lack: lackOf(known[name], group) }] as const;
  });
  return { ...known, ...Object.fromEntries(lacked) };
}

/**
 * A daemon drops by a reload only what it holds nothing of; one that starts with another config asks nobody. While this
 * node serves the group, to start it here again makes nothing worse.
 */
function lackOf(before: PeerGroup | undefined, { activity }: GroupState): Lack {
  if (activity.kind === 'active') return 'free';
  if (before === undefined) return 'unsaid';
  if (before.beat === undefined) return before.lack ?? 'unsaid';
  const isOfThisDaemon = before.sequence > 0;
  if (before.beat.isVerifiedStopped) return isOfThisDaemon ? 'free' : 'unsaid';
  return isOfThisDaemon ? 'unsaid' : 'mayRun';
}

/** What an earlier daemon of the peer said: any beat of the next one is newer. */
export function restartWords(known: Words): Words {
  const restart = (group: PeerGroup): PeerGroup => ({
    ...group,
    sequence: 0,
    lack: group.lack === 'free' ? 'unsaid' : group.lack,
  });
  return Object.fromEntries(Object.entries(known).map(([name, group]) => [name, restart(group)]));
}

/**
 * What is known of the peer's groups under another config. What it said of a group that comes in now was not read while
 * the group was out: what is older counts no more, be it that it was read before or comes late.
 */
export function wordsUnder(state: NodeState, config: NodeConfig): Pick<PeerState, 'groups' | 'latest'> {
  const { highestSequence, phase } = state.peer;
  const under = (known: Words): Words => {
    const words = config.groups.flatMap(({ name }) => {
      const isNew = !state.groups.some((group) => group.config.name === name);
      const word = isNew && highestSequence > 0 ? { ...unsaid, sequence: highestSequence, phase } : known[name];
      return word === undefined ? [] : [[name, word] as const];
    });
    return Object.fromEntries(words);
  };
  return { groups: under(state.peer.groups), latest: under(state.peer.latest) };
}

const unsaid: Omit<PeerGroup, 'sequence' | 'phase'> = {
  beat: undefined,
  lack: undefined,
  ownsSinceWallMs: undefined,
  isBack: false,
  wasSeenOwning: false,
  hasLostByRestart: false,
};
