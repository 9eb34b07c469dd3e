import { createConnection, type Socket } from 'node:net';
import { type Request, type ResponseLine, readingVerbs, syncVerbs } from './controlProtocol.ts';
import { encodeLine, LineReader, type LineResult } from './jsonLines.ts';
import { parseResponse } from './parseResponse.ts';
import { type FinalLine, isFinal } from './reply.ts';

/** How a request ended. `next` is what to type, possibly empty. */
export type Outcome =
  | { readonly kind: 'answered'; readonly line: FinalLine }
  /** Nobody answers: no daemon, no permission, a daemon that stalls or went away in the middle of its answer. */
  | { readonly kind: 'unreachable'; readonly code: string; readonly sentence: string; readonly next: string }
  | { readonly kind: 'timedOut'; readonly sentence: string; readonly next: string }
  /** Somebody answers, but not in this protocol. */
  | { readonly kind: 'broken'; readonly sentence: string; readonly next: string }
  /** The caller's signal ended it. */
  | { readonly kind: 'stopped' };

export interface RequestOptions {
  /** A daemon that has said nothing for so long does not answer: its loop stalls, or is stopped. */
  readonly firstLineMs: number;
  /** The same between two lines of a stream that speaks all the time; undefined for one that may be quiet. */
  readonly quietMs?: number | undefined;
  /** For the whole answer; undefined for a stream without end. */
  readonly totalMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Bound of one line of an answer: far above a status, and small enough to hold a few of. */
export const responseBytesMax = 1024 * 1024;

/**
 * Asks the daemon behind `socketPath`, hands each line of the answer to `onLine`, and says how it ended.
 *
 * The next line is read when `onLine` has finished with this one, so that a slow pager slows the daemon's
 * answer and not this process's memory. Never throws for what the daemon does.
 */
export async function request(
  socketPath: string,
  asked: Request,
  onLine: (line: Exclude<ResponseLine, FinalLine>) => void | Promise<void>,
  options: RequestOptions,
): Promise<Outcome> {
  if (options.signal?.aborted === true) return { kind: 'stopped' };
  const socket = createConnection({ path: socketPath });
  socket.write(encodeLine(asked));
  let socketError: Error | undefined;
  socket.on('error', (error) => {
    socketError = error;
  });
  const limit = new Limit(socket, socketPath, options);
  try {
    return (await readAnswer(socket, limit, onLine)) ?? hungUp;
  } catch (error) {
    if (limit.reached !== undefined) return limit.reached;
    // What `onLine` throws is the caller's, and goes to the caller.
    if (error !== socketError && !isPrematureClose(error)) throw error;
    return connectionProblem(socketPath, asked, error);
  } finally {
    limit.clear();
    socket.destroy();
  }
}

async function readAnswer(
  socket: Socket,
  limit: Limit,
  onLine: (line: Exclude<ResponseLine, FinalLine>) => void | Promise<void>,
): Promise<Outcome | undefined> {
  const reader = new LineReader(responseBytesMax);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    for (const result of reader.push(chunk)) {
      const parsed = lineOf(result);
      if (!parsed.ok) {
        const sentence = `what answers does not speak this version's protocol: ${parsed.sentence}`;
        return { kind: 'broken', sentence, next: 'run hactl version' };
      }
      limit.onLine();
      if (isFinal(parsed.line)) return { kind: 'answered', line: parsed.line };
      await onLine(parsed.line);
      if (limit.reached !== undefined) return limit.reached;
    }
    limit.onWaiting();
  }
  return limit.reached;
}

const hungUp: Outcome = {
  kind: 'unreachable',
  code: 'HANGUP',
  sentence: 'twinbeatd hung up before its answer was complete: it may have been stopped or restarted',
  next: 'run systemctl status twinbeat',
};

function lineOf(result: LineResult): ReturnType<typeof parseResponse> {
  switch (result.kind) {
    case 'value':
      return parseResponse(result.value);
    case 'notJson':
      return { ok: false, sentence: result.detail };
    case 'tooLong':
      return { ok: false, sentence: `a line is longer than ${result.bytesMax} bytes` };
  }
}

/** Ends the connection at the first of its limits, and remembers which. */
class Limit {
  reached: Outcome | undefined;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #waitMore: (() => NodeJS.Timeout) | undefined;
  readonly #forgetSignal: () => void;
  #silence: NodeJS.Timeout | undefined;

  constructor(socket: Socket, socketPath: string, { firstLineMs, quietMs, totalMs, signal }: RequestOptions) {
    const end = (outcome: Outcome) => (): void => {
      this.reached ??= outcome;
      socket.destroy();
    };
    const seconds = (ms: number): string => `${ms / 1000} s`;
    const silent = (ms: number): Outcome => ({
      kind: 'unreachable',
      code: 'SILENT',
      sentence: `twinbeatd does not answer on ${socketPath} for ${seconds(ms)}: it stalls, or was stopped by a signal`,
      next: 'run systemctl status twinbeat',
    });
    this.#silence = setTimeout(end(silent(firstLineMs)), firstLineMs);
    this.#waitMore = quietMs === undefined ? undefined : () => setTimeout(end(silent(quietMs)), quietMs);
    if (totalMs !== undefined) {
      const sentence = `not finished after ${seconds(totalMs)}`;
      this.#timers.push(setTimeout(end({ kind: 'timedOut', sentence, next: 'run hactl status' }), totalMs));
    }
    const stop = end({ kind: 'stopped' });
    signal?.addEventListener('abort', stop, { once: true });
    this.#forgetSignal = () => signal?.removeEventListener('abort', stop);
  }

  /** While the caller is busy with a line (a pager that waits), nobody else is waited for. */
  onLine(): void {
    clearTimeout(this.#silence);
    this.#silence = undefined;
  }

  onWaiting(): void {
    this.#silence ??= this.#waitMore?.();
  }

  clear(): void {
    clearTimeout(this.#silence);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#forgetSignal();
  }
}

function isPrematureClose(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

function connectionProblem(socketPath: string, asked: Request, error: unknown): Outcome {
  const code = error instanceof Error ? String((error as NodeJS.ErrnoException).code) : '';
  const unreachable = (sentence: string, next: string): Outcome => ({ kind: 'unreachable', code, sentence, next });
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return unreachable(`twinbeatd is not running: ${socketPath} does not exist`, 'run systemctl status twinbeat');
    case 'ECONNREFUSED':
      return unreachable(`twinbeatd is not running: nobody listens on ${socketPath}`, 'run systemctl status twinbeat');
    case 'EACCES':
    case 'EPERM':
      return unreachable(`permission denied on ${socketPath}`, permissionAdvice(asked));
    case 'EAGAIN':
      return unreachable(`too many clients wait for twinbeatd on ${socketPath}`, `run fuser ${socketPath}`);
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ERR_STREAM_PREMATURE_CLOSE':
      return hungUp;
    default:
      return unreachable(
        `cannot connect to ${socketPath}: ${error instanceof Error ? error.message : String(error)}`,
        'run systemctl status twinbeat',
      );
  }
}

function permissionAdvice(asked: Request): string {
  if (readingVerbs.includes(asked.verb)) {
    return 'run it with sudo, or join the group once: sudo adduser "$USER" twinbeat, then log in again';
  }
  if (syncVerbs.includes(asked.verb)) return 'run it with sudo, or as a member of the group twinbeat-sync';
  return 'run it with sudo';
}
