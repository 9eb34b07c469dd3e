import type { AnswerToOperator } from './answer.ts';
import type { Beat } from './beat.ts';
import type { DurableState } from './durable.ts';
import type { Entry } from './entry.ts';
import type { JobId, JobSpec } from './job.ts';
import type { WitnessRequest } from './witnessWords.ts';

/**
 * Everything a node can ask of the outside. Effects are carried out in the order of the list.
 *
 * `save` is answered by `saved` or `saveFailed` with its revision; nothing that must be durable first
 * is asked for in the same list: the core waits for the answer.
 */
export type Effect =
  | { readonly type: 'send'; readonly beat: Beat; readonly channel: number; readonly isShort: boolean }
  | { readonly type: 'startJob'; readonly spec: JobSpec }
  | { readonly type: 'adoptJob'; readonly job: JobId }
  | { readonly type: 'renew'; readonly group: string; readonly epochCounter: number }
  | { readonly type: 'ask'; readonly group: string; readonly ask: number; readonly waitMs: number }
  | { readonly type: 'askWitness'; readonly ask: number; readonly waitMs: number; readonly request: WitnessRequest }
  | { readonly type: 'announce'; readonly group: string }
  | { readonly type: 'dropAddresses'; readonly group: string }
  /** `afterMs` undefined withdraws the order. */
  | {
      readonly type: 'setDeadMan';
      readonly group: string;
      readonly afterMs: number | undefined;
      readonly epochCounter: number;
    }
  /** Fences the peer; `withinMs` bounds all its levels together. Answered by `fenced`. */
  | { readonly type: 'fence'; readonly fence: string; readonly withinMs: number }
  | { readonly type: 'testFence'; readonly fence: string; readonly withinMs: number }
  | { readonly type: 'watchdog'; readonly order: 'arm' | 'pet' | 'disarm' }
  | { readonly type: 'save'; readonly revision: number; readonly durable: DurableState }
  | { readonly type: 'record'; readonly entry: Entry }
  | { readonly type: 'answer'; readonly request: string; readonly answer: AnswerToOperator }
  | { readonly type: 'exit'; readonly code: number };
