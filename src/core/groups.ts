import type { GroupBeat } from './beat.ts';
import type { DurableGroup } from './durable.ts';
import type { NodeName } from './identity.ts';
import { isHigher } from './identity.ts';
import type { GroupState, NodeState } from './state.ts';

export function replaceGroup(state: NodeState, group: GroupState): NodeState {
  return { ...state, groups: state.groups.map((other) => (other.config.name === group.config.name ? group : other)) };
}

export function groupNamed(state: NodeState, name: string): GroupState | undefined {
  return state.groups.find((group) => group.config.name === name);
}

/** The same group with something changed that must survive a crash. */
export function withDurable(group: GroupState, change: Partial<DurableGroup>): GroupState {
  return { ...group, durable: { ...group.durable, ...change } };
}

/** What the disk is known to hold of a group, by its name. */
export function savedGroup(state: NodeState, name: string): DurableGroup | undefined {
  return state.disk.saved.find((group) => group.name === name);
}

/** True of the disk now, also when a write that is under way has got there, or one that failed did all the same. */
export function isTrueOnDisk(state: NodeState, name: string, isTrueOf: (group: DurableGroup) => boolean): boolean {
  const isTrueIn = (groups: readonly DurableGroup[]): boolean => {
    const known = groups.find((group) => group.name === name);
    return known !== undefined && isTrueOf(known);
  };
  const { saved, asked, doubted, isInFlight } = state.disk;
  return isTrueIn(saved) && (!isInFlight || isTrueIn(asked)) && doubted.every(isTrueIn);
}

/** This node may run something of the group: claims included, a verified stop not. */
export function isHolding(group: GroupState): boolean {
  switch (group.activity.kind) {
    case 'claiming':
    case 'starting':
    case 'active':
    case 'unconfirmed':
    case 'stopping':
      return true;
    case 'checking':
      return group.durable.holding !== 'nothing';
    case 'idle':
    case 'syncing':
      return false;
  }
}

/** It was held before this machine was rebooted: what of it runs now was started by the OS. A group that served since is no such. */
export function isOfEarlierBoot({ isSameBoot }: NodeState, { activity, durable }: GroupState): boolean {
  return activity.kind === 'checking' && durable.holding === 'stopping' && !isSameBoot;
}

/** This node serves the group, or did when its daemon was last there. */
export function isServing(group: GroupState): boolean {
  const { kind } = group.activity;
  return kind === 'starting' || kind === 'active' || kind === 'unconfirmed';
}

/**
 * The peer gave the group to this node, and that is still news: once this node has claimed a higher epoch, the
 * release that led to it gives no second right.
 */
export function isReleasedToSelf({ durable }: GroupState, said: GroupBeat | undefined): boolean {
  return said?.isReleasedToPeer === true && !isHigher(durable.epoch, said.epoch);
}

/**
 * Of a peer that has left. It says so when everything is stopped, and a short beat says so in the name of one group only:
 * of another one the word that it is stopped may never come. What an earlier daemon told is no word of this one.
 */
export function isLeftStopped({ peer }: NodeState, { config }: GroupState): boolean {
  const known = peer.groups[config.name];
  if (known?.beat === undefined) return known?.lack !== 'mayRun';
  if (known.beat.isVerifiedStopped) return true;
  return known.sequence > 0 && known.phase !== 'left';
}

/** Hands off, whichever node was told so. */
export function isInMaintenance({ durable }: GroupState): boolean {
  return durable.isMaintained || durable.isPeerMaintained;
}

/** The node that served the group last, or claimed it last where nothing has served; '' when nobody ever did. */
export function lastOwner({ durable: { servedEpoch, epoch } }: GroupState): NodeName {
  return servedEpoch.counter > 0 ? servedEpoch.node : epoch.node;
}

export function hasAddress(group: GroupState): boolean {
  return group.config.resources.some(({ kind }) => kind === 'address');
}

export function standbySide(group: GroupState): readonly string[] {
  return group.config.resources.filter(({ side }) => side === 'standby').map(({ name }) => name);
}
