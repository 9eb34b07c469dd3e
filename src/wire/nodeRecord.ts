import type { Buffer } from 'node:buffer';
import type { Beat } from '../core/beat.ts';
import { nodeLayout, noPings, pingsAnsweringMax } from './beatLayout.ts';
import { atMost, whole } from './range.ts';

/** What a beat says of its sender from version 2 on. */
export type NodeRecord = Pick<Beat, 'selfFenceMs' | 'pingsAnswering' | 'wallSeconds'>;

/** What a beat of version 1 is taken to say. */
export const silentNode: NodeRecord = { selfFenceMs: 0, pingsAnswering: undefined, wallSeconds: undefined };

export function writeNode(all: Buffer, at: number, node: NodeRecord): void {
  const { selfFenceMs, pingsAnswering, wallSeconds } = node;
  all.writeUInt32BE(selfFence(selfFenceMs), at + nodeLayout.selfFenceMs);
  all.writeUInt8(
    pingsAnswering === undefined ? noPings : atMost(pingsAnswering, pingsAnsweringMax, 'pingsAnswering'),
    at + nodeLayout.pingsAnswering,
  );
  all.writeUInt32BE(whole(wallSeconds ?? 0, 2 ** 32 - 1, 'wallSeconds'), at + nodeLayout.wallSeconds);
}

export function readNode(all: Buffer, at: number): NodeRecord {
  const pingsAnswering = all.readUInt8(at + nodeLayout.pingsAnswering);
  const wallSeconds = all.readUInt32BE(at + nodeLayout.wallSeconds);
  return {
    selfFenceMs: all.readUInt32BE(at + nodeLayout.selfFenceMs),
    pingsAnswering: pingsAnswering === noPings ? undefined : pingsAnswering,
    wallSeconds: wallSeconds === 0 ? undefined : wallSeconds,
  };
}

/** A bound that does not fit is none: cut short, the peer would believe this machine dead before it is. */
function selfFence(ms: number): number {
  return ms > 2 ** 32 - 1 ? 0 : atMost(ms, 2 ** 32 - 1, 'selfFenceMs');
}
