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
  const outcome = await askDaemon(
    call,
    { verb: 'events', ...options },
    (line) => {
      if (line.type !== 'event') return undefined;
      count += 1;
      const width = io.isTerminal ? io.width() : Infinity;
      return io.out(isJson ? jsonLine(line.event) : eventText(line.event, { width, paint }));
    },
    options.follow === true ? { firstLineMs: foreverMs, signal: io.interrupted() } : { totalMs: eventsMs },
  );
  if (outcome.kind === 'answered' && outcome.line.type === 'done') {
    if (count === 0 && !isJson) io.err('no events');
    return outcome.line.exitCode;
  }
  return outcome.kind === 'stopped' ? 0 : finish(call, outcome);
}

/** Reading a journal of its full size from a slow disk. */
const eventsMs = 60_000;
/** With `--follow` the first event may come next week: the longest that a timer takes. */
const foreverMs = 2 ** 31 - 1;
