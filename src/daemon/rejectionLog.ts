import type { Log } from '../adapters/log.ts';
import type { Engine } from '../engine/engine.ts';

const lookMs = 10_000;

type Counts = Readonly<Record<string, number>>;

/** Tells people of packets that were not believed, at a bounded rate: anybody on the wire can send them. */
export class RejectionLog {
  readonly #engine: Engine;
  readonly #log: Log;
  readonly #told = new Map<string, number>();
  /** The counts of the last two looks, older ones first. */
  #marks: readonly (readonly Counts[])[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(engine: Engine, log: Log) {
    this.#engine = engine;
    this.#log = log;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#look(), lookMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** On all channels, since the start. */
  total(): number {
    return this.#engine.state.config.channels
      .flatMap((_, channel) => Object.values(this.#engine.rejections(channel)))
      .reduce((sum, count) => sum + count, 0);
  }

  /** By channel and reason, over the last ten to twenty seconds. */
  recent(): readonly Counts[] {
    const [before = []] = this.#marks;
    return this.#counts().map((counts, channel) =>
      Object.fromEntries(
        Object.entries(counts).map(([reason, count]) => [reason, count - (before[channel]?.[reason] ?? 0)]),
      ),
    );
  }

  #counts(): readonly Counts[] {
    return this.#engine.state.config.channels.map((_, channel) => this.#engine.rejections(channel));
  }

  #look(): void {
    this.#marks = [...this.#marks.slice(-1), this.#counts()];
    for (const [channel, { name }] of this.#engine.state.config.channels.entries()) {
      for (const [reason, count] of Object.entries(this.#engine.rejections(channel))) {
        const key = `${channel} ${reason}`;
        const more = count - (this.#told.get(key) ?? 0);
        if (more <= 0) continue;
        this.#told.set(key, count);
        const sentence = `channel ${name}: ${more} packets were not believed: ${reason}`;
        this.#log.limited(`rejected ${key}`, 'warning', sentence);
      }
    }
  }
}
