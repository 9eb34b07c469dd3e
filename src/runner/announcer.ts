import { gratuitousArps, unsolicitedNa } from './frames.ts';
import type { Link } from './ipLines.ts';
import type { Packets } from './packets.ts';

export interface Announced {
  readonly address: string;
  readonly family: 4 | 6;
  readonly device: string;
}

export interface AnnouncerOptions {
  readonly packets: Packets | string;
  findLink(device: string): Link | undefined;
  /** Whether the kernel has the address at this moment. */
  isHeld(announced: Announced): Promise<boolean>;
  /** Used where there are no packet sockets. */
  announceByCommand(announced: Announced): void;
  onProblem(sentence: string): void;
}

/**
 * Tells the neighbours who holds an address, at once and then repeatedly for as long as it is held: a switch
 * or a neighbour that was not there, or dropped the first frames, still learns it.
 *
 * Before each repetition it asks the kernel: a lease may have lapsed, and to announce an address that the peer
 * has by now would take it away from him.
 */
export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #hasComplained = false;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
  }

  /** Begins from the start where the address is being announced already. */
  start(announced: Announced): void {
    this.stop(announced.address);
    this.#send(announced);
    this.#repeatLater(announced, 0);
  }

  stop(address: string): void {
    clearTimeout(this.#timers.get(address));
    this.#timers.delete(address);
  }

  isAnnouncing(address: string): boolean {
    return this.#timers.has(address);
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #repeatLater(announced: Announced, count: number): void {
    const waitMs = announceGapsMs[count] ?? announceForeverMs;
    const timer = setTimeout(() => void this.#repeat(announced, count, timer), waitMs);
    this.#timers.set(announced.address, timer);
  }

  async #repeat(announced: Announced, count: number, timer: NodeJS.Timeout): Promise<void> {
    const isHeld = await this.#options.isHeld(announced);
    // Stopped, or begun anew, while the kernel was asked.
    if (this.#timers.get(announced.address) !== timer) return;
    if (!isHeld) {
      this.stop(announced.address);
      return;
    }
    this.#send(announced);
    this.#repeatLater(announced, count + 1);
  }

  #send(announced: Announced): void {
    const { address, family, device } = announced;
    const { packets } = this.#options;
    if (typeof packets === 'string') {
      this.#options.announceByCommand(announced);
      return;
    }
    const link = this.#options.findLink(device);
    const frames =
      link === undefined ? [] : family === 4 ? gratuitousArps(address, link.mac) : [unsolicitedNa(address, link.mac)];
    for (const frame of frames) {
      const problem = packets.send(link?.index ?? 0, frame);
      if (problem === undefined) this.#hasComplained = false;
      else this.#complainOnce(`${address} could not be announced on ${device}: ${problem}`);
    }
  }

  #complainOnce(sentence: string): void {
    if (!this.#hasComplained) this.#options.onProblem(sentence);
    this.#hasComplained = true;
  }
}

/** Five at once, five more within ten seconds, then one a minute. */
const announceGapsMs: readonly number[] = [20, 80, 100, 200, 600, 1000, 2000, 3000, 4000];
const announceForeverMs = 60_000;
