import { createHmac } from 'node:crypto';
import type { Key } from '../core/key.ts';

/** Tells keys apart without showing them: eight hex digits, which people can compare over the telephone. */
export function keyFingerprint({ secret }: Pick<Key, 'secret'>): string {
  return createHmac('sha256', secret).update('twinbeat key fingerprint').digest('hex').slice(0, 8);
}
