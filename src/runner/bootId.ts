import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** 16 hex digits that name this boot of the kernel. */
export function readBootId(): string {
  const text = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
