import type { BootId, Epoch, Incarnation, MacAddress, NodeName } from './identity.ts';

/** The beats that this build speaks, as numbered on the wire. A step of one is what an upgrade of one side after the other takes. */
export const beatVersions = { oldest: 1, newest: 2 } as const;

/**
 * One heartbeat: the state of its sender, not a command. Loss, doubling and
 * reordering of beats are harmless; the highest sequence is the truth.
 */
export interface Beat {
  /** In which it is sent. */
  readonly version: number;
  /** The highest that the sender speaks. */
  readonly versionMax: number;
  readonly from: NodeName;
  readonly incarnation: Incarnation;
  readonly bootId: BootId;
  /** Counts the beats of one incarnation from 1; the same beat on several channels has one sequence. */
  readonly sequence: number;
  /** The newest beat that the sender has heard of the receiver. Its age is the age of this beat. */
  readonly echo: Echo | undefined;
  readonly phase: Phase;
  /** Bit n: the sender hears the receiver on channel n. */
  readonly hearsOn: number;
  /** So long after its loop stalls, at the latest, a watchdog has reset the sender's machine; 0: none would. From version 2. */
  readonly selfFenceMs: number;
  /** Ping targets that answer the sender; undefined: it asks none, or does not say. From version 2. */
  readonly pingsAnswering: number | undefined;
  /** The time of day at the sender, in seconds since 1970, for people: nothing is decided by it. From version 2. */
  readonly wallSeconds: number | undefined;
  /** All groups of the sender, or in the short form one of them. */
  readonly groups: readonly GroupBeat[];
}

export interface Echo {
  readonly incarnation: Incarnation;
  readonly sequence: number;
}

/** The daemon's life. `suspect`: the sender has not heard the receiver for warntime. `left`: every stop is verified. */
export const phases = ['starting', 'online', 'suspect', 'leaving', 'left'] as const;
export type Phase = (typeof phases)[number];

/**
 * What a node does about a group.
 *
 * `unconfirmed`: it held the group before its daemon was away or stalled, and asks whether it still may;
 * counts as holding. `released`: it owned, and everything is verified stopped.
 */
export const roles = [
  'standby',
  'claiming',
  'starting',
  'active',
  'unconfirmed',
  'stopping',
  'released',
  'failed',
] as const;
export type Role = (typeof roles)[number];

export interface GroupBeat {
  readonly name: string;
  /** `GroupConfig.digest` of the sender. */
  readonly digest: string;
  readonly role: Role;
  /** The highest epoch that the sender knows; its own when it holds the group. */
  readonly epoch: Epoch;
  /** The highest epoch that has served, that is, started something other than an address. */
  readonly servedEpoch: Epoch;
  /** The ownership from which the sender's copy of the data descends. */
  readonly copyEpoch: Epoch;
  /** Why the sender may not take the group now; `armed` when it may. */
  readonly armed: ArmedReason;
  /** Seconds since the sender's last completed sync began; undefined when there was none. */
  readonly lagSeconds: number | undefined;
  /** Nothing of the group runs at the sender: stopped and verified. */
  readonly isVerifiedStopped: boolean;
  /** Released in favour of the receiver: it may claim at once. */
  readonly isReleasedToPeer: boolean;
  /** The sender wants the group: the epoch that it supersedes is `epoch`. */
  readonly wish: 'none' | 'takeover' | 'forcedTakeover';
  readonly latch: Latch | undefined;
  /** Of the device that carries the group's first address. */
  readonly mac: MacAddress | undefined;
}

/**
 * What decides which of two active nodes stays after a healed split. Taken once, at the
 * first contact, so that both sides compare the same two values; anew only when the disk of
 * its sender stops or begins to take writes.
 */
export interface Latch {
  /** The sender's own epoch at the contact; or a higher one that it took and could not write down. */
  readonly epochCounter: number;
  /** It stalled beyond deadtime, its address lapsed, or its daemon restarted since it owns; or its disk takes no writes. */
  readonly yields: boolean;
  readonly isLanHealthy: boolean;
  /** Since the last common beat, as far as the resources count them. */
  readonly transactions: number;
  /** An operator put the group there. */
  readonly isByOperator: boolean;
}

/** Why a node is, or is not, eligible to take a group over now. The order is that of the wire. */
export const armedReasons = [
  'armed',
  'copy-stale',
  'copy-lagging',
  'copy-withdrawn',
  'stop-failed',
  'start-failed',
  'observing',
  'broken',
  'leaving',
  'unverified',
  'no-carrier',
  'down-by-order',
  'maintenance',
  'standby-by-order',
] as const;
export type ArmedReason = (typeof armedReasons)[number];
