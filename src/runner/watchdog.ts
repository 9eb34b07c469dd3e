import { constants, readFileSync, statSync } from 'node:fs';
import { access, type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { WatchdogConfig } from '../core/nodeConfig.ts';
import type { WatchdogReport } from '../core/watchdog.ts';
import { monotonicMs } from './monotonic.ts';
import type { WatchdogTimer } from './watchdogTimer.ts';

export interface WatchdogOptions {
  /** Asks a watchdog of the kernel for its time; the sentence why it cannot. */
  readonly timer: WatchdogTimer | string;
  onChange(report: WatchdogReport): void;
  onProblem(sentence: string): void;
}

/**
 * The device that resets this machine. It is opened, petted and closed by orders of the head, and by nothing else: when
 * this process dies, or its head does, the device counts on.
 */
export class Watchdog {
  readonly #options: WatchdogOptions;
  #config: WatchdogConfig | undefined;
  #handle: FileHandle | undefined;
  #report: WatchdogReport = off;
  #isPetting = false;
  /** The last order to the device: a second open would be refused, and a byte behind the magic letter would undo it. */
  #turn: Promise<unknown> = Promise.resolve();
  /** A device that somebody else holds is not asked for at every turn. */
  #notBeforeMs = 0;
  #look: NodeJS.Timeout | undefined;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  /** The config in force. A device that is armed stays so until the head disarms it. */
  apply(config: WatchdogConfig | undefined): void {
    this.#config = config;
    clearTimeout(this.#look);
    if (config !== undefined) void this.#lookAgain();
  }

  /** For a head that has just come; undefined where there is none to speak of. */
  get report(): WatchdogReport | undefined {
    return this.#config === undefined && this.#handle === undefined ? undefined : this.#report;
  }

  arm(): Promise<void> {
    return this.#inTurn(() => this.#arm());
  }

  disarm(): Promise<void> {
    return this.#inTurn(() => this.#disarm());
  }

  /** One at a time: a slow device must not gather them. */
  async pet(sentAtMs: number): Promise<void> {
    if (this.#handle === undefined || this.#isPetting || monotonicMs() - sentAtMs > orderAgeMsMax) return;
    this.#isPetting = true;
    try {
      await this.#inTurn(async () => this.#handle?.write(petByte));
    } catch (error) {
      this.#options.onProblem(`the watchdog was not petted: ${problemOf(error)}`);
    } finally {
      this.#isPetting = false;
    }
  }

  /** Lets go without a word: what is armed counts on. */
  close(): void {
    clearTimeout(this.#look);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn;
    return turn;
  }

  async #arm(): Promise<void> {
    const config = this.#config;
    if (config === undefined || this.#handle !== undefined) return this.#tell(this.#report);
    try {
      const { device } = config;
      // Neither is a regular file made where a device is missing, nor does the open of a pipe without a reader wait.
      this.#handle = await open(device, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_APPEND);
      const timeoutMs = this.#setTimeout(this.#handle, config);
      if (typeof timeoutMs === 'string') {
        await this.#close();
        return this.#fail(`${device}: ${timeoutMs}`);
      }
      if (timeoutMs !== config.timeoutMs) {
        this.#options.onProblem(`${device} counts ${timeoutMs} ms, not the ${config.timeoutMs} ms of the config`);
      }
      this.#tell({ state: 'armed', timeoutMs, canDisarm: !isForEver(device), detail: '' });
    } catch (error) {
      this.#fail(problemOf(error));
    }
  }

  async #disarm(): Promise<void> {
    if (this.#handle === undefined || !this.#report.canDisarm) return this.#tell(this.#report);
    await this.#close();
    this.#tell(off);
  }

  /** A device that is missing, or is there again, is told before anybody needs it. Opening it would arm it. */
  async #lookAgain(): Promise<void> {
    const { device } = this.#config ?? {};
    if (device === undefined) return;
    if (this.#handle === undefined && monotonicMs() >= this.#notBeforeMs) {
      const problem = await access(device, constants.W_OK).then(() => undefined, problemOf);
      const report: WatchdogReport = problem === undefined ? off : { ...off, state: 'failed', detail: problem };
      if (this.#handle === undefined && report.state !== this.#report.state) this.#tell(report);
    }
    this.#look = setTimeout(() => void this.#lookAgain(), lookMs).unref();
  }

  /** What the device counts, in milliseconds, or why it cannot be used. A file that pretends to be one counts nothing. */
  #setTimeout(handle: FileHandle, { device, timeoutMs }: WatchdogConfig): number | string {
    if (!statSync(device).isCharacterDevice()) return timeoutMs;
    const { timer } = this.#options;
    return typeof timer === 'string' ? timer : timer(handle.fd, timeoutMs);
  }

  /** The magic letter says that it is meant; without it the device counts on. */
  async #close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    try {
      await handle?.write('V');
    } catch (error) {
      this.#options.onProblem(`the watchdog was not disarmed: ${problemOf(error)}`);
    } finally {
      await handle?.close().catch(() => undefined);
    }
  }

  #fail(detail: string): void {
    this.#notBeforeMs = monotonicMs() + failedMs;
    this.#tell({ ...off, state: 'failed', detail });
  }

  #tell(report: WatchdogReport): void {
    this.#report = report;
    this.#options.onChange(report);
  }
}

const off: WatchdogReport = { state: 'off', timeoutMs: 0, canDisarm: true, detail: '' };
/** As for renewals: an order that waited is no sign of a loop that turns. */
const orderAgeMsMax = 250;
const petByte = '.';
const lookMs = 5000;
/** What could not be armed is called fit to be tried again after this. */
const failedMs = 30_000;

/** The kernel's `nowayout`: nothing stops this device any more. */
function isForEver(device: string): boolean {
  const name = basename(device) === 'watchdog' ? 'watchdog0' : basename(device);
  try {
    return readFileSync(`/sys/class/watchdog/${name}/nowayout`, 'utf8').trim() === '1';
  } catch {
    return false;
  }
}

function problemOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
