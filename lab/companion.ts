import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A message that a companion sends on its own. `event` names it; the other fields are its own affair. */
export interface Message {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface CompanionOptions {
  /** For messages to people: "the serial cable". */
  readonly name: string;
  readonly argv: readonly string[];
  readonly onMessage?: (message: Message) => void;
}

const startTimeoutMs = 10_000;
const requestTimeoutMs = 10_000;
const stopTimeoutMs = 3000;
/** The end of what it wrote to standard error, for the message when it dies. */
const complaintCharsMax = 4000;

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * A small program beside the lab that is talked to in JSON lines: requests `{ id, do, … }`, answers
 * `{ id, ok, result | because }`, messages `{ event, … }`. It ends when its standard input does.
 */
export class Companion {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #onMessage: (message: Message) => void;
  readonly #ended: Promise<void>;
  readonly #ready: PromiseWithResolvers<void> = Promise.withResolvers();
  #complaint = '';
  #nextId = 1;
  #hasEnded = false;

  private constructor(options: CompanionOptions) {
    this.#name = options.name;
    this.#onMessage = options.onMessage ?? (() => {});
    const [file = '', ...args] = options.argv;
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    this.#child = child;
    child.stdin.on('error', () => {}); // It died; `exit` says so.
    child.stderr.on('data', (chunk: Buffer) => {
      this.#complaint = (this.#complaint + chunk.toString('utf8')).slice(-complaintCharsMax);
    });
    createInterface({ input: child.stdout }).on('line', (line) => this.#take(line));
    const ended = Promise.withResolvers<void>();
    this.#ended = ended.promise;
    child.once('error', (error) => this.#end(error.message, ended.resolve));
    child.once('close', (code, signal) => this.#end(`it ended with ${signal ?? `exit code ${code}`}`, ended.resolve));
  }

  /**
   * Starts the program and waits until it says that it is ready.
   *
   * @throws {Error} with its own complaint when it does not come up.
   */
  static async start(options: CompanionOptions): Promise<Companion> {
    const companion = new Companion(options);
    const timer = setTimeout(
      () => companion.#ready.reject(new Error(`${options.name} did not start within ${startTimeoutMs} ms`)),
      startTimeoutMs,
    );
    try {
      await companion.#ready.promise;
      return companion;
    } catch (error) {
      companion.kill();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The process that was spawned: `nsenter` or `unshare`, not always the program itself. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** @throws {Error} when the program refuses, has ended, or does not answer in time. */
  async ask(request: { readonly do: string; readonly [field: string]: unknown }): Promise<unknown> {
    if (this.#hasEnded) throw new Error(`${this.#name} has ended: ${this.#complaint}`);
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const timer = setTimeout(() => {
      this.#waiting.delete(id);
      reject(new Error(`${this.#name} did not answer "${request.do}" within ${requestTimeoutMs} ms`));
    }, requestTimeoutMs);
    this.#waiting.set(id, { resolve, reject, timer });
    this.#child.stdin?.write(`${JSON.stringify({ ...request, id })}\n`);
    return await promise;
  }

  /** Closes its standard input, and waits for its end. One that does not care is killed. */
  async stop(): Promise<void> {
    this.#child.stdin?.end();
    // nsenter stops itself when a freeze stopped its child, and would not see its end.
    this.#child.kill('SIGCONT');
    const timer = setTimeout(() => this.kill(), stopTimeoutMs);
    await this.ended();
    clearTimeout(timer);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async ended(): Promise<void> {
    await this.#ended;
  }

  #take(line: string): void {
    const message = JSON.parse(line) as Record<string, unknown>;
    const id = message['id'];
    if (typeof id !== 'number') {
      if (message['event'] === 'ready') this.#ready.resolve();
      else if (message['event'] === 'failed')
        this.#ready.reject(new Error(`${this.#name}: ${String(message['because'])}`));
      else this.#onMessage(message as Message);
      return;
    }
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return; // It came after its deadline.
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    if (message['ok'] === true) waiting.resolve(message['result']);
    else waiting.reject(new Error(`${this.#name}: ${String(message['because'])}`));
  }

  #end(because: string, resolve: () => void): void {
    this.#hasEnded = true;
    const complaint = this.#complaint.trim();
    const error = new Error(`${this.#name}: ${because}${complaint === '' ? '' : `: ${complaint}`}`);
    this.#ready.reject(error);
    this.#ready.promise.catch(() => {}); // It was ready before.
    for (const waiting of this.#waiting.values()) {
      clearTimeout(waiting.timer);
      waiting.reject(error);
    }
    this.#waiting.clear();
    resolve();
  }
}
