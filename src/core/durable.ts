import type { BootId, Epoch, Incarnation, MacAddress, NodeName } from './identity.ts';
import { noEpoch } from './identity.ts';

/** What must survive a crash of the daemon and of the machine. Written in two slots in turn. */
export interface DurableState {
  readonly cluster: string;
  readonly node: NodeName;
  /** The kernel's boot in which this was written: another boot means that nothing of it runs any more. */
  readonly bootId: BootId;
  readonly groups: readonly DurableGroup[];
}

/**
 * What a node may be running of a group, as far as the disk knows.
 * `claimed`: addresses at the most. `serving`: anything. `stopping`: anything, on its way down.
 */
export type Holding = 'nothing' | 'claimed' | 'serving' | 'stopping';

export interface DurableGroup {
  readonly name: string;
  readonly holding: Holding;
  /** The highest epoch known. */
  readonly epoch: Epoch;
  /** The epoch under which this node holds the group, or last held it. */
  readonly heldEpoch: Epoch;
  /** The highest epoch known to have started something other than an address. */
  readonly servedEpoch: Epoch;
  /** The ownership from which this node's copy descends. */
  readonly copyEpoch: Epoch;
  /** Set when a rewriting sync withdrew the copy; no takeover before one completes. */
  readonly isCopyWithdrawn: boolean;
  readonly sync: { readonly beganWallMs: number; readonly endedWallMs: number } | undefined;
  readonly openSync: { readonly epoch: Epoch; readonly beganWallMs: number } | undefined;
  /** When the owner was last heard; written when it falls silent. */
  readonly ownerHeardWallMs: number | undefined;
  /** Since when the copy here is behind; for people. */
  readonly staleSinceWallMs: number | undefined;
  /** This node served while another took over: its own changes are in nobody's copy. */
  readonly isDiverged: boolean;
  /** Somebody was named as the next owner; this node claims nothing before that node starts, fails or falls silent. */
  readonly isReleasingToPeer: boolean;
  /** `release --force`, here or at the peer: down until somebody takes it over. */
  readonly isDownByOrder: boolean;
  /** `hactl maintenance on`, typed here: hands off. */
  readonly isMaintained: boolean;
  /** The same, typed at the peer, as its last beat said; it holds while the peer is silent. */
  readonly isPeerMaintained: boolean;
  /** `hactl standby`: this node takes nothing until `hactl online`. */
  readonly isStandbyByOrder: boolean;
  /** A stop here was not verified: the resource and what it said. */
  readonly stopFailed: { readonly resource: string; readonly detail: string } | undefined;
  /** The same at the peer, which may be silent by now. */
  readonly hasPeerStopFailed: boolean;
  /** The peer was proven away (it left, E2, E5) while this node served, and was not heard since. */
  readonly isPeerProvenAway: boolean;
  /** The peer had been silent for deadtime while this node owned. */
  readonly isPeerSilent: boolean;
  /** Owner was moved here by an operator. */
  readonly isByOperator: boolean;
  /** Since the last beat of a peer that stood by, this owner stalled beyond deadtime, lost its address, or restarted. */
  readonly hasFaltered: boolean;
  /** Wall-clock times of the newest automatic moves, oldest first, at most `movesMax`. */
  readonly movesWallMs: readonly number[];
  readonly sinceWallMs: number;
  /** The group was active on both nodes, and nobody has acknowledged that yet. */
  readonly incident: Incident | undefined;
  readonly peerMac: MacAddress | undefined;
  /** What said that the peer was fenced, and it was not; of the node, not of the group. Until somebody acknowledges. */
  readonly fenceLiedBy: string | undefined;
}

export interface Incident {
  readonly atWallMs: number;
  /** Under which this node and its peer served. */
  readonly epochCounter: number;
  readonly peerEpochCounter: number;
  readonly sentence: string;
}

/** An operator's word that the peer's machine is dead; it ends with the peer's next authentic beat. */
export interface ConfirmedDead {
  readonly incarnation: Incarnation | undefined;
  readonly reason: string;
  /** Overrides an answer to ARP too. */
  readonly isForced: boolean;
}

export const movesMax = 3;

/** Of a group that is new to a node which knows these. It is the node that is on standby, and each of its groups says so. */
export function newGroupBeside(others: readonly DurableGroup[], name: string, wallMs: number): DurableGroup {
  return { ...newDurableGroup(name, wallMs), isStandbyByOrder: others.some((other) => other.isStandbyByOrder) };
}

export function newDurableGroup(name: string, wallMs: number): DurableGroup {
  return {
    name,
    holding: 'nothing',
    epoch: noEpoch,
    heldEpoch: noEpoch,
    servedEpoch: noEpoch,
    copyEpoch: noEpoch,
    isCopyWithdrawn: false,
    sync: undefined,
    openSync: undefined,
    ownerHeardWallMs: undefined,
    staleSinceWallMs: undefined,
    isDiverged: false,
    isReleasingToPeer: false,
    isDownByOrder: false,
    isMaintained: false,
    isPeerMaintained: false,
    isStandbyByOrder: false,
    stopFailed: undefined,
    hasPeerStopFailed: false,
    isPeerProvenAway: false,
    isPeerSilent: false,
    isByOperator: false,
    hasFaltered: false,
    movesWallMs: [],
    sinceWallMs: wallMs,
    incident: undefined,
    peerMac: undefined,
    fenceLiedBy: undefined,
  };
}
