import type { Buffer } from 'node:buffer';
import type { Beat } from '../core/beat.ts';
import { nodeLayout, noPings, pingsAnsweringMax } from './beatLayout.ts';
import { atMost } from './range.ts';

/** What a beat says of its sender from version 2 on. */
export type NodeRecord = Pick<Beat, 'selfFenceMs' | 'pingsAnswering'>;

/** What a beat of version 1 is taken to say. */
export const silentNode: NodeRecord = { selfFenceMs: 0, pingsAnswering: undefined };

export function writeNode(all: Buffer, at: number, { selfFenceMs, pingsAnswering }: NodeRecord): void {
  all.writeUInt32BE(selfFence(selfFenceMs), at + nodeLayout.selfFenceMs);
  all.writeUInt8(
    pingsAnswering === undefined ? noPings : atMost(pingsAnswering, pingsAnsweringMax, 'pingsAnswering'),
    at + nodeLayout.pingsAnswering,
  );
}

export function readNode(all: Buffer, at: number): NodeRecord {
  const pingsAnswering = all.readUInt8(at + nodeLayout.pingsAnswering);
  return {
    selfFenceMs: all.readUInt32BE(at + nodeLayout.selfFenceMs),
    pingsAnswering: pingsAnswering === noPings ? undefined : pingsAnswering,
  };
}

/** A bound that does not fit is none: cut short, the peer would believe this machine dead before it is. */
function selfFence(ms: number): number {
  return ms > 2 ** 32 - 1 ? 0 : atMost(ms, 2 ** 32 - 1, 'selfFenceMs');
}
