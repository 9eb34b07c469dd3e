import type { Socket } from 'node:net';
import { exitCodes, type Request, requestBytesMax, type Verb } from './controlProtocol.ts';
import { encodeLine, LineReader } from './jsonLines.ts';
import { parseRequest } from './parseRequest.ts';
import { OpenReply, type Reply } from './reply.ts';

/** Answers one request, at once or later. It is trusted: what it throws is a bug of the daemon. */
export type Handler = (request: Request, reply: Reply) => void;

export interface ConnectionLimits {
  /** Without a whole request for so long the connection is closed. */
  readonly idleMs: number;
  /** A client that takes none of the waiting bytes for so long is dropped. */
  readonly stuckMs: number;
  /** Bytes that may wait for one client; a longer line is never sent. */
  readonly queueBytesMax: number;
}

export interface ConnectionOptions {
  readonly socketName: string;
  readonly verbs: readonly Verb[];
  readonly handler: Handler;
  readonly limits: ConnectionLimits;
}

/** Requests that a client may send before the first is answered. */
const waitingMax = 8;

/** One client of a control socket: its requests are answered one after another. */
export class ControlConnection {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #reader = new LineReader(requestBytesMax);
  readonly #waiting: unknown[] = [];
  #open: { readonly reply: OpenReply; isEndless: boolean } | undefined;
  /** Since then no request was under way, or none of the waiting bytes was taken. */
  #quietSinceMs = performance.now();
  /** The client closed its sending half. */
  #hasEnded = false;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('data', (chunk: Buffer) => this.#onChunk(chunk));
    socket.on('end', () => this.#onEnd());
    // 'close' follows, and the kernel's reason changes nothing.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#open?.reply.hangUp());
  }

  /** Closes what is idle or stuck. Called about once a second, for all connections together. */
  sweep(): void {
    const quietMs = performance.now() - this.#quietSinceMs;
    const { idleMs, stuckMs } = this.#options.limits;
    const isStuck = this.#socket.writableLength > 0 && quietMs > stuckMs;
    const isIdle = this.#socket.writableLength === 0 && this.#open === undefined && quietMs > idleMs;
    if (isStuck || isIdle) this.#socket.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #onChunk(chunk: Buffer): void {
    for (const result of this.#reader.push(chunk)) {
      if (!this.#socket.writable) return;
      if (result.kind === 'tooLong') return this.#fail(`a request has at most ${result.bytesMax} bytes`);
      if (result.kind === 'notJson') return this.#fail('a request is one JSON object a line');
      if (this.#waiting.length >= waitingMax) return this.#fail('too many requests before the first was answered');
      this.#waiting.push(result.value);
      this.#next();
    }
  }

  #next(): void {
    if (this.#open !== undefined || !this.#socket.writable) return;
    if (this.#waiting.length > 0) this.#answer(this.#waiting.shift());
    else if (this.#hasEnded) this.#socket.end();
  }

  #answer(value: unknown): void {
    const { verbs, socketName, handler } = this.#options;
    const reply = new OpenReply({
      socketName,
      send: (text) => this.#send(text),
      onDrained: (listener) => this.#onDrained(listener),
      onOver: () => this.#onOver(),
    });
    const open = { reply, isEndless: false };
    this.#open = open;
    const parsed = parseRequest(value);
    if (!parsed.ok) {
      reply.line({ type: 'failed', sentence: parsed.sentence, next: 'run hactl help', exitCode: exitCodes.usage });
    } else if (verbs.includes(parsed.request.verb)) {
      open.isEndless = isEndless(parsed.request);
      handler(parsed.request, reply);
    } else {
      reply.line({
        type: 'refused',
        sentence: `${socketName} takes only ${verbs.join(', ')}, not ${parsed.request.verb}`,
        next: 'use control.sock, as root',
        exitCode: exitCodes.refused,
      });
    }
  }

  #onOver(): void {
    this.#open = undefined;
    this.#quietSinceMs = performance.now();
    // Off the caller's stack: a handler that answers at once must not run the next request inside its own.
    queueMicrotask(() => this.#next());
  }

  /** A client that closes its sending half (`socat`) still gets the answer; a stream has no end to wait for. */
  #onEnd(): void {
    this.#hasEnded = true;
    if (this.#open?.isEndless === true) this.#socket.destroy();
    else this.#next();
  }

  #send(text: string): boolean {
    const socket = this.#socket;
    const bytes = Buffer.from(text);
    if (!socket.writable) return false;
    if (socket.writableLength + bytes.length > this.#options.limits.queueBytesMax) {
      socket.destroy();
      return false;
    }
    if (socket.writableLength === 0) this.#quietSinceMs = performance.now();
    return socket.write(bytes, (error) => {
      if (!error) this.#quietSinceMs = performance.now();
    });
  }

  #onDrained(listener: () => void): void {
    // It is broken, and about to be closed: whoever went on now would make the whole answer in one turn.
    if (!this.#socket.writable) return;
    if (this.#socket.writableNeedDrain) this.#socket.once('drain', listener);
    else queueMicrotask(listener);
  }

  #fail(sentence: string): void {
    this.#send(encodeLine({ type: 'failed', sentence, next: 'run hactl help', exitCode: exitCodes.usage }));
    this.#socket.destroySoon();
  }
}

function isEndless(request: Request): boolean {
  return request.verb === 'watch' || (request.verb === 'events' && request.follow === true);
}
