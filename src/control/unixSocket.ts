import { chmodSync, chownSync, lstatSync, unlinkSync } from 'node:fs';
import { createConnection, type Server } from 'node:net';

export type Opened =
  | { readonly ok: true; readonly note: string | undefined }
  | { readonly ok: false; readonly kind: 'inUse' | 'notASocket' | 'failed'; readonly sentence: string };

/** Who may connect: the owner `uid`, this process's user unless said otherwise, root, and the group `gid`, if any. */
export interface SocketAccess {
  readonly gid: number | undefined;
  readonly uid?: number | undefined;
}

/**
 * Makes `server` listen on a unix socket at `path`.
 *
 * The file that a killed daemon left is removed; one on which somebody still listens, or that is no socket, is not.
 * Nobody but the owner can connect before the access is set.
 */
export async function listenOnPath(server: Server, path: string, access: SocketAccess): Promise<Opened> {
  const obstacle = await removeLeftover(path);
  if (obstacle !== undefined) return obstacle;
  const error = await listen(server, path);
  if (error !== undefined) {
    return { ok: false, kind: 'failed', sentence: `cannot open ${path}: ${error.message}` };
  }
  return { ok: true, note: grant(path, access) };
}

/** A live daemon answers a connect at once; a frozen one does so too, by its kernel. */
const probeMs = 1000;

async function removeLeftover(path: string): Promise<Opened | undefined> {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if (!stats.isSocket()) {
    return { ok: false, kind: 'notASocket', sentence: `${path} is no socket: move it away, it is not ours to remove` };
  }
  if (await isAnswered(path)) {
    return { ok: false, kind: 'inUse', sentence: `another process listens on ${path}: is a second twinbeatd running?` };
  }
  try {
    unlinkSync(path);
    return undefined;
  } catch (error) {
    return { ok: false, kind: 'failed', sentence: `cannot remove the leftover ${path}: ${messageOf(error)}` };
  }
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection({ path, timeout: probeMs });
    const done = (answer: boolean): void => {
      probe.destroy();
      resolve(answer);
    };
    probe.on('connect', () => done(true));
    probe.on('timeout', () => done(true));
    // Only "nobody listens" makes the file a leftover; a full backlog or a refused permission does not.
    probe.on('error', (error: NodeJS.ErrnoException) => done(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'));
  });
}

function listen(server: Server, path: string): Promise<Error | undefined> {
  return new Promise((resolve) => {
    server.once('error', resolve);
    // The bind happens inside `listen`, so that the mask covers exactly it.
    const mask = process.umask(0o177);
    try {
      server.listen({ path }, () => {
        server.off('error', resolve);
        resolve(undefined);
      });
    } finally {
      process.umask(mask);
    }
  });
}

function grant(path: string, { gid, uid }: SocketAccess): string | undefined {
  if (gid === undefined && uid === undefined) return undefined;
  try {
    // -1 leaves it as it is (chown(2)).
    chownSync(path, uid ?? -1, gid ?? -1);
    if (gid !== undefined) chmodSync(path, 0o660);
    return undefined;
  } catch (error) {
    return `only root and this daemon's user may open ${path}: ${messageOf(error)}`;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
