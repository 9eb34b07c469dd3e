import { gratuitousArps, unsolicitedNa } from './frames.ts';
import type { Link } from './ipLines.ts';
import type { Packets } from './packets.ts';

export interface AnnouncerOptions {
  readonly packets: Packets | string;
  findLink(device: string): Link | undefined;
  /** Used where there are no packet sockets. */
  announceByCommand(address: string, family: 4 | 6, device: string): void;
  onProblem(sentence: string): void;
}

/**
 * Tells the neighbours who holds an address, at once and then repeatedly for as long as it is held: a switch
 * or a neighbour that was not there, or dropped the first frames, still learns it.
 */
export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #hasComplained = false;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
  }

  /** Begins from the start where the address is being announced already. */
  start(address: string, family: 4 | 6, device: string): void {
    this.stop(address);
    this.#step(address, family, device, 0);
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

  #step(address: string, family: 4 | 6, device: string, count: number): void {
    this.#send(address, family, device);
    const waitMs = announceGapsMs[count] ?? announceForeverMs;
    this.#timers.set(
      address,
      setTimeout(() => this.#step(address, family, device, count + 1), waitMs),
    );
  }

  #send(address: string, family: 4 | 6, device: string): void {
    const { packets } = this.#options;
    if (typeof packets === 'string') {
      this.#options.announceByCommand(address, family, device);
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
