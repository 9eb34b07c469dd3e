import type { Epoch, NodeName } from '../core/identity.ts';
import { isHigher, isSameEpoch, noEpoch } from '../core/identity.ts';
import type { WitnessReply, WitnessRequest, WitnessVerdict } from '../core/witnessWords.ts';
import { regrantMs } from '../core/witnessWords.ts';

/** Whose the lease of one group is: what must be on the disk before it is told. */
export interface GroupLease {
  /** '' for nobody. */
  readonly holder: NodeName;
  /** The highest epochs that were told. */
  readonly epoch: Epoch;
  readonly servedEpoch: Epoch;
  readonly leaseMs: number;
}

/** What the witness keeps in memory of one cluster. */
export interface ClusterLeases {
  readonly groups: ReadonlyMap<string, GroupLease>;
  /** When the holder of each group last renewed; after a start of the witness, its start. */
  readonly renewedAtMs: ReadonlyMap<string, number>;
  readonly startedAtMs: number;
}

export interface Judged {
  readonly leases: ClusterLeases;
  readonly verdict: WitnessVerdict;
  /** Something changed that must be written down before the answer leaves. */
  readonly mustSave: boolean;
}

/** Nobody has so many groups; a node that invents names must not fill the disk. */
export const groupsPerClusterMax = 64;

export const neverLeased: GroupLease = { holder: '', epoch: noEpoch, servedEpoch: noEpoch, leaseMs: 0 };

export function startLeases(groups: ReadonlyMap<string, GroupLease>, startedAtMs: number): ClusterLeases {
  return { groups, startedAtMs, renewedAtMs: new Map([...groups.keys()].map((name) => [name, startedAtMs])) };
}

/**
 * Judges one believed request. Compare and swap: the lease is given only to whoever holds it, or when it is free or
 * over and the asker knows the newest epoch.
 *
 * L1. It is over when nobody renewed it for its length and what two clocks may differ by meanwhile.
 * L2. For as long after a start the witness grants nothing to anybody but the known holder, and where it knows none,
 *     to a node that says that it may be running the group: what was granted before may not be on this disk.
 */
export function judge(leases: ClusterLeases, from: NodeName, request: WitnessRequest, atMs: number): Judged {
  const known = leases.groups.get(request.group);
  const lease = known ?? neverLeased;
  switch (request.wish) {
    case 'look':
      return { leases, verdict: 'seen', mustSave: false };
    case 'release':
      if (lease.holder !== from) return { leases, verdict: 'released', mustSave: false };
      return { ...change(leases, request, { ...lease, holder: '' }, atMs), verdict: 'released' };
    case 'renew': {
      const verdict = verdictOn(leases, from, request, atMs);
      if (verdict !== 'granted') return { leases, verdict, mustSave: false };
      return { ...change(leases, request, { ...lease, holder: from, leaseMs: request.leaseMs }, atMs), verdict };
    }
  }
}

/** What the asker is told beside the verdict. */
export function describe(
  leases: ClusterLeases,
  from: NodeName,
  request: WitnessRequest,
  atMs: number,
): Omit<WitnessReply, 'verdict' | 'kind' | 'otherHeardAgoMs'> {
  const lease = leases.groups.get(request.group) ?? neverLeased;
  const renewedAtMs = leases.renewedAtMs.get(request.group) ?? leases.startedAtMs;
  return {
    holder: lease.holder,
    epoch: lease.epoch,
    servedEpoch: lease.servedEpoch,
    renewedAgoMs: atMs - renewedAtMs,
    waitMs: lease.holder === from ? 0 : Math.max(0, freeAtMs(leases, request) - atMs),
  };
}

function verdictOn(leases: ClusterLeases, from: NodeName, request: WitnessRequest, atMs: number): WitnessVerdict {
  const lease = leases.groups.get(request.group);
  if (lease === undefined && leases.groups.size >= groupsPerClusterMax) return 'full';
  if (lease?.holder === from) return 'granted';
  const isOver = atMs >= freeAtMs(leases, request);
  const isFree = lease === undefined || lease.holder === '';
  if (isFree && !isOver) return request.isHolding ? 'granted' : 'settling';
  if (!isOver) return 'held';
  return lease !== undefined && isHigher(lease.epoch, request.epoch) ? 'stale' : 'granted';
}

/** When somebody else than the holder may have the lease at the earliest, if nobody renews it. */
function freeAtMs(leases: ClusterLeases, request: WitnessRequest): number {
  const lease = leases.groups.get(request.group);
  if (lease === undefined || lease.holder === '') {
    return leases.startedAtMs + regrantMs(Math.max(request.leaseMs, lease?.leaseMs ?? 0));
  }
  return (leases.renewedAtMs.get(request.group) ?? leases.startedAtMs) + regrantMs(lease.leaseMs);
}

function change(
  leases: ClusterLeases,
  request: WitnessRequest,
  lease: GroupLease,
  atMs: number,
): Omit<Judged, 'verdict'> {
  const before = leases.groups.get(request.group);
  const next: GroupLease = {
    ...lease,
    epoch: higherOf(lease.epoch, request.epoch),
    servedEpoch: higherOf(lease.servedEpoch, request.servedEpoch),
  };
  return {
    leases: {
      ...leases,
      groups: new Map(leases.groups).set(request.group, next),
      renewedAtMs: new Map(leases.renewedAtMs).set(request.group, atMs),
    },
    mustSave: before === undefined || !isSame(before, next),
  };
}

function isSame(a: GroupLease, b: GroupLease): boolean {
  const isSameEpochs = isSameEpoch(a.epoch, b.epoch) && isSameEpoch(a.servedEpoch, b.servedEpoch);
  return a.holder === b.holder && a.leaseMs === b.leaseMs && isSameEpochs;
}

function higherOf(a: Epoch, b: Epoch): Epoch {
  return isHigher(b, a) ? b : a;
}
