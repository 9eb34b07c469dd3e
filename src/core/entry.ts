/**
 * One line of the journal: what happened or was decided, and why, for a person at 3 a.m.
 *
 * `id` is stable and documented; `sentence` is prose and may change. `facts` is what the decision was made from.
 */
export interface Entry {
  readonly id: EntryId;
  readonly atMs: number;
  readonly wallMs: number;
  readonly level: 'info' | 'warning' | 'error';
  readonly group?: string;
  readonly rule?: string;
  readonly evidence?: string;
  readonly sentence: string;
  readonly facts?: Readonly<Record<string, unknown>>;
}

export type EntryId =
  | 'started'
  | 'decided'
  | 'role-changed'
  | 'claimed'
  | 'contest'
  | 'incident'
  | 'job-failed'
  | 'job-noted'
  | 'peer-heard'
  | 'peer-late'
  | 'peer-silent'
  | 'peer-restarted'
  | 'peer-left'
  | 'channel-up'
  | 'channel-down'
  | 'channel-hint'
  | 'jeopardy'
  | 'jeopardy-over'
  | 'stalled'
  | 'settled'
  | 'address-answered'
  | 'address-unasked'
  | 'address-missing'
  | 'carrier-lost'
  | 'carrier-back'
  | 'ping-lost'
  | 'ping-back'
  | 'watchdog'
  | 'runner-lost'
  | 'runner-connected'
  | 'save-failed'
  | 'operator'
  | 'sync'
  | 'stale'
  | 'config-changed'
  | 'witness-answer'
  | 'witness-silent'
  | 'witness-heard'
  | 'leaving'
  | 'fence'
  | 'fence-lied'
  | 'fence-test';
