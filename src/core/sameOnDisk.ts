import type { DurableGroup } from './durable.ts';

/** When the owner was last heard moves with every beat: a write a minute is enough for it. */
const ownerHeardStepMs = 60_000;

/** Nothing differs that the disk must know of. Asked in every step, so each field is named; one that is missing does not compile. */
export function isSameOnDisk(now: DurableGroup, asked: DurableGroup): boolean {
  if (now === asked) return true;
  if (Math.abs((now.ownerHeardWallMs ?? 0) - (asked.ownerHeardWallMs ?? 0)) >= ownerHeardStepMs) return false;
  const isSame: Readonly<Record<Exclude<keyof DurableGroup, 'ownerHeardWallMs'>, boolean>> = {
    name: now.name === asked.name,
    holding: now.holding === asked.holding,
    epoch: isSameValue(now.epoch, asked.epoch),
    heldEpoch: isSameValue(now.heldEpoch, asked.heldEpoch),
    servedEpoch: isSameValue(now.servedEpoch, asked.servedEpoch),
    copyEpoch: isSameValue(now.copyEpoch, asked.copyEpoch),
    isCopyWithdrawn: now.isCopyWithdrawn === asked.isCopyWithdrawn,
    sync: isSameValue(now.sync, asked.sync),
    openSync: isSameValue(now.openSync, asked.openSync),
    staleSinceWallMs: now.staleSinceWallMs === asked.staleSinceWallMs,
    isDiverged: now.isDiverged === asked.isDiverged,
    isReleasingToPeer: now.isReleasingToPeer === asked.isReleasingToPeer,
    isDownByOrder: now.isDownByOrder === asked.isDownByOrder,
    isMaintained: now.isMaintained === asked.isMaintained,
    isPeerMaintained: now.isPeerMaintained === asked.isPeerMaintained,
    isStandbyByOrder: now.isStandbyByOrder === asked.isStandbyByOrder,
    stopFailed: isSameValue(now.stopFailed, asked.stopFailed),
    hasPeerStopFailed: now.hasPeerStopFailed === asked.hasPeerStopFailed,
    isPeerProvenAway: now.isPeerProvenAway === asked.isPeerProvenAway,
    isPeerSilent: now.isPeerSilent === asked.isPeerSilent,
    isByOperator: now.isByOperator === asked.isByOperator,
    hasFaltered: now.hasFaltered === asked.hasFaltered,
    movesWallMs: isSameValue(now.movesWallMs, asked.movesWallMs),
    sinceWallMs: now.sinceWallMs === asked.sinceWallMs,
    incident: isSameValue(now.incident, asked.incident),
    peerMac: now.peerMac === asked.peerMac,
    fenceLiedBy: now.fenceLiedBy === asked.fenceLiedBy,
  };
  return !Object.values(isSame).includes(false);
}

function isSameValue(a: object | undefined, b: object | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
