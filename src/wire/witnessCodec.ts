import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Epoch, NodeName } from '../core/identity.ts';
import type { Key } from '../core/key.ts';
import type { WitnessReply, WitnessRequest } from '../core/witnessWords.ts';
import { witnessVerdicts, witnessWishes } from '../core/witnessWords.ts';
import { whole, writeHex } from './range.ts';
import { createSigner, type Signer } from './signature.ts';
import { witnessBytesMax, witnessLayout, witnessSequenceMax } from './witnessLayout.ts';

export interface WitnessCodecOptions {
  readonly cluster: string;
  readonly nodes: readonly [NodeName, NodeName];
  /** All of them are accepted. */
  readonly keys: readonly Key[];
  readonly signingKeyId: number;
}

/** What travels with a request and is not about the group. Hex digits, 16 each. */
export interface WitnessEnvelope {
  readonly from: NodeName;
  readonly nonce: string;
  /** Which start of the witness is meant; zeros when it is not known yet. */
  readonly start: string;
  readonly sequence: number;
}

export interface WitnessAnswerEnvelope {
  readonly nonce: string;
  readonly start: string;
  /** The highest that the witness has taken from the asker. */
  readonly sequence: number;
}

/** Why bytes were not accepted. Counted; never an exception: anything may arrive. */
export const witnessRejections = [
  'too-short',
  'too-long',
  'bad-magic',
  'bad-version',
  'unknown-cluster',
  'unknown-key',
  'bad-mac',
  'wrong-length',
  'bad-field',
] as const;
export type WitnessRejection = (typeof witnessRejections)[number];

interface Rejected {
  readonly ok: false;
  readonly rejection: WitnessRejection;
}

export type DecodedRequest =
  | { readonly ok: true; readonly request: WitnessRequest; readonly envelope: WitnessEnvelope; readonly keyId: number }
  | Rejected;

export type DecodedAnswer =
  | { readonly ok: true; readonly answer: WitnessReply; readonly envelope: WitnessAnswerEnvelope }
  | Rejected;

export interface WitnessCodec {
  /** Of the cluster and its two nodes: the same on all three machines, or nothing is believed. */
  readonly digest: number;
  readonly signingKeyId: number;
  /** @throws {RangeError} when a field does not fit: the config rules that out. */
  encodeRequest(request: WitnessRequest, envelope: WitnessEnvelope): Uint8Array;
  decodeRequest(bytes: Uint8Array): DecodedRequest;
  encodeAnswer(answer: WitnessReply, envelope: WitnessAnswerEnvelope, keyId: number): Uint8Array;
  decodeAnswer(bytes: Uint8Array): DecodedAnswer;
}

export const unknownStart = '0'.repeat(16);

const { request: at, answer: out, macBytes } = witnessLayout;
const requestBytesMin = at.name + 1 + macBytes;
const answerBytesMin = out.end + macBytes;
/** All ones: no time is known. */
const neverMs = 0xffff_ffff;

/** The digest of a request, before anything of it is believed: which cluster's keys to try. */
export function claimedCluster(bytes: Uint8Array): number | undefined {
  if (bytes.length < requestBytesMin || bytes.length > witnessBytesMax) return undefined;
  return bufferOf(bytes).readUInt32BE(at.cluster);
}

/** @throws {RangeError} for names or keys that the config rules out. */
export function createWitnessCodec(
  options: WitnessCodecOptions,
  signer: Signer = createSigner(options.keys, options.signingKeyId),
): WitnessCodec {
  const nodes = ['', ...[...options.nodes].sort()];
  const digest = createHash('sha256')
    .update(JSON.stringify([options.cluster, ...nodes]), 'utf8')
    .digest()
    .readUInt32BE(0);
  return {
    digest,
    signingKeyId: signer.keyId,
    encodeRequest: (request, envelope) => encodeRequest(request, envelope, nodes, digest, signer),
    decodeRequest: (bytes) => {
      const rejection = firstProblem(bytes, witnessLayout.requestMagic, requestBytesMin, digest, signer);
      return rejection === undefined ? readRequest(bufferOf(bytes), nodes) : { ok: false, rejection };
    },
    encodeAnswer: (answer, envelope, keyId) => encodeAnswer(answer, envelope, nodes, digest, { signer, keyId }),
    decodeAnswer: (bytes) => {
      const rejection = firstProblem(bytes, witnessLayout.answerMagic, answerBytesMin, digest, signer);
      return rejection === undefined ? readAnswer(bufferOf(bytes), nodes) : { ok: false, rejection };
    },
  };
}

