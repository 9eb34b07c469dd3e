import { mkdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** One request on a connection of its own, answered by one line. */
export interface Request {
  readonly verb: string;
  readonly args: readonly string[];
}

export type Reply = { readonly ok: true; readonly result: unknown } | { readonly ok: false; readonly because: string };

/** Boots of two hosts with a daemon take a second; a frozen supervisor must not hold the caller for ever. */
const replyTimeoutMs = 60_000;

/** Where the running lab of this user is found. `TWINBEAT_LAB_DIR` names another place, for a second lab. */
export function labDir(): string {
  return process.env['TWINBEAT_LAB_DIR'] ?? join(tmpdir(), `twinbeat-lab-${process.getuid?.() ?? 0}`);
}

/** Makes the directory for this user only. @throws {Error} when it is somebody else's. */
export function claimLabDir(): string {
  const dir = labDir();
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (statSync(dir).uid !== process.getuid?.()) {
    throw new Error(`${dir} belongs to another user: remove it, or set TWINBEAT_LAB_DIR to a directory of your own`);
  }
  return dir;
}

/** Removes what a lab keeps there, and nothing else: the directory may be one that the user named. */
export function clearLabDir(): void {
  for (const name of ['socket', 'log']) rmSync(join(labDir(), name), { force: true });
  try {
    rmdirSync(labDir());
  } catch {
    // There is none, or it holds something of the user's.
  }
}

/** Asks the supervisor. Undefined when no lab is up. */
export async function ask(request: Request): Promise<Reply | undefined> {
  const socket = createConnection(join(labDir(), 'socket'));
  try {
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  } catch {
    return undefined;
  }
  socket.setTimeout(replyTimeoutMs, () =>
    socket.destroy(new Error(`the lab did not answer within ${replyTimeoutMs} ms`)),
  );
  socket.write(`${JSON.stringify(request)}\n`);
  for await (const line of createInterface({ input: socket })) {
    socket.end();
    return JSON.parse(line) as Reply;
  }
  throw new Error('the lab ended before it answered');
}

/** Answers requests, one after the other: operations on a lab do not overlap. */
export async function listen(handle: (request: Request) => Promise<unknown>): Promise<Server> {
  const path = join(claimLabDir(), 'socket');
  // Nobody answers on it, or `up` would have refused: it is left over from a lab that was killed.
  rmSync(path, { force: true });
  let last: Promise<void> = Promise.resolve();
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    createInterface({ input: socket }).on('line', (line) => {
      last = last.then(async () => await answer(socket, line, handle));
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  return server;
}

async function answer(socket: Socket, line: string, handle: (request: Request) => Promise<unknown>): Promise<void> {
  let reply: Reply;
  try {
    reply = { ok: true, result: await handle(JSON.parse(line) as Request) };
  } catch (error) {
    reply = { ok: false, because: error instanceof Error ? error.message : String(error) };
  }
  if (socket.writable) socket.end(`${JSON.stringify(reply)}\n`);
}
