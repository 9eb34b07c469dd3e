import type { Entry } from '../../core/entry.ts';

/**
 * An entry as it stands in the journal: one line of JSON.
 *
 * `time` is RFC 3339 in UTC with milliseconds, and the first key of each line, so that lines can be compared without
 * being parsed. `incarnation` and `n` together name the event for ever; `n` counts from 1.
 */
export interface JournalEvent {
  readonly time: string;
  readonly incarnation: string;
  readonly n: number;
  readonly [key: string]: unknown;
}

export interface JournalLine {
  readonly event: JournalEvent;
  /** Ends with a line feed. */
  readonly text: string;
}

/** Room for the facts of a decision about a group of dozens of resources. */
export const lineCharsMax = 16 * 1024;
const sentenceCharsMax = 2000;

/** Never throws: facts that cannot be written, or are too long, are left out, and the line says so. */
export function lineOf(entry: Entry, incarnation: string, n: number): JournalLine {
  const { facts, ...rest } = entry;
  const head = { time: timeOf(entry.wallMs), incarnation, n, ...rest };
  const sentence = entry.sentence.slice(0, sentenceCharsMax);
  const attempts: readonly JournalEvent[] = [
    facts === undefined ? head : { ...head, facts },
    { ...head, sentence, factsLeftOut: true },
    { time: head.time, incarnation, n, id: entry.id, level: entry.level, sentence, factsLeftOut: true },
  ];
  for (const event of attempts) {
    const text = textOf(event);
    if (text !== undefined) return { event, text };
  }
  const event = { time: head.time, incarnation, n, id: entry.id, level: entry.level, sentence: '' };
  return { event, text: `${JSON.stringify(event)}\n` };
}

export function timeOf(wallMs: number): string {
  const date = new Date(wallMs);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}

/** The time of a line, without parsing it; undefined when the line is none of ours. */
export function timeOfLine(line: string): string | undefined {
  return /^\{"time":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"/.exec(line)?.[1];
}

/** Undefined for a line that was cut short, or that somebody else wrote. */
export function eventOfLine(line: string): JournalEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isEvent(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function textOf(event: JournalEvent): string | undefined {
  try {
    const text = JSON.stringify(event);
    return text.length < lineCharsMax ? `${text}\n` : undefined;
  } catch {
    return undefined; // A number that JSON cannot write, or a circle.
  }
}

function isEvent(value: unknown): value is JournalEvent {
  return (
    typeof value === 'object' &&
    value !== null &&
    'time' in value &&
    typeof value.time === 'string' &&
    'incarnation' in value &&
    typeof value.incarnation === 'string' &&
    'n' in value &&
    typeof value.n === 'number'
  );
}
