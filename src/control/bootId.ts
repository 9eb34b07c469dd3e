import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** 16 hex digits that name this boot of the kernel, the same for every process of the machine. */
export function readBootId(file = '/proc/sys/kernel/random/boot_id'): string {
  return createHash('sha256').update(readFileSync(file, 'utf8').trim()).digest('hex').slice(0, 16);
}
