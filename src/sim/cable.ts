import { lineMs } from '../config/pace.ts';
import type { Beat } from '../core/beat.ts';
import type { CableOptions } from './options.ts';
import type { Surroundings } from './surroundings.ts';

/** Bytes on their way, and what the simulator alone knows about them. */
export interface Packet {
  readonly bytes: Uint8Array;
  readonly beat: Beat;
  readonly sentAtMs: number;
  /** Signs the bytes, before they become others. */
  readonly sign: () => void;
  readonly isCorrupt?: true;
}

/** Which end sends: 0 is node1. */
export type End = 0 | 1;

/** A tty and a socket buffer hold about so many beats; what comes later is dropped. */
const heldMax = 40;

/** One way between the two machines, in both directions. */
export class Cable {
  readonly name: string;
  readonly medium: CableOptions['medium'];
  readonly index: number;
  /** By sending end. */
  readonly isCut: [boolean, boolean] = [false, false];
  /** Held back, as by flow control: what is sent waits, oldest first, and comes all at once. */
  readonly #held: [Packet[] | undefined, Packet[] | undefined] = [undefined, undefined];
  readonly #lineFreeAtMs: [number, number] = [0, 0];
  readonly #baud: number | undefined;
  readonly #around: Surroundings;
  extraLossPercent = 0;
  extraDelayMs = 0;
  corruptPercent = 0;
  replayPercent = 0;
  readonly #old: [Packet[], Packet[]] = [[], []];

  constructor(options: CableOptions, index: number, around: Surroundings) {
    this.name = options.name;
    this.medium = options.medium;
    this.index = index;
    this.#baud = options.baud;
    this.#around = around;
  }

  get isHeld(): boolean {
    return this.#held[0] !== undefined || this.#held[1] !== undefined;
  }

  send(from: End, packet: Packet): void {
    const { random, options } = this.#around;
    const held = this.#held[from];
    if (held !== undefined) {
      if (held.length < heldMax) held.push(packet);
      return;
    }
    const lineMsTaken = this.#takeLine(from, packet.bytes.length);
    if (lineMsTaken === undefined) return;
    if (this.isCut[from] || random.wire.chance(options.pace.lossPercent + this.extraLossPercent)) return;
    this.#carry(from, packet, lineMsTaken);
    if (random.wire.chance(options.pace.doublePercent)) this.#carry(from, packet, lineMsTaken);
    if (this.replayPercent > 0) this.#replay(from, packet);
  }

  hold(from: End): void {
    this.#held[from] ??= [];
  }

  letGo(): void {
    for (const from of [0, 1] as const) {
      const held = this.#held[from] ?? [];
      this.#held[from] = undefined;
      if (!this.isCut[from]) for (const packet of held) this.#carry(from, packet, 0);
    }
  }

  /** Everything that the sending machine still had to send is gone with it. */
  forget(from: End): void {
    if (this.#held[from] !== undefined) this.#held[from] = [];
    this.#lineFreeAtMs[from] = 0;
  }

  #carry(from: End, packet: Packet, lineMsTaken: number): void {
    const { random, options, schedule } = this.#around;
    const delayMs = lineMsTaken + random.wire.timeMs(options.pace.networkMs) + this.#extraDelay();
    const carried = random.wire.chance(this.corruptPercent)
      ? { ...packet, bytes: this.#flip(packet), isCorrupt: true as const }
      : packet;
    schedule.after(delayMs, () => {
      if (this.isCut[from]) return;
      this.#around.arrive(from, this.index, carried);
    });
  }

  #extraDelay(): number {
    return this.extraDelayMs === 0 ? 0 : this.#around.random.wire.timeMs([0, this.extraDelayMs]);
  }

  /** Time on the line; undefined when the frame before is still under way, which the adapter drops. */
  #takeLine(from: End, bytes: number): number | undefined {
    if (this.#baud === undefined) return 0;
    const { nowMs } = this.#around.schedule;
    const frameMs = lineMs(bytes, this.#baud);
    if (this.#lineFreeAtMs[from] - nowMs > frameMs / 2) return undefined;
    this.#lineFreeAtMs[from] = Math.max(nowMs, this.#lineFreeAtMs[from]) + frameMs;
    return this.#lineFreeAtMs[from] - nowMs;
  }

  #flip({ bytes, sign }: Packet): Uint8Array {
    sign();
    const flipped = Uint8Array.from(bytes);
    const at = this.#around.random.wire.between(0, bytes.length - 1);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << this.#around.random.wire.between(0, 7));
    return flipped;
  }

  /** Somebody recorded old packets and sends them again. */
  #replay(from: End, packet: Packet): void {
    const old = this.#old[from];
    old.push(packet);
    if (old.length > heldMax) old.splice(this.#around.random.wire.between(0, heldMax), 1);
    if (!this.#around.random.wire.chance(this.replayPercent)) return;
    const again = old[this.#around.random.wire.between(0, old.length - 1)];
    if (again !== undefined) this.#carry(from, again, 0);
  }
}
