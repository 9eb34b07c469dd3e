import type { Buffer } from 'node:buffer';
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Key } from '../core/key.ts';

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
  const secrets = new Map<number, KeyObject>();
  for (const { id, secret } of keys) {
    if (!Number.isInteger(id) || id < 0 || id > 255) throw new RangeError(`key id ${id} is not within 0 to 255`);
    if (secrets.has(id)) throw new RangeError(`key id ${id} is there twice`);
    if (secret.length === 0) throw new RangeError(`key ${id} is empty`);
    secrets.set(id, createSecretKey(secret));
  }
  if (!secrets.has(signingKeyId)) throw new RangeError(`the signing key ${signingKeyId} is not among the keys`);
  return {
    keyId: signingKeyId,
    sign: (all, signatureBytes, keyId) => {
      const secret = secrets.get(keyId);
      if (secret === undefined) throw new RangeError(`there is no key ${keyId} to sign with`);
      const bodyBytes = all.length - signatureBytes;
      hmac(all.subarray(0, bodyBytes), secret).copy(all, bodyBytes, 0, signatureBytes);
    },
    hasKey: (keyId) => secrets.has(keyId),
    isSigned: (all, signatureBytes, keyId) => {
      const secret = secrets.get(keyId);
      if (secret === undefined) return false;
      const bodyBytes = all.length - signatureBytes;
      const expected = hmac(all.subarray(0, bodyBytes), secret).subarray(0, signatureBytes);
      return timingSafeEqual(expected, all.subarray(bodyBytes));
    },
  };
}

function hmac(body: Buffer, secret: KeyObject): Buffer {
  return createHmac('sha256', secret).update(body).digest();
}
