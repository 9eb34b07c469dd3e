import { decisiveEvidence } from '../../core/evidence.ts';
import { cleanAll } from '../text/clean.ts';
import { unbroken, wrap } from '../text/layout.ts';
import type { Paint } from '../text/paint.ts';
import { clockMs } from '../text/time.ts';

export type JournalEvent = Readonly<Record<string, unknown>>;

export interface EventLook {
  /** `Infinity` for one line an event. */
  readonly width: number;
  readonly paint: Paint;
  /** Events of this day are shown without their date; undefined: none. */
  readonly at?: string;
}

/** `2026-11-20 12:03:11.250  site: the peer is gone, and the evidence is enough [peer-lost, E6]` */
export function eventText(event: JournalEvent, look: EventLook): string {
  return eventLines(event, look).join('\n');
}

/** Of a time with its date. */
const timeWidth = 23;

export function eventLines(raw: JournalEvent, { width, paint, at = '' }: EventLook): readonly string[] {
  const event = cleanAll(raw);
  const { wallMs, level } = event as Partial<Record<'wallMs' | 'level', unknown>>;
  const isTime = typeof wallMs === 'number' && Math.abs(wallMs) <= 8.64e15;
  const time = isTime ? clockMs(new Date(wallMs).toISOString(), at) : 'no time'.padEnd(timeWidth);
  const indent = ' '.repeat(time.length + 2);
  const lines = wrap(sentenceOf(event), width - indent.length);
  return lines.map((line, index) => {
    const painted = level === 'error' ? paint('bad', line) : level === 'warning' ? paint('warning', line) : line;
    return index === 0 ? `${paint('dim', time)}  ${painted}` : `${indent}${painted}`;
  });
}

/** Which group, unless the sentence names it; what; and by which rule, on what evidence. */
function sentenceOf(event: JournalEvent): string {
  const word = (key: string): string => (typeof event[key] === 'string' ? event[key] : '');
  const sentence = [word('sentence'), word('id'), 'an event without a sentence'].find((text) => text !== '') ?? '';
  const group = word('group');
  const subject =
    event['id'] === 'operator' ? 'operator: ' : group === '' || names(sentence, group) ? '' : `${group}: `;
  const tags = [word('rule'), decisiveEvidence(event) ?? ''].filter((tag) => tag !== '');
  return `${subject}${sentence}${tags.length === 0 ? '' : ` ${unbroken(`[${tags.join(', ')}]`)}`}`;
}

function names(sentence: string, group: string): boolean {
  return sentence.split(/[\s,:;]+/).includes(group);
}
