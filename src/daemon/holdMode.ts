import { constants } from 'node:fs';
import { type FileHandle, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Two ends by a broken invariant within this time, and the next start decides nothing. */
const windowMs = 60_000;
const fileName = 'fatal.json';
/** Two times and their brackets, with room to spare: written once, and then only in place, for a disk that is full. */
const fileBytes = 64;

/**
 * Whether the daemon has to start in hold mode: it broke twice within a minute, the last time just now.
 * A file that is missing or says nothing of sense does not hold anybody; one that is missing is made.
 */
export async function isHeldByFatals(stateDir: string, wallMs: number): Promise<boolean> {
  await writeFile(join(stateDir, fileName), textOf([]), { flag: 'wx', mode: 0o600 }).catch(() => undefined);
  const [before, last] = (await readFatals(stateDir)).slice(-2);
  if (before === undefined || last === undefined) return false;
  return Math.abs(last - before) < windowMs && Math.abs(wallMs - last) < windowMs;
}

/** Remembers that the daemon broke. */
export async function noteFatal(stateDir: string, wallMs: number): Promise<void> {
  const [last] = (await readFatals(stateDir)).slice(-1);
  const times = last === undefined ? [wallMs] : [last, wallMs];
  let handle: FileHandle | undefined;
  try {
    handle = await open(join(stateDir, fileName), constants.O_WRONLY | constants.O_CREAT, 0o600);
    await handle.write(textOf(times), 0);
    await handle.truncate(fileBytes);
  } catch {
    // Then it decides again.
  } finally {
    await handle?.close().catch(() => undefined);
  }
}

function textOf(times: readonly number[]): string {
  return `${JSON.stringify(times).padEnd(fileBytes - 1)}\n`;
}

async function readFatals(stateDir: string): Promise<readonly number[]> {
  try {
    const value: unknown = JSON.parse(await readFile(join(stateDir, fileName), 'utf8'));
    return Array.isArray(value) ? value.filter((time): time is number => typeof time === 'number') : [];
  } catch {
    return [];
  }
}
