import { askDaemon, type Call, finish } from '../daemon.ts';
import { cleanAll, jsonLine } from '../text/clean.ts';
import { wrap } from '../text/layout.ts';
import { type Paint, paintFor } from '../text/paint.ts';
import { clock } from '../text/time.ts';

export interface EventsOptions {
  readonly since?: string;
  readonly follow?: boolean;
  readonly limit?: number;
}

/** `hactl events`: the journal, oldest first, a sentence an entry. */
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
      return io.out(
        isJson ? jsonLine(line.event) : eventText(line.event, paint, io.isTerminal ? io.width() : Infinity),
      );
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

/** `2026-11-20 12:03:11  site  all channels fell silent together [peer-lost, E6]`; a file gets one line an entry. */
function eventText(raw: Readonly<Record<string, unknown>>, paint: Paint, width: number): string {
  const event = cleanAll(raw);
  const { wallMs, level } = event as Partial<Record<'wallMs' | 'level', unknown>>;
  const word = (key: string): readonly string[] => (typeof event[key] === 'string' ? [event[key]] : []);
  const isTime = typeof wallMs === 'number' && Math.abs(wallMs) <= 8.64e15;
  const time = isTime ? clock(new Date(wallMs).toISOString(), '') : 'no time            ';
  const tags = [...word('rule'), ...word('evidence')];
  const text = [
    ...word('group').map((group) => `${group}:`),
    [...word('sentence'), ...word('id'), 'an event without a sentence'][0],
    ...(tags.length > 0 ? [`[${tags.join(', ')}]`] : []),
  ].join(' ');
  const indent = ' '.repeat(time.length + 2);
  const lines = width === Infinity ? [text] : wrap(text, width - indent.length);
  const painted = lines.map((line) =>
    level === 'error' ? paint('bad', line) : level === 'warning' ? paint('warning', line) : line,
  );
  return `${paint('dim', time)}  ${painted.join(`\n${indent}`)}`;
}
