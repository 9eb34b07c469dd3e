import type { Effect } from './effect.ts';
import type { Entry, EntryId } from './entry.ts';

/** The time of the event that is being worked on, and what it causes. */
export interface Moment {
  readonly atMs: number;
  readonly wallMs: number;
  readonly effects: Effect[];
}

/** Writes one line of the journal. */
export function record(
  moment: Moment,
  id: EntryId,
  sentence: string,
  more: Partial<Pick<Entry, 'level' | 'group' | 'rule' | 'evidence' | 'facts'>> = {},
): void {
  const { atMs, wallMs } = moment;
  moment.effects.push({ type: 'record', entry: { id, atMs, wallMs, level: 'info', sentence, ...more } });
}
