import { Buffer } from 'node:buffer';
import { type Beat, beatVersions, type Echo, type GroupBeat, phases } from '../core/beat.ts';
import type { NodeName } from '../core/identity.ts';
import type { Key } from '../core/key.ts';
import {
  beatBytesMax,
  beatChannelsMax,
  beatGroupsMax,
  beatLayout,
  fullBeatBytes,
  groupLayout,
  headerBytesOf,
  sequenceMax,
  shortBeatBytes,
} from './beatLayout.ts';
import { readGroup, writeGroup } from './groupRecord.ts';
import { createNames, type Names } from './names.ts';
import { type NodeRecord, readNode, silentNode, writeNode } from './nodeRecord.ts';
import { whole } from './range.ts';
import { createSigner, type Signer } from './signature.ts';

export interface BeatCodecOptions {
  readonly cluster: string;
  readonly self: NodeName;
  readonly peer: NodeName;
  readonly groupNames: readonly string[];
  /** All of them are accepted. */
  readonly keys: readonly Key[];
  readonly signingKeyId: number;
  /** Of the beats that it reads; a later one is read as this. @default the newest that this build speaks */
  readonly versionMax?: number;
}

/** `full` holds all groups, `short` exactly one (or none when there are none) in a fixed size for slow lines. */
export type BeatForm = 'full' | 'short';

/** Why bytes were not accepted as a beat. Counted by channel; never an exception: anything may arrive. */
export const rejections = [
  'too-short',
  'too-long',
  'bad-magic',
  'bad-version',
  'bad-form',
  'unknown-key',
  'bad-mac',
  'wrong-cluster',
  'wrong-channel',
  'own-beat',
  'wrong-length',
  'bad-field',
] as const;
export type Rejection = (typeof rejections)[number];

export type Decoded =
  | {
      readonly ok: true;
      readonly beat: Beat;
      readonly keyId: number;
      readonly isShort: boolean;
      /** Groups of the sender that this node's config does not have. */
      readonly unknownGroups: number;
    }
  | { readonly ok: false; readonly rejection: Rejection };

export interface BeatCodec {
  readonly signingKeyId: number;
  hasKey(keyId: number): boolean;
  /**
   * Encodes and signs a beat of this node in the beat's version, with the signing key unless another one is named.
   *
   * @throws {RangeError} when a field does not fit (`beatLayout.ts` has the bounds), a group or node is not in the
   * config, there is no such version or key, or a short beat has more than one group: each is a bug of the caller.
   */
  encode(beat: Beat, channelIndex: number, form: BeatForm, keyId?: number): Uint8Array;
  /** Checks and decodes. The MAC is checked before any field is believed. Never throws. */
  decode(bytes: Uint8Array, channelIndex: number): Decoded;
}

const { offset, headerBytes, nodeBytes, groupBytes, fullMacBytes, shortMacBytes } = beatLayout;
const { oldest, newest } = beatVersions;
/** The smallest group record of any version: the length byte and the fields of version 1. */
const groupBytesMin = groupBytes;

/** @throws {RangeError} for names or keys that the config rules out. */
export function createBeatCodec(
  options: BeatCodecOptions,
  signer: Signer = createSigner(options.keys, options.signingKeyId),
): BeatCodec {
  const names = createNames(options.cluster, options.self, options.peer, options.groupNames);
  const reader: Reader = { peer: options.peer, names, signer, versionMax: options.versionMax ?? newest };
  // One beat goes to several channels, and differs by where it goes only.
  let newestBody: { readonly beat: Beat; readonly form: BeatForm; readonly body: Buffer } | undefined;
  return {
    signingKeyId: signer.keyId,
    hasKey: (keyId) => signer.hasKey(keyId),
    encode: (beat, channelIndex, form, keyId = signer.keyId) => {
      if (beat.from !== options.self) throw new RangeError(`${options.self} does not speak for ${beat.from}`);
      if (beat.version < oldest || whole(beat.version, newest, 'version') > beat.versionMax) {
        throw new RangeError(`no beat of version ${beat.version} is sent by one who speaks up to ${beat.versionMax}`);
      }
      if (newestBody?.beat !== beat || newestBody.form !== form)
        newestBody = { beat, form, body: bodyOf(beat, form, names) };
      const all = Buffer.from(newestBody.body);
      writePlace(all, beat, channelIndex, names, keyId);
      signer.sign(all, form === 'full' ? fullMacBytes : shortMacBytes, keyId);
      return all;
    },
    decode: (bytes, channelIndex) => decode(bytes, channelIndex, reader),
  };
}

