import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

export interface Lateness {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Microseconds in an hour: a machine that slept longer counts as an hour late. */
const longestUs = 3_600_000_000;

/** How late this node's own beats leave. Takes a few kilobytes, however long it counts; exact to one per cent. */
export class BeatLateness {
  readonly #histogram: RecordableHistogram = createHistogram({ lowest: 1, highest: longestUs, figures: 2 });

  record(lateMs: number): void {
    const lateUs = Math.round(lateMs * 1000);
    this.#histogram.record(Math.min(Math.max(lateUs, 1), longestUs));
  }

  /** In milliseconds; zeros before the first beat. */
  report(): Lateness {
    if (this.#histogram.count === 0) return { p50: 0, p99: 0, p999: 0, max: 0 };
    const at = (percentile: number): number => this.#histogram.percentile(percentile) / 1000;
    return { p50: at(50), p99: at(99), p999: at(99.9), max: this.#histogram.max / 1000 };
  }
}
