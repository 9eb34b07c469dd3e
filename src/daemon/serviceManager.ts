import { type NotifySocket, openNotifySocket } from '../adapters/linux/notifySocket.ts';

/** What the daemon tells whoever started it. With nobody there all of it does nothing. */
export interface ServiceManager {
  /** The decision loop has to go round at least so often, however slow its beats are. */
  readonly turnEachMsMax: number;
  /** The sockets are open and beats leave. Ends a reload, too. */
  ready(): void;
  reloading(): void;
  /** From here on a stop may take as long as its scripts need. */
  stopping(): void;
  /** The decision loop has gone round: the proof of life, from nowhere else. Asks for the status now and then. */
  noteTurn(statusOf: () => string): void;
  /** A last sentence. */
  broken(): void;
}

export interface ServiceManagerOptions {
  readonly socket: Pick<NotifySocket, 'send'>;
  /** The manager kills a daemon that is silent for so long; undefined: it does not watch. */
  readonly watchdogMs: number | undefined;
  nowMs(): number;
}

/** Speaks to systemd if it listens: `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` of the environment. */
export async function openServiceManager(
  environment: NodeJS.ProcessEnv,
  pid: number,
  onTrouble: (sentence: string) => void,
): Promise<ServiceManager> {
  const name = environment['NOTIFY_SOCKET'];
  if (name === undefined || name === '') return nobody;
  const opened = await openNotifySocket(name);
  if (!opened.ok) {
    onTrouble(opened.sentence);
    return nobody;
  }
  const watchdogMs = watchdogMsOf(environment, pid);
  return new Notified({ socket: opened.socket, watchdogMs, nowMs: () => performance.now() });
}

/** Undefined when nobody watches this process. */
export function watchdogMsOf(environment: NodeJS.ProcessEnv, pid: number): number | undefined {
  const microseconds = Number(environment['WATCHDOG_USEC']);
  const watched = environment['WATCHDOG_PID'] ?? String(pid);
  return Number.isSafeInteger(microseconds) && microseconds > 0 && watched === String(pid)
    ? microseconds / 1000
    : undefined;
}

/** Several in the time that the manager allows. */
const wordsPerWatchdog = 4;
/** Without a watchdog too: what was not taken is said again, and a stop asks for more time. */
const wordEachMsMax = 5000;
const statusEachMs = 2000;
/** Each word of a stopping daemon asks for so much more (sd_notify(3), EXTEND_TIMEOUT_USEC). */
const stopExtensionUs = 30_000_000;
/** systemd shows it on one line. */
const statusCharsMax = 300;

/** sd_notify(3). */
export class Notified implements ServiceManager {
  readonly #options: ServiceManagerOptions;
  readonly #eachMs: number;
  #state = '';
  #status = '';
  /** The state or the status has not been taken yet. */
  #isUnsaid = false;
  #isStopping = false;
  #saidAtMs = Number.NEGATIVE_INFINITY;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: ServiceManagerOptions) {
    this.#options = options;
    this.#eachMs = Math.min(wordEachMsMax, (options.watchdogMs ?? Number.POSITIVE_INFINITY) / wordsPerWatchdog);
  }

  get turnEachMsMax(): number {
    return this.#eachMs;
  }

  ready(): void {
    if (!this.#isStopping) this.#enter('READY=1');
  }

  reloading(): void {
    if (!this.#isStopping) this.#enter(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
  }

  stopping(): void {
    this.#isStopping = true;
    this.#enter('STOPPING=1');
  }

  noteTurn(statusOf: () => string): void {
    const atMs = this.#options.nowMs();
    if (atMs - this.#askedAtMs >= statusEachMs) {
      this.#askedAtMs = atMs;
      this.#isUnsaid = this.#setStatus(statusOf()) || this.#isUnsaid;
    }
    if (atMs - this.#saidAtMs >= this.#eachMs || this.#isUnsaid) this.#say(atMs);
  }

  broken(): void {
    if (this.#setStatus('a broken invariant: services stay as they are')) this.#enter(this.#state);
  }

  #enter(state: string): void {
    this.#state = state;
    this.#isUnsaid = true;
    this.#say(this.#options.nowMs());
  }

  /** True when it is another one. */
  #setStatus(text: string): boolean {
    const status = text.replaceAll(/[\r\n]+/g, ' ').slice(0, statusCharsMax);
    if (status === this.#status) return false;
    this.#status = status;
    return true;
  }

  #say(atMs: number): void {
    const { socket, watchdogMs } = this.#options;
    this.#saidAtMs = atMs;
    const lines = [
      ...(this.#isUnsaid && this.#state !== '' ? [this.#state] : []),
      ...(this.#isUnsaid && this.#status !== '' ? [`STATUS=${this.#status}`] : []),
      ...(this.#isStopping ? [`EXTEND_TIMEOUT_USEC=${stopExtensionUs}`] : []),
      ...(watchdogMs === undefined ? [] : ['WATCHDOG=1']),
    ];
    if (lines.length > 0 && socket.send(lines.join('\n'))) this.#isUnsaid = false;
  }
}

const nobody: ServiceManager = {
  turnEachMsMax: Number.POSITIVE_INFINITY,
  ready: () => undefined,
  reloading: () => undefined,
  stopping: () => undefined,
  noteTurn: () => undefined,
  broken: () => undefined,
};