interface Reader {
  readonly peer: NodeName;
  readonly names: Names;
  readonly signer: Signer;
  readonly versionMax: number;
}

/** Without its place and the signature. */
function bodyOf(beat: Beat, form: BeatForm, names: Names): Buffer {
  const all = form === 'full' ? fullBeat(beat, names) : shortBeat(beat, names);
  writeStart(all, beat, names);
  return all;
}

function fullBeat(beat: Beat, names: Names): Buffer {
  const groupCount = whole(beat.groups.length, beatGroupsMax, 'number of groups');
  const all = emptyFrame(fullBeatBytes(beat.version, groupCount));
  const groupsAt = headerBytesOf(beat.version);
  all.writeUInt8(groupsAt, offset.headerBytes);
  all.writeUInt8(groupCount, offset.groupCount);
  if (beat.version >= 2) writeNode(all, offset.node, beat);
  beat.groups.forEach((group, index) => {
    const at = groupsAt + index * groupBytes;
    all.writeUInt8(groupBytes, at);
    writeGroup(all, at + 1, group, false, names);
  });
  return all;
}

function shortBeat(beat: Beat, names: Names): Buffer {
  whole(beat.groups.length, 1, 'number of groups in a short beat');
  const all = emptyFrame(shortBeatBytes(beat.version));
  all.writeUInt8(1, offset.form);
  if (beat.version >= 2) writeNode(all, offset.shortNode, beat);
  for (const group of beat.groups) writeGroup(all, offset.shortGroup, group, true, names);
  return all;
}

/** A piece of the pool that small buffers share: memory of its own would cost more than what is written into it. */
function emptyFrame(bytes: number): Buffer {
  return Buffer.allocUnsafe(bytes).fill(0);
}

function writeStart(all: Buffer, beat: Beat, names: Names): void {
  all.writeUInt16BE(beatLayout.magic, offset.magic);
  all.writeUInt8(beat.version, offset.version);
  all.writeUInt8(beat.versionMax, offset.versionMax);
  all.writeUInt32BE(names.clusterDigest, offset.cluster);
  all.writeUInt16BE(whole(beat.hearsOn, 2 ** beatChannelsMax - 1, 'hearsOn'), offset.hearsOn);
  names.ids.write(all, beat.incarnation, offset.incarnation);
  names.ids.write(all, beat.bootId, offset.bootId);
  all.writeUIntBE(sequence(beat.sequence), offset.sequence, 5);
  if (beat.echo === undefined) return;
  names.ids.write(all, beat.echo.incarnation, offset.echoIncarnation);
  all.writeUIntBE(sequence(beat.echo.sequence), offset.echoSequence, 5);
}

/** What differs by channel. */
function writePlace(all: Buffer, { phase }: Beat, channelIndex: number, names: Names, keyId: number): void {
  const channel = whole(channelIndex, beatChannelsMax - 1, 'channel index');
  all.writeUInt8(keyId, offset.keyId);
  all.writeUInt8((channel << 4) | (names.selfIndex << 3) | phases.indexOf(phase), offset.place);
}

