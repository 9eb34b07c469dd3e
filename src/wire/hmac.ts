import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';

/** SHA-256 takes blocks of so many bytes, and gives 32. */
const blockBytes = 64;
const digestBytes = 32;
/** Room for every frame that there is; what is longer costs an allocation. */
const usualBytesMax = 1_400;

/**
 * HMAC-SHA-256 with one key (RFC 2104). What it returns is overwritten by the next call.
 *
 * By two one-shot hashes: for frames of some hundred bytes most of the time of `createHmac` goes into its set-up.
 */
export function hmacWith(secret: Uint8Array): (body: Uint8Array) => Uint8Array {
  const key = secret.length > blockBytes ? Buffer.from(sha256(secret), 'binary') : secret;
  const inner = padded(key, 0x36, usualBytesMax);
  const outer = padded(key, 0x5c, digestBytes);
  const code = Buffer.alloc(digestBytes);
  return (body) => {
    const message = body.length <= usualBytesMax ? inner : Buffer.concat([inner.subarray(0, blockBytes), body]);
    message.set(body, blockBytes);
    outer.write(sha256(message.subarray(0, blockBytes + body.length)), blockBytes, 'binary');
    code.write(sha256(outer), 'binary');
    return code;
  };
}

/** A block of the key under its pad, and room behind it. */
function padded(key: Uint8Array, pad: number, roomBytes: number): Buffer {
  const all = Buffer.alloc(blockBytes + roomBytes);
  for (let at = 0; at < blockBytes; at += 1) all[at] = pad ^ (key[at] ?? 0);
  return all;
}

/** As a string of bytes: a buffer would cost more than the hash. */
function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'binary');
}
