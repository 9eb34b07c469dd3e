import type { StatusReport } from '../control/controlProtocol.ts';
import type { Reply } from '../control/reply.ts';

/** At most ten reports a second. */
const lookMs = 100;
/** A client that hears nothing for some seconds takes the daemon for stalled. */
const quietMsMax = 1000;

interface Stream {
  readonly reply: Reply;
  /** The client has taken what it was sent. */
  isReady: boolean;
}

/** Clients of `watch`: each gets a report when something other than an age changed, and one a second anyway. */
export class StatusStreams {
  readonly #report: () => StatusReport;
  readonly #streams = new Set<Stream>();
  #timer: NodeJS.Timeout | undefined;
  #lastShown = '';
  #lastSentMs = 0;

  constructor(report: () => StatusReport) {
    this.#report = report;
  }

  add(reply: Reply): void {
    const stream = { reply, isReady: true };
    this.#streams.add(stream);
    reply.onClosed(() => this.#remove(stream));
    this.#send(stream, this.#report());
    this.#timer ??= setInterval(() => this.#look(), lookMs);
  }

  close(): void {
    this.#streams.clear();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const report = this.#report();
    const shown = withoutAges(report);
    const nowMs = performance.now();
    if (shown === this.#lastShown && nowMs - this.#lastSentMs < quietMsMax) return;
    this.#lastShown = shown;
    this.#lastSentMs = nowMs;
    for (const stream of this.#streams) if (stream.isReady) this.#send(stream, report);
  }

  /** A slow client misses reports in between: the next one tells all. */
  #send(stream: Stream, status: StatusReport): void {
    stream.isReady = stream.reply.line({ type: 'status', status });
    if (stream.isReady) return;
    stream.reply.onDrained(() => {
      stream.isReady = true;
    });
  }

  #remove(stream: Stream): void {
    this.#streams.delete(stream);
    if (this.#streams.size === 0) this.close();
  }
}

/** Figures that change all the time are no news. */
const ages: ReadonlySet<string> = new Set([
  'at',
  'upMs',
  'heardAgoMs',
  'answeredAgoMs',
  'peerHeardAgoMs',
  'renewedAgoMs',
  'servesForMs',
  'lag',
  'lossPct',
  'rejected',
  'machine',
  'beats',
]);

function withoutAges(report: StatusReport): string {
  return JSON.stringify(report, (key, value: unknown) => (ages.has(key) ? undefined : value));
}
