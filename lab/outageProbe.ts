import { nowMs, until } from './clock.ts';
import { Companion, type Message } from './companion.ts';
import type { Host } from './host.ts';
import { programArgv } from './namespaces.ts';
import { type Gap, type Interval, longestGap } from './timeline.ts';

export const echoPort = 7007;

/** A stretch of answers from one host. */
export interface Serving extends Interval {
  readonly host: string;
  readonly answers: number;
}

/** An hour of answers at one a millisecond. The probe forgets the oldest half then. */
const answersMax = 3_600_000;
/** Times in which the probe stood still; the oldest half is forgotten then. */
const stoodMax = 10_000;
const catchUpMs = 15_000;

/**
 * What a user of the floating address sees: one question each millisecond, and the time of each answer.
 *
 * 1–2 ms of an outage are the probe's own.
 */
export class OutageProbe {
  readonly address: string;
  #companion: Companion | undefined;
  #atMs: number[] = [];
  #hosts: string[] = [];
  readonly #stood: Interval[] = [];
  #seenToMs = 0;
  #sent = 0;

  private constructor(address: string) {
    this.address = address;
  }

  /** Starts asking from `client`. The echo service has to run on the hosts that may hold `address`. */
  static async start(client: Host, address: string, port: number = echoPort, intervalMs = 1): Promise<OutageProbe> {
    const probe = new OutageProbe(address);
    probe.#companion = await Companion.start({
      name: `the probe of ${address}`,
      argv: [...client.enterArgv, ...programArgv('probe.py', address, String(port), String(intervalMs))],
      onMessage: (message) => probe.#take(message),
    });
    return probe;
  }

  get sent(): number {
    return this.#sent;
  }

  get answered(): number {
    return this.#atMs.length;
  }

  /** The longest time without an answer in the window. Its end must not lie in the future. */
  async outage(fromMs: number, toMs: number = nowMs()): Promise<Gap> {
    await this.#catchUp(toMs);
    return longestGap(this.#atMs, { fromMs, toMs });
  }

  /** The same without the times in which the probe stood still itself: where nothing happened, those are left. */
  async silence(fromMs: number, toMs: number = nowMs()): Promise<Gap> {
    await this.#catchUp(toMs);
    return longestGap(this.#atMs, { fromMs, toMs }, this.#stood);
  }

  /** Who answered when: one entry for each stretch of answers from the same host. */
  async servings(fromMs: number, toMs: number = nowMs()): Promise<readonly Serving[]> {
    await this.#catchUp(toMs);
    const found: Serving[] = [];
    for (const [index, atMs] of this.#atMs.entries()) {
      if (atMs < fromMs || atMs > toMs) continue;
      const host = this.#hosts[index] ?? '';
      const last = found.at(-1);
      if (last?.host === host) found[found.length - 1] = { ...last, toMs: atMs, answers: last.answers + 1 };
      else found.push({ host, fromMs: atMs, toMs: atMs, answers: 1 });
    }
    return found;
  }

  /**
   * Waits until a host answers, and returns the moment of its first answer after `fromMs`.
   *
   * @throws {Error} when none does in time.
   */
  async answerFrom(host: string, fromMs: number, withinMs: number): Promise<number> {
    let foundMs: number | undefined;
    await until(`${host} answers for ${this.address}`, withinMs, () => {
      const index = this.#hosts.findLastIndex((name, at) => name === host && (this.#atMs[at] ?? 0) >= fromMs);
      if (index < 0) return false;
      foundMs = this.#atMs.find((atMs, at) => atMs >= fromMs && this.#hosts[at] === host);
      return true;
    });
    return foundMs ?? fromMs;
  }

  async stop(): Promise<void> {
    await this.#companion?.stop();
  }

  /** The probe reports in batches: what happened before `atMs` may still be on its way. */
  async #catchUp(atMs: number): Promise<void> {
    if (this.#companion?.hasEnded === true) return;
    await until(`the probe of ${this.address} has reported`, catchUpMs, () => this.#seenToMs >= atMs);
  }

  #take(message: Message): void {
    const batch = message as unknown as Batch;
    this.#seenToMs = batch.nowMs;
    this.#sent = batch.sent;
    for (const [stoodFromMs, stoodToMs] of batch.stood) this.#stood.push({ fromMs: stoodFromMs, toMs: stoodToMs });
    if (this.#stood.length > stoodMax) this.#stood.splice(0, stoodMax / 2);
    for (const [atMs, host] of batch.answers) {
      this.#atMs.push(atMs);
      this.#hosts.push(host);
    }
    if (this.#atMs.length > answersMax) {
      this.#atMs = this.#atMs.slice(answersMax / 2);
      this.#hosts = this.#hosts.slice(answersMax / 2);
    }
  }
}

interface Batch {
  readonly nowMs: number;
  readonly sent: number;
  readonly answers: readonly (readonly [atMs: number, host: string])[];
  readonly stood: readonly (readonly [fromMs: number, toMs: number])[];
}
