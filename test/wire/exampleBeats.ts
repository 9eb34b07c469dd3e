import { readFileSync } from 'node:fs';
import type { Beat, GroupBeat } from '../../src/core/beat.ts';
import type { Key } from '../../src/core/key.ts';
import { type BeatCodec, type BeatCodecOptions, createBeatCodec } from '../../src/wire/beatCodec.ts';

export const oldKey: Key = { id: 1, secret: Buffer.from('the old secret of the pair') };
export const newKey: Key = { id: 7, secret: Buffer.from('the new secret of the pair') };

/** A codec of node1, or with other options of anyone else. */
export function codec(options: Partial<BeatCodecOptions> = {}): BeatCodec {
  return createBeatCodec({
    cluster: 'plone',
    self: 'node1',
    peer: 'node2',
    groupNames: ['site', 'mail'],
    keys: [oldKey, newKey],
    signingKeyId: newKey.id,
    ...options,
  });
}

export const peerCodec: BeatCodec = codec({ self: 'node2', peer: 'node1' });

export const siteGroup: GroupBeat = {
  name: 'site',
  digest: '0badcafe',
  role: 'active',
  epoch: { counter: 12, node: 'node1' },
  servedEpoch: { counter: 11, node: 'node2' },
  copyEpoch: { counter: 10, node: 'node1' },
  armed: 'copy-lagging',
  lagSeconds: 901,
  isVerifiedStopped: false,
  isReleasedToPeer: true,
  wish: 'takeover',
  latch: undefined,
  mac: '02:00:5e:10:00:01',
};

export const latchedGroup: GroupBeat = {
  ...siteGroup,
  wish: 'none',
  latch: { epochCounter: 12, yields: true, isLanHealthy: false, transactions: 70_000, isByOperator: true },
};

/** Of a build that speaks version 1 only. */
export const exampleBeat: Beat = {
  version: 1,
  versionMax: 1,
  from: 'node1',
  incarnation: '0123456789abcdef',
  bootId: 'fedcba9876543210',
  sequence: 0x01_0203_0405,
  echo: { incarnation: '1111222233334444', sequence: 0x0a_0b0c_0d0e },
  phase: 'suspect',
  hearsOn: 0b1000_0000_0000_0101,
  selfFenceMs: 0,
  pingsAnswering: undefined,
  wallSeconds: undefined,
  groups: [siteGroup],
};

export const secondVersionBeat: Beat = {
  ...exampleBeat,
  version: 2,
  versionMax: 2,
  selfFenceMs: 15_000,
  pingsAnswering: 3,
  wallSeconds: 1_795_000_000,
};

export const firstBeat: Beat = {
  ...exampleBeat,
  sequence: 1,
  echo: undefined,
  phase: 'starting',
  hearsOn: 0,
  groups: [],
};

/** Bytes in hex, in lines of any length; lines that begin with # explain. */
export function golden(name: string): Buffer {
  const text = readFileSync(new URL(`golden/${name}.hex`, import.meta.url), 'utf8');
  return Buffer.from(text.replaceAll(/#.*$/gm, '').replaceAll(/\s/g, ''), 'hex');
}
