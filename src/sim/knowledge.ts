import type { GroupBeat } from '../core/beat.ts';
import type { Packet } from './cable.ts';

/** What the newest beat that was processed said of a group. */
export interface Shown {
  readonly sentAtMs: number;
  /** When the beat of this daemon left that it echoed; never, for one that echoed none. */
  readonly echoedSentAtMs: number;
  readonly beat: GroupBeat;
}

/** A beat may come back as an echo for so many beats. */
const toldMax = 2_048;

/**
 * What one daemon could know of its peer, computed from the real times at which packets left and came: an
 * account of its own, to judge the core's by.
 */
export class Knowledge {
  /** When the newest packet that was processed left the peer; it was alive then. */
  lifeSentAtMs = Number.NEGATIVE_INFINITY;
  /** The same of packets that came to the machine: some wait in a socket, or were dropped there, while the daemon stalls. */
  arrivedSentAtMs = Number.NEGATIVE_INFINITY;
  /** By channel: the packet that left last. A channel fell silent at some time between its two times. */
  readonly #cameOn = new Map<number, { readonly sentAtMs: number; readonly arrivedAtMs: number }>();
  readonly #incarnation: string;
  readonly #told = new Map<number, number>();
  readonly #shown = new Map<string, Shown>();

  constructor(incarnation: string) {
    this.#incarnation = incarnation;
  }

  tell(sequence: number, nowMs: number): void {
    if (this.#told.has(sequence)) return;
    this.#told.set(sequence, nowMs);
    if (this.#told.size > toldMax) this.#told.delete(this.#told.keys().next().value ?? 0);
  }

  hear(channel: number, { beat, sentAtMs }: Packet, arrivedAtMs: number): void {
    if (sentAtMs >= (this.#cameOn.get(channel)?.sentAtMs ?? sentAtMs))
      this.#cameOn.set(channel, { sentAtMs, arrivedAtMs });
    this.lifeSentAtMs = Math.max(this.lifeSentAtMs, sentAtMs);
    const isEcho = beat.echo?.incarnation === this.#incarnation;
    const echoedSentAtMs = (isEcho ? this.#told.get(beat.echo?.sequence ?? 0) : undefined) ?? Number.NEGATIVE_INFINITY;
    for (const group of beat.groups) {
      const before = this.#shown.get(group.name);
      if (before !== undefined && before.sentAtMs >= sentAtMs) continue;
      this.#shown.set(group.name, { sentAtMs, echoedSentAtMs, beat: group });
    }
  }

  /** Channels that may have fallen silent within so long before the newest packet left. */
  channelsAliveAtLast(withinMs: (channel: number) => number): readonly number[] {
    return [...this.#cameOn]
      .filter(([channel, { arrivedAtMs }]) => this.lifeSentAtMs - arrivedAtMs <= withinMs(channel))
      .map(([channel]) => channel);
  }

  shown(group: string): Shown | undefined {
    return this.#shown.get(group);
  }
}
