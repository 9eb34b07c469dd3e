import { fstatSync } from 'node:fs';

import { type DestinationStream, destination, type Logger, pino } from 'pino';

import type { Entry } from '../core/entry.ts';
import { decisiveEvidence } from '../core/evidence.ts';

/** `journald`: the priority as `<N>` (sd-daemon(3)), no time, because journald has its own. */
export type LogStyle = 'journald' | 'plain';

export interface LogOptions {
  readonly style: LogStyle;
  /** 2, standard error, unless a test says otherwise. */
  readonly fd?: number;
}

/** What waits for a reader that stalls. Some thousand lines; more are dropped and counted. */
const waitingBytesMax = 1024 * 1024;
/** Of one sentence: whoever puts a script's whole output into one must not fill the log. */
const sentenceCharsMax = 4000;
/** How often one message with the same key is written. */
const limitedEachMs = 60_000;
/** Keys that are remembered; a message with one more is written every time its turn comes round. */
const limitedKeysMax = 256;

/**
 * Lines for people on standard error.
 *
 * Written in the background: a reader that stalls (journald, a pipe) must not stall the beats. Nothing here throws.
 */
export class Log {
  readonly #out: ReturnType<typeof destination>;
  readonly #logger: Logger;
  readonly #limited = new Map<string, { readonly sinceMs: number; suppressed: number }>();
  #dropped = 0;

  constructor({ style, fd = 2 }: LogOptions) {
    // With a minimum of 0 its `flush` would not wait.
    this.#out = destination({ fd, sync: false, minLength: 1, maxLength: waitingBytesMax });
    this.#out.on('drop', () => {
      this.#dropped += 1;
    });
    // Nobody reads any more: there is nobody to tell.
    this.#out.on('error', () => undefined);
    const stream: TextStream = {
      [Symbol.for('pino.metadata')]: true,
      lastLevel: 30,
      lastObj: {},
      lastMsg: '',
      write: () => void this.#out.write(`${textOf(stream, style)}\n`),
    };
    this.#logger = pino({ base: null, timestamp: false }, stream);
  }

  /** Lines that nobody read in time. */
  get droppedCount(): number {
    return this.#dropped;
  }

  info(sentence: string): void {
    this.#logger.info(sentence);
  }

  warning(sentence: string): void {
    this.#logger.warn(sentence);
  }

  error(sentence: string): void {
    this.#logger.error(sentence);
  }

  fatal(sentence: string): void {
    this.#logger.fatal(sentence);
  }

  /** One line of the journal. */
  entry(entry: Entry): void {
    const { id, level, group, sentence } = entry;
    const reasons = [entry.rule, decisiveEvidence(entry)].filter((reason) => reason !== undefined);
    const reason = id === 'operator' ? 'operator' : reasons.length === 0 ? undefined : reasons.join(', ');
    this.#logger[level === 'warning' ? 'warn' : level]({ group, reason }, sentence);
  }

  /** At most one line a minute with the same `key`; the next one says how many there were in between. */
  limited(key: string, level: Entry['level'], sentence: string): void {
    const nowMs = performance.now();
    const known = this.#limited.get(key);
    if (known !== undefined && nowMs - known.sinceMs < limitedEachMs) {
      known.suppressed += 1;
      return;
    }
    this.#limited.delete(key);
    this.#limited.set(key, { sinceMs: nowMs, suppressed: 0 });
    const [eldest] = this.#limited.keys();
    if (this.#limited.size > limitedKeysMax && eldest !== undefined) this.#limited.delete(eldest);
    const times =
      known === undefined || known.suppressed === 0 ? '' : ` (and ${known.suppressed} times since the last line)`;
    this.#logger[level === 'warning' ? 'warn' : level](sentence + times);
  }

  /** Resolves when everything has been taken, or after `waitMs`: the last words of a daemon must not keep it alive. */
  flush(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.#out.flush(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** JOURNAL_STREAM names the stream that systemd connected; a shell below it may have put another in its place. */
export function logStyleOf(environment: NodeJS.ProcessEnv, fd = 2): LogStyle {
  const stream = environment['JOURNAL_STREAM'];
  if (stream === undefined) return 'plain';
  try {
    const { dev, ino } = fstatSync(fd);
    return stream === `${dev}:${ino}` ? 'journald' : 'plain';
  } catch {
    return 'plain';
  }
}

/** What pino leaves beside each line for a stream that asks for it. */
interface TextStream extends DestinationStream {
  lastLevel: number;
  lastObj: unknown;
  lastMsg: string;
}

function textOf({ lastLevel, lastObj, lastMsg }: TextStream, style: LogStyle): string {
  const { group, reason } = lastObj as { readonly group?: string; readonly reason?: string };
  const place = group === undefined ? '' : `[${group}] `;
  const why = reason === undefined ? '' : `${reason}: `;
  const line = oneLine(`${place}${why}${lastMsg}`);
  const level = levels.find(({ from }) => lastLevel >= from) ?? lowest;
  return style === 'journald' ? `<${level.priority}>${line}` : `${new Date().toISOString()} ${level.name} ${line}`;
}

const lowest = { from: 0, name: 'debug', priority: 7 } as const;
/** pino's numbers, and syslog's. */
const levels = [
  { from: 60, name: 'fatal', priority: 2 },
  { from: 50, name: 'error', priority: 3 },
  { from: 40, name: 'warning', priority: 4 },
  { from: 30, name: 'info', priority: 6 },
] as const;

/** A sentence may quote a script or a peer: one message stays one line, and steers no terminal. */
function oneLine(text: string): string {
  const line = text.replaceAll(/\s*[\r\n]+\s*/g, ' | ').replaceAll(/\p{Cc}/gu, '?');
  return line.length > sentenceCharsMax ? `${line.slice(0, sentenceCharsMax)} ...` : line;
}
