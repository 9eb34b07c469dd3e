import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, lstat, open, readFile, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export interface Placing {
  readonly mode: number;
  /** Without it an existing file stays as it is. */
  readonly isReplacing: boolean;
  /** A new file that root makes belongs to the daemon's user, who must read it and may write it. */
  readonly isDaemons: boolean;
}

export type Placed =
  | { readonly ok: true }
  | { readonly ok: false; readonly kind: 'exists' | 'failed'; readonly sentence: string };

/**
 * Puts a file in place whole: nobody ever sees half of it, or a secret with another mode. A file that is replaced keeps
 * its owner, and its place where the name is a link.
 */
export async function placeFile(
  file: string,
  text: string,
  { mode, isReplacing, isDaemons }: Placing,
): Promise<Placed> {
  const isThere = await exists(file);
  if (isThere && !isReplacing) return alreadyThere(file);
  const target = isThere ? await realpath(file).catch(() => file) : file;
  const beside = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}`);
  try {
    await writeNew(beside, text, mode, isThere ? await stat(target) : isDaemons ? await daemonsOwner() : undefined);
    if (isReplacing) await rename(beside, target);
    else await link(beside, target);
    await syncFolder(dirname(target));
    return { ok: true };
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return alreadyThere(file);
    return { ok: false, kind: 'failed', sentence: `cannot write ${file}: ${reasonOf(error)}` };
  } finally {
    // After a rename it is gone already.
    await unlink(beside).catch(() => undefined);
  }
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const daemonUser = 'twinbeat';

async function writeNew(file: string, text: string, mode: number, owner: Owner | undefined): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, flags, mode);
    // Whatever the umask is.
    await handle.chmod(mode);
    if (owner !== undefined && process.geteuid?.() === 0) await handle.chown(owner.uid, owner.gid);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle?.close();
  }
}

/** Undefined where there is no such user, or this one cannot give files away. */
async function daemonsOwner(): Promise<Owner | undefined> {
  if (process.geteuid?.() !== 0) return undefined;
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const [, , uid, gid] =
    passwd
      .split('\n')
      .find((line) => line.startsWith(`${daemonUser}:`))
      ?.split(':') ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exists(file: string): Promise<boolean> {
  return await lstat(file).then(
    () => true,
    () => false,
  );
}

function alreadyThere(file: string): Placed {
  return { ok: false, kind: 'exists', sentence: `${file} is there already and stays as it is` };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
