import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { loadLibc } from './libc.ts';

export type Locked =
  /** `warning`: the lock could not be asked for on this machine. */
  | { readonly ok: true; readonly warning: string | undefined; release(): void }
  | { readonly ok: false; readonly kind: 'inUse' | 'unusable'; readonly sentence: string };

/** flock(2). */
const exclusive = 2;
const nonBlocking = 4;
/** A daemon that has given everything away still says so, and ends within a second; a busy machine takes longer. */
const patienceMs = 3000;
const retryMs = 20;

/**
 * Takes `directory` for this process, so that two daemons never share one state. The kernel gives it back when the
 * process ends, however it ends; children do not inherit it. The pid in the file is for people. For the start, before
 * the first beat.
 *
 * @param waitMs How long another process that has it may take to end.
 */
export async function lockDirectory(directory: string, waitMs = patienceMs): Promise<Locked> {
  const path = join(directory, 'lock');
  const libc = await loadLibc();
  let fd: number;
  try {
    fd = openSync(path, 'a+', 0o640);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, kind: 'unusable', sentence: `cannot lock the state directory ${directory}: ${reason}` };
  }
  const release = (): void => closeSync(fd);
  if (!libc.ok) {
    const warning = `the state directory ${directory} is not locked, so do not start a second twinbeatd on it: ${libc.reason}`;
    return { ok: true, warning, release };
  }
  const ask = (): { value: number; errno: number } => libc.libc.flock(fd, exclusive | nonBlocking);
  let { value, errno } = ask();
  const deadline = performance.now() + waitMs;
  while (value < 0 && errno === constants.errno.EAGAIN && performance.now() < deadline) {
    await sleep(retryMs);
    ({ value, errno } = ask());
  }
  if (value < 0) {
    const holder = readFileSync(path, 'utf8').trim().slice(0, 20);
    closeSync(fd);
    const sentence =
      errno === constants.errno.EAGAIN
        ? `another twinbeatd (process ${holder}) uses the state directory ${directory}; stop it, or give this one another by --state-dir`
        : `cannot lock the state directory ${directory}: error ${errno} of flock`;
    return { ok: false, kind: errno === constants.errno.EAGAIN ? 'inUse' : 'unusable', sentence };
  }
  try {
    ftruncateSync(fd);
    writeSync(fd, `${process.pid}\n`);
  } catch {
    // A full disk: the lock holds all the same.
  }
  return { ok: true, warning: undefined, release };
}
