import { lstatSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { connectLines, type LineConnection } from '../control/jsonLines.ts';
import {
  type FromRunner,
  runnerLineBytesMax,
  runnerProtocolVersion,
  type ToRunner,
} from '../control/runnerProtocol.ts';
import { listenOnPath } from '../control/unixSocket.ts';
import { readOrder } from './readOrder.ts';

export interface HeadServerOptions {
  readonly path: string;
  /** The head's user, where it is not this process's. */
  readonly headUid?: number | undefined;
  /** A head said hello; `hello` is to be sent before anything else reaches it. */
  onHead(incarnation: string): void;
  onHeadLost(reason: string): void;
  onOrder(order: Exclude<ToRunner, { type: 'hello' }>): void;
  /** The socket is another runner's: the head gives its orders there. */
  onReplaced(): void;
  onLog(sentence: string): void;
}

/**
 * The socket on which one head at a time gives its orders. A connection counts from its hello on, and a
 * later hello takes the place of an earlier head. Whatever else arrives is counted and answered by nothing.
 *
 * A socket that somebody removes is opened anew: a head that found none would start another runner, and this one would
 * stop, by the dead-man orders that it has, what that head goes on with.
 */
export class HeadServer {
  readonly #options: HeadServerOptions;
  #server: Server;
  /** The socket's file. */
  #file: string | undefined;
  #watching: NodeJS.Timeout | undefined;
  #problem: string | undefined;
  #head: LineConnection | undefined;
  #isGreeted = false;
  #strangers = 0;
  #rejectedCount = 0;

  constructor(options: HeadServerOptions) {
    this.#options = options;
    this.#server = this.#createServer();
  }

  /** Resolves to the sentence why the socket cannot be opened, or undefined. */
  async listen(): Promise<string | undefined> {
    const problem = await this.#open();
    if (problem === undefined) this.#watchLater();
    return problem;
  }

  async #open(): Promise<string | undefined> {
    const opened = await listenOnPath(this.#server, this.#options.path, {
      gid: undefined,
      uid: this.#options.headUid,
    });
    if (!opened.ok) return opened.sentence;
    if (opened.note !== undefined) this.#options.onLog(opened.note);
    this.#server.on('error', (error) => this.#options.onLog(`runner socket: ${error.message}`));
    this.#file = identityOf(this.#options.path);
    return undefined;
  }

  close(): void {
    clearTimeout(this.#watching);
    this.#head?.end();
    // It would take the file along, whosever it is.
    if (identityOf(this.#options.path) === this.#file) this.#server.close();
  }

  #createServer(): Server {
    return createServer((socket) => this.#accept(socket));
  }

  #watchLater(): void {
    this.#watching = setTimeout(() => void this.#watch(), watchEachMs);
  }

  async #watch(): Promise<void> {
    const file = identityOf(this.#options.path);
    if (file === undefined) await this.#openAnew();
    else if (file !== this.#file) {
      this.#options.onReplaced();
      return;
    }
    this.#watchLater();
  }

  /** Connections stay. */
  async #openAnew(): Promise<void> {
    const { path } = this.#options;
    const onLog = (sentence: string): void => this.#options.onLog(sentence);
    this.#server.close();
    this.#server = this.#createServer();
    const problem = await this.#open();
    if (problem === undefined) onLog(`somebody removed ${path}: it is opened anew`);
    else if (problem !== this.#problem) onLog(`somebody removed ${path}, and no head finds this runner: ${problem}`);
    this.#problem = problem;
  }

  /** What is sent before the greeting is not sent at all: a new head is told everything by its hello. */
  send(message: FromRunner): boolean {
    if (this.#head === undefined || (!this.#isGreeted && message.type !== 'hello')) return false;
    if (message.type === 'hello') this.#isGreeted = true;
    return this.#head.send(message);
  }

  get rejectedCount(): number {
    return this.#rejectedCount;
  }

  #accept(socket: Socket): void {
    if (this.#strangers >= strangerCountMax) {
      socket.destroy();
      return;
    }
    this.#strangers += 1;
    const patience = setTimeout(() => socket.destroy(), helloMsMax);
    let isStranger = true;
    const settle = (): void => {
      if (isStranger) this.#strangers -= 1;
      isStranger = false;
      clearTimeout(patience);
    };
    const connection = connectLines(socket, {
      lineBytesMax: runnerLineBytesMax,
      queueBytesMax: unsentBytesMax,
      onBadLine: (detail) => this.#reject(detail),
      onClose: (reason) => {
        settle();
        if (this.#head !== connection) return;
        this.#head = undefined;
        this.#options.onHeadLost(reason);
      },
      onValue: (value) => {
        const result = readOrder(value);
        if (result.kind === 'rejected') this.#reject(result.detail);
        else if (result.order.type === 'hello') {
          settle();
          this.#greet(connection, result.order);
        } else if (this.#head === connection) this.#options.onOrder(result.order);
        else this.#reject(`${result.order.type} from a connection that is not the head's`);
      },
    });
  }

  #greet(connection: LineConnection, { version, incarnation }: ToRunner & { type: 'hello' }): void {
    if (version !== runnerProtocolVersion) {
      this.#options.onLog(
        `a head speaks version ${version} of the protocol, this runner ${runnerProtocolVersion}: restart both`,
      );
      connection.destroy();
      return;
    }
    const earlier = this.#head;
    this.#head = connection;
    this.#isGreeted = false;
    if (earlier !== undefined && earlier !== connection) {
      this.#options.onLog('another head took over the connection');
      earlier.destroy();
    }
    this.#options.onHead(incarnation);
  }

  #reject(detail: string): void {
    this.#rejectedCount += 1;
    // The first few tell what is wrong; a flood of them tells no more.
    if (this.#rejectedCount <= rejectedLogCount || this.#rejectedCount % 1000 === 0) {
      this.#options.onLog(`message ${this.#rejectedCount} not understood: ${detail}`);
    }
  }
}

/** Connections that have not said hello. */
const strangerCountMax = 4;
const helloMsMax = 2000;
const watchEachMs = 1000;
/** What a head that does not read can make this process hold. */
const unsentBytesMax = 1024 * 1024;
const rejectedLogCount = 10;

/** Which file it is: a file system may use an inode again at once. */
function identityOf(path: string): string | undefined {
  try {
    const { ino, birthtimeMs } = lstatSync(path);
    return `${ino} ${birthtimeMs}`;
  } catch {
    return undefined;
  }
}