/** The order of the checks: nothing behind the signature is looked at before it. */
function firstProblem(
  bytes: Uint8Array,
  magic: number,
  bytesMin: number,
  digest: number,
  signer: Signer,
): WitnessRejection | undefined {
  if (bytes.length < bytesMin) return 'too-short';
  if (bytes.length > witnessBytesMax) return 'too-long';
  const all = bufferOf(bytes);
  if (all.readUInt16BE(at.magic) !== magic) return 'bad-magic';
  if (all.readUInt8(at.version) < witnessLayout.version) return 'bad-version';
  if (all.readUInt32BE(at.cluster) !== digest) return 'unknown-cluster';
  const keyId = all.readUInt8(at.keyId);
  if (!signer.hasKey(keyId)) return 'unknown-key';
  return signer.isSigned(all, macBytes, keyId) ? undefined : 'bad-mac';
}

function encodeRequest(
  request: WitnessRequest,
  envelope: WitnessEnvelope,
  nodes: readonly string[],
  digest: number,
  signer: Signer,
): Uint8Array {
  const name = Buffer.from(request.group, 'utf8');
  if (name.length === 0 || name.length > 255) throw new RangeError(`group ${request.group} has no name that fits`);
  const all = Buffer.alloc(at.name + name.length + macBytes);
  all.writeUInt16BE(witnessLayout.requestMagic, at.magic);
  all.writeUInt8(witnessLayout.version, at.version);
  all.writeUInt8(witnessLayout.version, at.versionMax);
  all.writeUInt8(signer.keyId, at.keyId);
  const sender = numberOf(nodes, envelope.from) - 1;
  all.writeUInt8(witnessWishes.indexOf(request.wish) | (sender << 2) | (request.isHolding ? 8 : 0), at.flags);
  all.writeUInt32BE(digest, at.cluster);
  writeHex(all, envelope.nonce, at.nonce, witnessLayout.nonceBytes, 'nonce');
  writeHex(all, envelope.start, at.start, witnessLayout.startBytes, 'start of the witness');
  all.writeUIntBE(whole(envelope.sequence, witnessSequenceMax, 'sequence'), at.sequence, 6);
  all.writeUInt32BE(whole(request.leaseMs, neverMs, 'lease'), at.leaseMs);
  writeEpochs(all, request, nodes, at, 0);
  all.writeUInt8(at.name, at.headerBytes);
  all.writeUInt8(name.length, at.nameBytes);
  name.copy(all, at.name);
  signer.sign(all, macBytes, signer.keyId);
  return all;
}

function readRequest(all: Buffer, nodes: readonly string[]): DecodedRequest {
  const flags = all.readUInt8(at.flags);
  const wish = witnessWishes[flags & 3];
  const from = nodes[1 + ((flags >> 2) & 1)];
  const epochs = readEpochs(all, nodes, at);
  const leaseMs = all.readUInt32BE(at.leaseMs);
  const sequence = all.readUIntBE(at.sequence, 6);
  if (wish === undefined || from === undefined || epochs === undefined || leaseMs === 0) return rejected('bad-field');
  const nameAt = all.readUInt8(at.headerBytes);
  const nameEnd = nameAt + all.readUInt8(at.nameBytes);
  if (nameAt < at.name || nameEnd === nameAt || nameEnd > all.length - macBytes) return rejected('wrong-length');
  const group = all.toString('utf8', nameAt, nameEnd);
  // What is no text would be another group after it was written down and read again.
  if (group.includes('\ufffd') || /\p{Cc}/u.test(group)) return rejected('bad-field');
  return {
    ok: true,
    keyId: all.readUInt8(at.keyId),
    request: { group, wish, isHolding: (flags & 8) !== 0, leaseMs, ...epochs },
    envelope: { from, nonce: hex64(all, at.nonce), start: hex64(all, at.start), sequence },
  };
}

