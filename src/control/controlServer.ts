import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { type ConnectionLimits, ControlConnection, type Handler } from './controlConnection.ts';
import { exitCodes, readingVerbs, syncVerbs, type Verb } from './controlProtocol.ts';
import { groupId } from './groupId.ts';
import { encodeLine } from './jsonLines.ts';
import { allVerbs } from './parseRequest.ts';
import { listenOnPath, type Opened } from './unixSocket.ts';

export interface ControlServerOptions {
  /** The folder of the sockets; it exists. */
  readonly runDir: string;
  readonly handler: Handler;
  readonly limits?: Partial<ControlLimits>;
  /** Groups of this machine that may open `status.sock` and `sync.sock`. */
  readonly groups?: { readonly status: string; readonly sync: string };
}

export interface ControlLimits extends ConnectionLimits {
  /** For each socket, so that a crowd on one does not lock the operator out of another. */
  readonly connectionsMax: number;
}

export const defaultLimits: ControlLimits = {
  connectionsMax: 64,
  idleMs: 10_000,
  stuckMs: 10_000,
  // A status of 16 groups is below 64 KiB.
  queueBytesMax: 256 * 1024,
};

/** Without its group a socket is for this daemon's user and root alone. */
export const defaultGroups = { status: 'twinbeat', sync: 'twinbeat-sync' } as const;

export interface ControlServer {
  /** What an operator should know about the sockets: a group that does not exist. */
  readonly notes: readonly string[];
  /** Hangs up on every client and removes the sockets. */
  close(): Promise<void>;
}

export type ControlServerOpened =
  | { readonly ok: true; readonly server: ControlServer }
  | Extract<Opened, { readonly ok: false }>;

/**
 * Opens `control.sock` (every verb, 0600), `status.sock` (reading verbs) and `sync.sock` (the syncer's verbs;
 * both 0660 with their group), and hands each checked request to `handler`.
 *
 * Nothing that a client does, or fails to do, holds up another or makes memory grow without bound.
 */
export async function openControlServer(options: ControlServerOptions): Promise<ControlServerOpened> {
  const groups = options.groups ?? defaultGroups;
  const doors: readonly Door[] = [
    { name: 'control.sock', verbs: allVerbs, group: undefined },
    { name: 'status.sock', verbs: readingVerbs, group: groups.status },
    { name: 'sync.sock', verbs: syncVerbs, group: groups.sync },
  ];
  const limits = { ...defaultLimits, ...options.limits };
  const clients = new Set<ControlConnection>();
  const servers: Server[] = [];
  const notes: string[] = [];
  // One timer for all clients; it does not keep the process alive.
  const sweeper = setInterval(() => {
    for (const client of clients) client.sweep();
  }, sweepMs).unref();
  const close = async (): Promise<void> => {
    clearInterval(sweeper);
    for (const client of clients) client.destroy();
    await Promise.all(servers.map((server) => new Promise((resolve) => void server.close(resolve))));
  };

  for (const door of doors) {
    const server = createServer({ allowHalfOpen: true }, admitter(door, options.handler, limits, clients));
    const gid = door.group === undefined ? undefined : groupId(door.group);
    const opened = await listenOnPath(server, join(options.runDir, door.name), { gid });
    if (!opened.ok) {
      await close();
      return opened;
    }
    // Accepting can fail while the process has too many files open; the socket goes on listening.
    server.on('error', () => undefined);
    servers.push(server);
    if (opened.note !== undefined) notes.push(opened.note);
    if (door.group !== undefined && gid === undefined) {
      notes.push(`there is no group ${door.group}: only root and this daemon's user may open ${door.name}`);
    }
  }
  return { ok: true, server: { notes, close } };
}

interface Door {
  readonly name: string;
  readonly verbs: readonly Verb[];
  readonly group: string | undefined;
}

/** Fine enough for limits of seconds. */
const sweepMs = 500;

function admitter(
  { name, verbs }: Door,
  handler: Handler,
  limits: ControlLimits,
  clients: Set<ControlConnection>,
): (socket: Socket) => void {
  let count = 0;
  return (socket) => {
    if (count >= limits.connectionsMax) {
      socket.on('error', () => undefined);
      const sentence = `${limits.connectionsMax} clients are connected to ${name}, which is all that it takes`;
      socket.write(encodeLine({ type: 'failed', sentence, next: `run fuser ${name}`, exitCode: exitCodes.failed }));
      socket.destroySoon();
      return;
    }
    count += 1;
    const client = new ControlConnection(socket, { socketName: name, verbs, handler, limits });
    clients.add(client);
    socket.on('close', () => {
      count -= 1;
      clients.delete(client);
    });
  };
}
