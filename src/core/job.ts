/**
 * What can be asked of a resource.
 *
 * `start` asks for the status first and starts only what does not run; `stop` asks afterwards and is done
 * only when the resource is verified stopped; `sync` is the last, bounded sync of a planned move.
 */
export type JobAction = 'start' | 'stop' | 'status' | 'sync';

/** Names one job for ever: the daemon's incarnation and a counter. */
export type JobId = string;

export interface JobSpec {
  readonly job: JobId;
  readonly group: string;
  /** `ResourceConfig.name`. */
  readonly resource: string;
  readonly action: JobAction;
  readonly epochCounter: number;
  readonly timeoutMs: number;
}

export type JobOutcome =
  /** A start, a verified stop or a sync succeeded; `note` where it did so in an odd way. */
  | { readonly kind: 'done'; readonly note?: string }
  /** Answers to `status`. `position` counts transactions, where the resource knows them. */
  | { readonly kind: 'running'; readonly position?: number }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly detail: string }
  | { readonly kind: 'timedOut'; readonly afterMs: number; readonly detail: string }
  /** The script could not be run at all: missing, not executable, not in the runner's config. */
  | { readonly kind: 'notStarted'; readonly detail: string };