function decode(bytes: Uint8Array, channelIndex: number, { peer, names, signer, versionMax }: Reader): Decoded {
  if (bytes.length < headerBytes + fullMacBytes) return rejected('too-short');
  if (bytes.length > beatBytesMax) return rejected('too-long');
  const all = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (all.readUInt16BE(offset.magic) !== beatLayout.magic) return rejected('bad-magic');
  const version = all.readUInt8(offset.version);
  if (version < oldest) return rejected('bad-version');
  const form = all.readUInt8(offset.form);
  if (form > 1) return rejected('bad-form');
  const isShort = form === 1;
  if (isShort && all.length < shortBeatBytes(oldest)) return rejected('too-short');
  const keyId = all.readUInt8(offset.keyId);
  if (!signer.hasKey(keyId)) return rejected('unknown-key');
  const macBytes = isShort ? shortMacBytes : fullMacBytes;
  if (!signer.isSigned(all, macBytes, keyId)) return rejected('bad-mac');

  if (all.readUInt32BE(offset.cluster) !== names.clusterDigest) return rejected('wrong-cluster');
  const place = all.readUInt8(offset.place);
  if (((place >> 3) & 1) === names.selfIndex) return rejected('own-beat');
  if (place >> 4 !== channelIndex) return rejected('wrong-channel');
  const phase = phases[place & 7];
  const beatSequence = all.readUIntBE(offset.sequence, 5);
  if (phase === undefined || beatSequence === 0) return rejected('bad-field');
  const body = all.subarray(0, all.length - macBytes);
  const read = isShort ? readShortGroup(body, names) : readGroups(body, names);
  if (typeof read === 'string') return rejected(read);
  const node = Math.min(version, versionMax) < 2 ? silentNode : readNodeOf(body, isShort);
  if (node === undefined) return rejected('wrong-length');
  const beat: Beat = {
    version,
    versionMax: all.readUInt8(offset.versionMax),
    from: peer,
    incarnation: names.ids.read(all, offset.incarnation),
    bootId: names.ids.read(all, offset.bootId),
    sequence: beatSequence,
    echo: readEcho(all, names),
    phase,
    hearsOn: all.readUInt16BE(offset.hearsOn),
    selfFenceMs: node.selfFenceMs,
    pingsAnswering: node.pingsAnswering,
    wallSeconds: node.wallSeconds,
    groups: read.groups,
  };
  return { ok: true, beat, keyId, isShort, unknownGroups: read.unknownGroups };
}

interface GroupsRead {
  readonly groups: readonly GroupBeat[];
  readonly unknownGroups: number;
}

/** What follows the last record is a later version's and skipped. */
function readGroups(body: Buffer, names: Names): GroupsRead | Rejection {
  const groups: GroupBeat[] = [];
  let unknownGroups = 0;
  let at = body.readUInt8(offset.headerBytes);
  if (at < headerBytes) return 'wrong-length';
  for (let left = body.readUInt8(offset.groupCount); left > 0; left -= 1) {
    if (at + groupBytesMin > body.length) return 'wrong-length';
    const recordBytes = body.readUInt8(at);
    if (recordBytes < groupBytesMin || at + recordBytes > body.length) return 'wrong-length';
    const group = readGroup(body, at + 1, false, names);
    if (group === 'bad') return 'bad-field';
    if (group === 'unknown') unknownGroups += 1;
    else groups.push(group);
    at += recordBytes;
  }
  return at > body.length ? 'wrong-length' : { groups, unknownGroups };
}

function readShortGroup(body: Buffer, names: Names): GroupsRead | Rejection {
  const group = readGroup(body, offset.shortGroup, true, names);
  if (group === 'bad') return 'bad-field';
  if (group !== 'unknown') return { groups: [group], unknownGroups: 0 };
  const hasGroup = body.readUInt32BE(offset.shortGroup + groupLayout.name) !== 0;
  return { groups: [], unknownGroups: hasGroup ? 1 : 0 };
}

/** Undefined where a beat of version 2 is no longer than one of version 1. */
function readNodeOf(body: Buffer, isShort: boolean): NodeRecord | undefined {
  const headerEnd = isShort ? body.length : body.readUInt8(offset.headerBytes);
  const at = isShort ? offset.shortNode : offset.node;
  return at + nodeBytes > headerEnd ? undefined : readNode(body, at);
}

function readEcho(all: Buffer, names: Names): Echo | undefined {
  const echoSequence = all.readUIntBE(offset.echoSequence, 5);
  if (echoSequence === 0) return undefined;
  return { incarnation: names.ids.read(all, offset.echoIncarnation), sequence: echoSequence };
}

function sequence(value: number): number {
  if (value === 0) throw new RangeError('sequences count from 1');
  return whole(value, sequenceMax, 'sequence');
}

function rejected(rejection: Rejection): Decoded {
  return { ok: false, rejection };
}
