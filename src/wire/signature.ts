import type { Buffer } from 'node:buffer';
import { timingSafeEqual } from 'node:crypto';
import type { Key } from '../core/key.ts';
import { hmacWith } from './hmac.ts';

export interface Signer {
  readonly keyId: number;
  /**
   * Fills the last `signatureBytes` bytes of `all` with the HMAC-SHA-256 of the bytes before them, cut to that length.
   *
   * @throws {RangeError} when there is no such key.
   */
  sign(all: Buffer, signatureBytes: number, keyId: number): void;
  hasKey(keyId: number): boolean;
  /** In a time that does not depend on where the signatures differ. */
  isSigned(all: Buffer, signatureBytes: number, keyId: number): boolean;
}

/** @throws {RangeError} when an id is taken twice or out of range, a secret is empty, or the signing key is missing. */
export function createSigner(keys: readonly Key[], signingKeyId: number): Signer {
  const codes = new Map<number, (body: Uint8Array) => Uint8Array>();
  for (const { id, secret } of keys) {
    if (!Number.isInteger(id) || id < 0 || id > 255) throw new RangeError(`key id ${id} is not within 0 to 255`);
    if (codes.has(id)) throw new RangeError(`key id ${id} is there twice`);
    if (secret.length === 0) throw new RangeError(`key ${id} is empty`);
    codes.set(id, hmacWith(secret));
  }
  if (!codes.has(signingKeyId)) throw new RangeError(`the signing key ${signingKeyId} is not among the keys`);
  return {
    keyId: signingKeyId,
    sign: (all, signatureBytes, keyId) => {
      const codeOf = codes.get(keyId);
      if (codeOf === undefined) throw new RangeError(`there is no key ${keyId} to sign with`);
      const bodyBytes = all.length - signatureBytes;
      all.set(codeOf(all.subarray(0, bodyBytes)).subarray(0, signatureBytes), bodyBytes);
    },
    hasKey: (keyId) => codes.has(keyId),
    isSigned: (all, signatureBytes, keyId) => {
      const codeOf = codes.get(keyId);
      if (codeOf === undefined) return false;
      const bodyBytes = all.length - signatureBytes;
      const expected = codeOf(all.subarray(0, bodyBytes)).subarray(0, signatureBytes);
      return timingSafeEqual(expected, all.subarray(bodyBytes));
    },
  };
}