function encodeAnswer(
  answer: WitnessReply,
  envelope: WitnessAnswerEnvelope,
  nodes: readonly string[],
  digest: number,
  { signer, keyId }: { readonly signer: Signer; readonly keyId: number },
): Uint8Array {
  const all = Buffer.alloc(answerBytesMin);
  all.writeUInt16BE(witnessLayout.answerMagic, out.magic);
  all.writeUInt8(witnessLayout.version, out.version);
  all.writeUInt8(witnessLayout.version, out.versionMax);
  all.writeUInt8(keyId, out.keyId);
  all.writeUInt8(witnessVerdicts.indexOf(answer.verdict), out.verdict);
  all.writeUInt32BE(digest, out.cluster);
  writeHex(all, envelope.nonce, out.nonce, witnessLayout.nonceBytes, 'nonce');
  writeHex(all, envelope.start, out.start, witnessLayout.startBytes, 'start of the witness');
  all.writeUIntBE(whole(envelope.sequence, witnessSequenceMax, 'sequence'), out.sequence, 6);
  writeEpochs(all, answer, nodes, out, numberOf(nodes, answer.holder) << 4);
  all.writeUInt32BE(timeOf(answer.renewedAgoMs), out.renewedAgo);
  all.writeUInt32BE(answer.otherHeardAgoMs === undefined ? neverMs : timeOf(answer.otherHeardAgoMs), out.otherHeardAgo);
  all.writeUInt32BE(timeOf(answer.waitMs), out.wait);
  signer.sign(all, macBytes, keyId);
  return all;
}

function readAnswer(all: Buffer, nodes: readonly string[]): DecodedAnswer {
  const verdict = witnessVerdicts[all.readUInt8(out.verdict)];
  const holder = nodes[(all.readUInt8(out.nodes) >> 4) & 3];
  const epochs = readEpochs(all, nodes, out);
  if (verdict === undefined || holder === undefined || epochs === undefined) return rejected('bad-field');
  const otherHeardAgoMs = all.readUInt32BE(out.otherHeardAgo);
  return {
    ok: true,
    envelope: { nonce: hex64(all, out.nonce), start: hex64(all, out.start), sequence: all.readUIntBE(out.sequence, 6) },
    answer: {
      kind: 'answered',
      verdict,
      holder,
      ...epochs,
      renewedAgoMs: all.readUInt32BE(out.renewedAgo),
      otherHeardAgoMs: otherHeardAgoMs === neverMs ? undefined : otherHeardAgoMs,
      waitMs: all.readUInt32BE(out.wait),
    },
  };
}

interface Epochs {
  readonly epoch: Epoch;
  readonly servedEpoch: Epoch;
}

interface EpochPlaces {
  readonly nodes: number;
  readonly epoch: number;
  readonly served: number;
}

function writeEpochs(
  all: Buffer,
  { epoch, servedEpoch }: Epochs,
  nodes: readonly string[],
  places: EpochPlaces,
  more: number,
): void {
  all.writeUInt8(numberOf(nodes, epoch.node) | (numberOf(nodes, servedEpoch.node) << 2) | more, places.nodes);
  all.writeUInt32BE(whole(epoch.counter, neverMs, 'epoch'), places.epoch);
  all.writeUInt32BE(whole(servedEpoch.counter, neverMs, 'served epoch'), places.served);
}

function readEpochs(all: Buffer, nodes: readonly string[], places: EpochPlaces): Epochs | undefined {
  const bits = all.readUInt8(places.nodes);
  const node = nodes[bits & 3];
  const servedNode = nodes[(bits >> 2) & 3];
  if (node === undefined || servedNode === undefined) return undefined;
  return {
    epoch: { counter: all.readUInt32BE(places.epoch), node },
    servedEpoch: { counter: all.readUInt32BE(places.served), node: servedNode },
  };
}

/** 0 for '' (nobody), else 1 or 2. @throws {RangeError} for a third name. */
function numberOf(nodes: readonly string[], name: string): number {
  const number = nodes.indexOf(name);
  if (number === -1) throw new RangeError(`node ${name} is not one of the pair`);
  return number;
}

/** Longer times than fit are all the same to people. */
function timeOf(ms: number): number {
  return Math.max(0, Math.min(Math.round(ms), neverMs - 1));
}

function hex64(all: Buffer, from: number): string {
  return all.toString('hex', from, from + 8);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function rejected(rejection: WitnessRejection): Rejected {
  return { ok: false, rejection };
}
