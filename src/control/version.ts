import { readFileSync } from 'node:fs';

/** As in package.json; `0` where that is missing or broken, which must not keep a daemon from its work. */
export function readVersion(): string {
  try {
    const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : '0';
    return String(version);
  } catch {
    return '0';
  }
}
