import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { type KeyRing, missingAuthkeys, readAuthkeys } from '../../config/authkeys.ts';
import { plainText } from '../../config/plainText.ts';
import { type Problem, problemOf } from '../../config/problem.ts';
import { readText } from '../check/configFiles.ts';

export type KeyFileRead =
  | { readonly ok: true; readonly file: string; readonly text: string; readonly ring: KeyRing }
  | { readonly ok: false; readonly file: string; readonly problems: readonly Problem[] };

/** The keys beside the config. */
export function keyFileOf(configFile: string): string {
  return join(dirname(configFile), 'authkeys');
}

export function readKeyFile(file: string): KeyFileRead {
  const read = readText(file);
  if (read.kind === 'missing') return { ok: false, file, problems: [missingAuthkeys(file)] };
  if (read.kind !== 'text') {
    const next = read.detail === 'permission denied' ? 'run it with sudo' : undefined;
    return { ok: false, file, problems: [problemOf(file, read.detail, next)] };
  }
  const plain = plainText(read);
  if ('problem' in plain) return { ok: false, file, problems: [plain.problem] };
  const { text } = plain;
  const { ring, problems } = readAuthkeys(file, text, read.mode);
  return ring === undefined ? { ok: false, file, problems } : { ok: true, file, text, ring };
}

/** 256 bits, as 64 hex digits: as strong as HMAC-SHA-256 itself. */
export function newSecret(): string {
  return randomBytes(32).toString('hex');
}
