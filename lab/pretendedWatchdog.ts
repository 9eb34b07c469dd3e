import { type ChildProcess, spawn } from 'node:child_process';
import { nowMs } from './clock.ts';
import type { Host } from './host.ts';
import type { Lab } from './lab.ts';
import type { NodeName } from './topology.ts';

/** Where the nodes of a lab have it: a pipe, at the other end of which this process counts. */
export const watchdogPath = '/run/pretended-watchdog';
const lookMs = 20;

export interface Pet {
  readonly atMs: number;
  readonly byte: string;
}

/**
 * What a watchdog of the kernel does to one node of a lab: petted once, it counts, whatever becomes of the process that
 * petted it, and cuts the power when nobody has for too long. The letter V lets it go.
 */
export class PretendedWatchdog {
  readonly pets: Pet[] = [];
  /** When it cut the power. */
  firedAtMs: number | undefined;
  readonly #lab: Lab;
  readonly #node: NodeName;
  readonly #timeoutMs: number;
  readonly #timer: NodeJS.Timeout;
  #reader: ChildProcess | undefined;
  #petAtMs: number | undefined;

  private constructor(lab: Lab, node: NodeName, timeoutMs: number) {
    this.#lab = lab;
    this.#node = node;
    this.#timeoutMs = timeoutMs;
    this.#timer = setInterval(() => this.#look(), lookMs);
  }

  static async on(lab: Lab, node: NodeName, timeoutMs: number): Promise<PretendedWatchdog> {
    await lab.host(node).exec(['mkfifo', watchdogPath]);
    const watchdog = new PretendedWatchdog(lab, node, timeoutMs);
    watchdog.#listen(lab.host(node));
    return watchdog;
  }

  get isArmed(): boolean {
    return this.#petAtMs !== undefined;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#reader?.kill('SIGKILL');
  }

  /** Open for both, so that it does not end with the first who writes. */
  #listen(host: Host): void {
    const words = ['-c', 'exec cat <> "$1"', 'sh', `/proc/${host.initPid}/root${watchdogPath}`];
    this.#reader = spawn('sh', words, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#reader.stdout?.setEncoding('latin1').on('data', (text: string) => {
      for (const byte of text) {
        this.pets.push({ atMs: nowMs(), byte });
        this.#petAtMs = byte === 'V' ? undefined : nowMs();
      }
    });
  }

  #look(): void {
    if (this.#petAtMs === undefined || nowMs() - this.#petAtMs < this.#timeoutMs) return;
    this.#petAtMs = undefined;
    this.firedAtMs = nowMs();
    this.#reader?.kill('SIGKILL');
    void this.#lab.powerCut(this.#node);
  }
}
