import type { DurableGroup } from './durable.ts';

/** When the owner was last heard moves with every beat: a write a minute is enough for it. */
const ownerHeardStepMs = 60_000;

/** Nothing differs that the disk must know of. Every field but that one is named: looked up by their keys they took a twelfth of each step. */
export function isSameOnDisk(now: DurableGroup, asked: DurableGroup): boolean {
  if (now === asked) return true;
  if (Math.abs((now.ownerHeardWallMs ?? 0) - (asked.ownerHeardWallMs ?? 0)) >= ownerHeardStepMs) return false;
  return (
    now.name === asked.name &&
    now.holding === asked.holding &&
    isSameValue(now.epoch, asked.epoch) &&
    isSameValue(now.heldEpoch, asked.heldEpoch) &&
    isSameValue(now.servedEpoch, asked.servedEpoch) &&
    isSameValue(now.copyEpoch, asked.copyEpoch) &&
    now.isCopyWithdrawn === asked.isCopyWithdrawn &&
    isSameValue(now.sync, asked.sync) &&
    isSameValue(now.openSync, asked.openSync) &&
    now.staleSinceWallMs === asked.staleSinceWallMs &&
    now.isDiverged === asked.isDiverged &&
    now.isReleasingToPeer === asked.isReleasingToPeer &&
    now.isDownByOrder === asked.isDownByOrder &&
    now.isMaintained === asked.isMaintained &&
    now.isPeerMaintained === asked.isPeerMaintained &&
    now.isStandbyByOrder === asked.isStandbyByOrder &&
    isSameValue(now.stopFailed, asked.stopFailed) &&
    now.hasPeerStopFailed === asked.hasPeerStopFailed &&
    now.isPeerProvenAway === asked.isPeerProvenAway &&
    now.isPeerSilent === asked.isPeerSilent &&
    now.isByOperator === asked.isByOperator &&
    now.hasFaltered === asked.hasFaltered &&
    isSameValue(now.movesWallMs, asked.movesWallMs) &&
    now.sinceWallMs === asked.sinceWallMs &&
    isSameValue(now.incident, asked.incident) &&
    now.peerMac === asked.peerMac &&
    now.fenceLiedBy === asked.fenceLiedBy
  );
}

function isSameValue(a: object | undefined, b: object | undefined): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
