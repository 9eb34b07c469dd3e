import type { Effect } from '../../core/effect.ts';
import type { Event } from '../../core/event.ts';
import type { NodeState } from '../../core/state.ts';
import { basic, list, number, object, optional, text } from '../shapes.ts';
import { readJson, snapshotCharsMax, writeNumber } from '../snapshot/snapshot.ts';
import { stateShape } from '../snapshot/stateShape.ts';

/**
 * Events of one daemon, with the state before the first and what was decided at each: JSON lines, the head first.
 * `hactl replay` runs them through the core again.
 */
export interface RecordingHead {
  /** The version of this format. */
  readonly recording: 1;
  /** Of the daemon that recorded. */
  readonly version: string;
  readonly node: string;
  /** Before the first event. */
  readonly state: NodeState;
}

export interface RecordedEvent {
  readonly event: Event;
  readonly decided: readonly RecordedDecision[];
  /** What was asked of the outside, beats and lines of the journal apart: `start db of site`. */
  readonly did: readonly string[];
}

export interface RecordedDecision {
  readonly group: string;
  readonly rule: string;
  readonly evidence?: string | undefined;
}

export interface Recording {
  readonly head: RecordingHead;
  readonly events: readonly RecordedEvent[];
  /** The last line was cut short: the daemon died while it wrote. */
  readonly isCut: boolean;
}

export type ParsedRecording =
  | { readonly ok: true; readonly recording: Recording }
  /** Which line differs from the format, and where. */
  | { readonly ok: false; readonly sentence: string };

export function headLine(head: RecordingHead): string {
  return `${JSON.stringify(head, writeNumber)}\n`;
}

export function eventLine(event: Event, effects: readonly Effect[]): string {
  const line: RecordedEvent = { event, decided: decisionsOf(effects), did: deedsOf(effects) };
  return `${JSON.stringify(line, writeNumber)}\n`;
}

export function decisionsOf(effects: readonly Effect[]): readonly RecordedDecision[] {
  return effects.flatMap((effect) => {
    if (effect.type !== 'record' || effect.entry.id !== 'decided') return [];
    const { group = '', rule = '', evidence } = effect.entry;
    return [evidence === undefined ? { group, rule } : { group, rule, evidence }];
  });
}

/** What was done, in words that stay the same from one version to the next. */
export function deedsOf(effects: readonly Effect[]): readonly string[] {
  return effects.flatMap((effect) => {
    switch (effect.type) {
      case 'send':
      case 'record':
        return [];
      case 'startJob':
        return [`${effect.spec.action} ${effect.spec.resource} of ${effect.spec.group}`];
      case 'answer':
        return [`answer ${effect.answer.kind}`];
      default:
        return ['group' in effect ? `${effect.type} ${String(effect.group)}` : effect.type];
    }
  });
}

/** Checks a recording from a socket or a file. Events are checked by the core itself: see `hactl replay`. Never throws. */
export function parseRecording(source: string): ParsedRecording {
  if (source.length > snapshotCharsMax) return no(1, `it has more than ${snapshotCharsMax} characters`);
  const lines = source.split('\n');
  const last = lines.pop() ?? '';
  const [first = '', ...rest] = lines;
  const head = readJson(first);
  if (!head.ok) return no(1, head.sentence);
  const headProblem = headShape(head.value, '');
  if (headProblem !== undefined) return no(1, headProblem);
  const events: RecordedEvent[] = [];
  for (const [index, line] of rest.entries()) {
    const read = readJson(line);
    if (!read.ok) return no(index + 2, read.sentence);
    const problem = eventShape(read.value, '');
    if (problem !== undefined) return no(index + 2, problem);
    events.push(withForm(read.value as RecordedEvent));
  }
  return { ok: true, recording: { head: head.value as RecordingHead, events, isCut: last !== '' } };
}

/** Earlier versions did not record it, and made nothing of what a beat does not name. */
function withForm(line: RecordedEvent): RecordedEvent {
  const { event } = line;
  const isUntold = event.type === 'beatHeard' && !Object.hasOwn(event, 'isShort');
  return isUntold ? { ...line, event: { ...event, isShort: true } } : line;
}

const headShape = object<RecordingHead>({
  recording: basic('1', (value) => value === 1),
  version: text,
  node: text,
  state: stateShape,
});

const eventShape = object<RecordedEvent>({
  event: object<Pick<Event, 'type' | 'atMs' | 'wallMs'>>({ type: text, atMs: number, wallMs: number }),
  decided: list(object<RecordedDecision>({ group: text, rule: text, evidence: optional(text) })),
  did: list(text),
});

function no(line: number, problem: string): ParsedRecording {
  return { ok: false, sentence: `it is no recording that this version reads: line ${line}: ${problem}` };
}
