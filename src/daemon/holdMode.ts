import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Two ends by a broken invariant within this time, and the next start decides nothing. */
const windowMs = 60_000;
const fileName = 'fatal.json';

/**
 * Whether the daemon has to start in hold mode: it broke twice within a minute, the last time just now.
 * A file that is missing or says nothing of sense does not hold anybody.
 */
export async function isHeldByFatals(stateDir: string, wallMs: number): Promise<boolean> {
  const [before, last] = (await readFatals(stateDir)).slice(-2);
  if (before === undefined || last === undefined) return false;
  return Math.abs(last - before) < windowMs && Math.abs(wallMs - last) < windowMs;
}

/** Remembers that the daemon broke. */
export async function noteFatal(stateDir: string, wallMs: number): Promise<void> {
  const [last] = (await readFatals(stateDir)).slice(-1);
  const times = last === undefined ? [wallMs] : [last, wallMs];
  await writeFile(join(stateDir, fileName), `${JSON.stringify(times)}\n`, { mode: 0o600 }).catch(() => undefined);
}

async function readFatals(stateDir: string): Promise<readonly number[]> {
  try {
    const value: unknown = JSON.parse(await readFile(join(stateDir, fileName), 'utf8'));
    return Array.isArray(value) ? value.filter((time): time is number => typeof time === 'number') : [];
  } catch {
    return [];
  }
}
