import { createHash } from 'node:crypto';

/**
 * One slot of the state file.
 *
 * ```
 *  0  magic      8 bytes "twinslot"
 *  8  format     u32  1
 * 12  length     u32  bytes of the payload
 * 16  sequence   u64  counts the writes to the file; the higher of two intact slots is the newer
 * 24  sha256    32 bytes over bytes 0 to 23 and the payload
 * 56  payload    JSON, UTF-8
 * ```
 *
 * Numbers are big-endian. Bytes after the payload are left over from longer writes and mean nothing. Magic, format
 * and the place of the checksum stay in every later format, so that an old daemon can tell "newer" from "damaged".
 */
export type SlotContent =
  /** Never written: nothing but zeros in the header. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'intact'; readonly sequence: number; readonly payload: string }
  /** Written by a later version of the daemon. */
  | { readonly kind: 'newer'; readonly format: number }
  /** A write that was cut short, a disk that forgets, or a file of somebody else. */
  | { readonly kind: 'damaged'; readonly detail: string };

/**
 * Where the second slot begins. 256 groups take less than half of it, and it is a multiple of every sector, page and
 * stripe that one write could damage as a whole.
 */
export const slotBytes = 512 * 1024;
export const slotCount = 2;
export const headerBytes = 56;
export const payloadBytesMax: number = slotBytes - headerBytes;

const magic = Buffer.from('twinslot', 'latin1');
const format = 1;
const checksumAt = 24;

/** The payload must not be longer than `payloadBytesMax`. */
export function encodeSlot(sequence: number, payload: Uint8Array): Uint8Array {
  const slot = Buffer.alloc(headerBytes + payload.length);
  magic.copy(slot, 0);
  slot.writeUInt32BE(format, 8);
  slot.writeUInt32BE(payload.length, 12);
  slot.writeBigUInt64BE(BigInt(sequence), 16);
  slot.set(payload, headerBytes);
  slot.set(checksum(slot, payload), checksumAt);
  return slot;
}

/** `bytes` is the slot as far as the file reaches. */
export function decodeSlot(bytes: Uint8Array): SlotContent {
  const slot = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (slot.length < headerBytes) return { kind: 'damaged', detail: `the file ends after ${slot.length} bytes of it` };
  const header = slot.subarray(0, headerBytes);
  if (header.every((byte) => byte === 0)) return { kind: 'empty' };
  if (!header.subarray(0, magic.length).equals(magic))
    return { kind: 'damaged', detail: 'it does not begin as a slot' };
  const length = slot.readUInt32BE(12);
  if (length > slot.length - headerBytes) return { kind: 'damaged', detail: `${length} bytes do not fit into it` };
  const payload = slot.subarray(headerBytes, headerBytes + length);
  if (!slot.subarray(checksumAt, headerBytes).equals(checksum(slot, payload))) {
    return { kind: 'damaged', detail: 'its checksum is wrong' };
  }
  const writtenFormat = slot.readUInt32BE(8);
  if (writtenFormat !== format) return { kind: 'newer', format: writtenFormat };
  return { kind: 'intact', sequence: Number(slot.readBigUInt64BE(16)), payload: payload.toString('utf8') };
}

function checksum(slot: Buffer, payload: Uint8Array): Buffer {
  return createHash('sha256').update(slot.subarray(0, checksumAt)).update(payload).digest();
}
