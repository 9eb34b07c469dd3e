import type { Buffer } from 'node:buffer';
import { armedReasons, type GroupBeat, type Latch, roles } from '../core/beat.ts';
import type { Epoch } from '../core/identity.ts';
import { epochCounterBelievedMax, epochCounterMax, groupFlag, groupLayout, latchFlag } from './beatLayout.ts';
import type { Names } from './names.ts';
import { atMost, whole } from './range.ts';

const wishes = ['none', 'takeover', 'forcedTakeover'] as const;
const uint32Max = 2 ** 32 - 1;

/** Writes one group at `at`, laid out as in `beatLayout.ts`. The bytes there are zero before. */
export function writeGroup(all: Buffer, at: number, group: GroupBeat, isShort: boolean, names: Names): void {
  const hasRoomForAll = !isShort || group.latch === undefined;
  const lagSeconds = hasRoomForAll ? group.lagSeconds : undefined;
  const mac = hasRoomForAll ? group.mac : undefined;
  all.writeUInt32BE(names.groupDigest(group.name), at + groupLayout.name);
  names.configDigests.write(all, group.digest, at + groupLayout.digest);
  all.writeUInt8((roles.indexOf(group.role) << 4) | armedReasons.indexOf(group.armed), at + groupLayout.roleAndArmed);
  all.writeUInt8(
    (group.isVerifiedStopped ? groupFlag.isVerifiedStopped : 0) |
      (group.isReleasedToPeer ? groupFlag.isReleasedToPeer : 0) |
      (wishes.indexOf(group.wish) << groupFlag.wishShift) |
      (lagSeconds === undefined ? 0 : groupFlag.hasLag) |
      (mac === undefined ? 0 : groupFlag.hasMac) |
      (group.latch === undefined ? 0 : groupFlag.hasLatch),
    at + groupLayout.flags,
  );
  all.writeUInt8(
    names.nodeNumber(group.epoch.node) |
      (names.nodeNumber(group.servedEpoch.node) << 2) |
      (names.nodeNumber(group.copyEpoch.node) << 4),
    at + groupLayout.epochNodes,
  );
  all.writeUInt32BE(counter(group.epoch.counter), at + groupLayout.epoch);
  all.writeUInt32BE(counter(group.servedEpoch.counter), at + groupLayout.servedEpoch);
  all.writeUInt32BE(counter(group.copyEpoch.counter), at + groupLayout.copyEpoch);
  if (lagSeconds !== undefined) all.writeUInt32BE(atMost(lagSeconds, uint32Max, 'lag'), at + groupLayout.lag);
  if (mac !== undefined) names.macs.write(all, mac, at + groupLayout.mac);
  if (group.latch !== undefined) writeLatch(all, at + latchOffset(isShort), group.latch);
}

/** A group, or why there is none: `unknown` to this node's config, or `bad` where a field has no such value. */
export function readGroup(all: Buffer, at: number, isShort: boolean, names: Names): GroupBeat | 'unknown' | 'bad' {
  const name = names.groupName(all.readUInt32BE(at + groupLayout.name));
  if (name === undefined) return 'unknown';
  const roleAndArmed = all.readUInt8(at + groupLayout.roleAndArmed);
  const flags = all.readUInt8(at + groupLayout.flags);
  const epochNodes = all.readUInt8(at + groupLayout.epochNodes);
  const role = roles[roleAndArmed >> 4];
  const armed = armedReasons[roleAndArmed & 15];
  const wish = wishes[(flags >> groupFlag.wishShift) & groupFlag.wishMask];
  const epoch = readEpoch(all, at + groupLayout.epoch, epochNodes, names);
  const servedEpoch = readEpoch(all, at + groupLayout.servedEpoch, epochNodes >> 2, names);
  const copyEpoch = readEpoch(all, at + groupLayout.copyEpoch, epochNodes >> 4, names);
  const latch = (flags & groupFlag.hasLatch) === 0 ? undefined : readLatch(all, at + latchOffset(isShort));
  if (role === undefined || armed === undefined || wish === undefined) return 'bad';
  if (latch !== undefined && latch.epochCounter > epochCounterBelievedMax) return 'bad';
  if (epoch === undefined || servedEpoch === undefined || copyEpoch === undefined) return 'bad';
  return {
    name,
    digest: names.configDigests.read(all, at + groupLayout.digest),
    role,
    epoch,
    servedEpoch,
    copyEpoch,
    armed,
    lagSeconds: (flags & groupFlag.hasLag) === 0 ? undefined : all.readUInt32BE(at + groupLayout.lag),
    isVerifiedStopped: (flags & groupFlag.isVerifiedStopped) !== 0,
    isReleasedToPeer: (flags & groupFlag.isReleasedToPeer) !== 0,
    wish,
    latch,
    mac: (flags & groupFlag.hasMac) === 0 ? undefined : names.macs.read(all, at + groupLayout.mac),
  };
}

function latchOffset(isShort: boolean): number {
  return isShort ? groupLayout.latchInShort : groupLayout.latch;
}

function writeLatch(all: Buffer, at: number, latch: Latch): void {
  all.writeUInt32BE(counter(latch.epochCounter), at);
  all.writeUInt8(
    (latch.yields ? latchFlag.yields : 0) |
      (latch.isLanHealthy ? latchFlag.isLanHealthy : 0) |
      (latch.isByOperator ? latchFlag.isByOperator : 0),
    at + 4,
  );
  all.writeUInt32BE(atMost(latch.transactions, uint32Max, 'transactions'), at + 5);
}

function readLatch(all: Buffer, at: number): Latch {
  const flags = all.readUInt8(at + 4);
  return {
    epochCounter: all.readUInt32BE(at),
    yields: (flags & latchFlag.yields) !== 0,
    isLanHealthy: (flags & latchFlag.isLanHealthy) !== 0,
    transactions: all.readUInt32BE(at + 5),
    isByOperator: (flags & latchFlag.isByOperator) !== 0,
  };
}

function readEpoch(all: Buffer, at: number, nodeBits: number, names: Names): Epoch | undefined {
  const node = names.nodeName(nodeBits & 3);
  const count = all.readUInt32BE(at);
  return node === undefined || count > epochCounterBelievedMax ? undefined : { counter: count, node };
}

function counter(value: number): number {
  return whole(value, epochCounterMax, 'epoch counter');
}
