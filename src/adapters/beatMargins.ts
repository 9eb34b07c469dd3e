import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** Four figures of a histogram, in milliseconds. */
export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Microseconds in an hour: longer ones count as that. */
const longestUs = 3_600_000_000;

/**
 * How near the beats of the peer come to deadtime: what `hactl timing` proposes a deadtime from.
 *
 * A silence is the age of the newest proof of life when the next one comes. One of deadtime and more was a death, or
 * a cut, and is counted apart: it says nothing about how long beats take.
 */
export class BeatMargins {
  readonly #silence = histogram();
  readonly #echoes = new Map<number, RecordableHistogram>();
  #channels: unknown;
  #overdueCount = 0;

  /** A proof of life came: how old was the one before it, and, by its channel, how old it is itself. */
  noteFresh(
    silenceMs: number | undefined,
    deadMs: number,
    echo: { readonly channel: number; readonly ageMs: number },
  ): void {
    if (silenceMs !== undefined && silenceMs < deadMs) put(this.#silence, silenceMs);
    else if (silenceMs !== undefined) this.#overdueCount += 1;
    const known = this.#echoes.get(echo.channel) ?? histogram();
    this.#echoes.set(echo.channel, known);
    put(known, echo.ageMs);
  }

  /** Times in which the peer was silent for deadtime and then came back. */
  get overdueCount(): number {
    return this.#overdueCount;
  }

  silence(): Spread {
    return spreadOf(this.#silence);
  }

  /** From a beat of this node to the answer that comes on a channel: there, up to a beat of waiting, and back. */
  echo(channel: number): Spread | undefined {
    const known = this.#echoes.get(channel);
    return known === undefined ? undefined : spreadOf(known);
  }

  /** What the channels are now: after a reload that changed them the numbers mean others, and echoes begin anew. */
  noteChannels(channels: unknown): void {
    if (channels === this.#channels) return;
    this.#channels = channels;
    this.#echoes.clear();
  }
}

function histogram(): RecordableHistogram {
  return createHistogram({ lowest: 1, highest: longestUs, figures: 2 });
}

function put(into: RecordableHistogram, ms: number): void {
  into.record(Math.min(Math.max(Math.round(ms * 1_000), 1), longestUs));
}

function spreadOf(from: RecordableHistogram): Spread {
  if (from.count === 0) return { count: 0, p50: 0, p99: 0, p999: 0, max: 0 };
  const at = (percentile: number): number => from.percentile(percentile) / 1_000;
  return { count: from.count, p50: at(50), p99: at(99), p999: at(99.9), max: from.max / 1_000 };
}
