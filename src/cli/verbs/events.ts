import type { Outcome } from '../../control/controlClient.ts';
import { askDaemon, type Call, finish } from '../daemon.ts';
import { eventText } from '../events/eventText.ts';
import { jsonLine } from '../text/clean.ts';
import { paintFor } from '../text/paint.ts';

export interface EventsOptions {
  readonly since?: string;
  readonly follow?: boolean;
  readonly limit?: number;
}

/** `hactl events`: the journal, oldest first, a sentence an entry; one line each where nobody wraps it on a terminal. */
export async function events(call: Call, options: EventsOptions): Promise<number> {
  const { io, isJson } = call;
  const paint = paintFor(io.hasColours);
  let count = 0;
  const follower = options.follow === true ? new Follower(call) : undefined;
  const outcome = await askDaemon(
    call,
    { verb: 'events', ...options },
    (line) => {
      if (line.type !== 'event') return undefined;
      count += 1;
      const width = io.isTerminal ? io.width() : Infinity;
      return io.out(isJson ? jsonLine(line.event) : eventText(line.event, { width, paint }));
    },
    follower === undefined ? { totalMs: eventsMs } : { firstLineMs: foreverMs, signal: follower.signal },
  );
  follower?.end();
  if (outcome.kind === 'answered' && outcome.line.type === 'done') {
    if (count === 0 && !isJson) io.err('no events');
    return outcome.line.exitCode;
  }
  if (outcome.kind !== 'stopped') return finish(call, outcome);
  return follower?.silence === undefined ? 0 : finish(call, follower.silence);
}

/** Reading a journal of its full size from a slow disk. */
const eventsMs = 60_000;
/** With `--follow` the first event may come next week: the longest that a timer takes. */
const foreverMs = 2 ** 31 - 1;
/** A stream of events is quiet where nothing happens, and where the daemon stands still: it is asked which it is. */
const askEachMs = 10_000;

class Follower {
  silence: Outcome | undefined;
  readonly signal: AbortSignal;
  readonly #call: Call;
  readonly #over = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(call: Call) {
    this.#call = call;
    this.signal = AbortSignal.any([call.io.interrupted(), this.#over.signal]);
    void this.#ask();
  }

  end(): void {
    this.#over.abort();
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    const { signal } = this;
    const outcome = await askDaemon(this.#call, { verb: 'status' }, () => undefined, { signal });
    if (signal.aborted) return;
    this.#timer = setTimeout(() => void this.#ask(), askEachMs);
    if (outcome.kind !== 'unreachable' || outcome.code !== 'SILENT') return;
    this.silence = outcome;
    this.end();
  }
}
