import type { JobAction, JobOutcome } from '../core/job.ts';
import { unreachable } from '../core/unreachable.ts';
import { monotonicMs } from './monotonic.ts';

/** One resource under the hands: each call is bounded by `budgetMs` and never throws. */
export interface Hand {
  start(budgetMs: number): Promise<JobOutcome>;
  stop(budgetMs: number): Promise<JobOutcome>;
  status(budgetMs: number): Promise<JobOutcome>;
  sync(budgetMs: number): Promise<JobOutcome>;
}

/**
 * Carries an action out as `core/job.ts` promises it: a start asks for the status first and starts only what
 * does not run; a stop is done only when the status afterwards says stopped, whatever the stop itself said.
 */
export async function carryOut(
  action: JobAction,
  hand: Hand,
  timeoutMs: number,
  statusTimeoutMs: number,
): Promise<JobOutcome> {
  switch (action) {
    case 'status':
      return hand.status(timeoutMs);
    case 'sync':
      return hand.sync(timeoutMs);
    case 'start':
      return startUnlessRunning(hand, timeoutMs, statusTimeoutMs);
    case 'stop':
      return stopAndVerify(hand, timeoutMs, statusTimeoutMs);
    default:
      return unreachable(action);
  }
}

async function startUnlessRunning(hand: Hand, timeoutMs: number, statusTimeoutMs: number): Promise<JobOutcome> {
  const deadlineMs = monotonicMs() + timeoutMs;
  const before = await hand.status(Math.min(timeoutMs, statusTimeoutMs));
  switch (before.kind) {
    case 'running':
      return { kind: 'done', note: 'it was running already' };
    // What hangs or cannot be called at all must not be started beside itself.
    case 'timedOut':
      return { ...before, detail: `not started, because its status is unknown: ${before.detail}` };
    case 'notStarted':
      return before;
    case 'stopped':
    case 'failed':
    case 'done':
      return hand.start(Math.max(Math.round(deadlineMs - monotonicMs()), budgetMsMin));
    default:
      return unreachable(before);
  }
}

async function stopAndVerify(hand: Hand, timeoutMs: number, statusTimeoutMs: number): Promise<JobOutcome> {
  const stop = await hand.stop(timeoutMs);
  const after = await hand.status(statusTimeoutMs);
  const isClean = stop.kind === 'done';
  if (after.kind === 'stopped') {
    if (isClean) return stop;
    return { kind: 'done', note: `${sentenceOf(stop)}; its status says stopped` };
  }
  if (stop.kind === 'timedOut' || stop.kind === 'notStarted') return stop;
  const seen = after.kind === 'running' ? 'its status says running' : `its status is unknown: ${sentenceOf(after)}`;
  return { kind: 'failed', detail: isClean ? `stop succeeded, but ${seen}` : `${sentenceOf(stop)}; ${seen}` };
}

/** What a start gets at least, when its status check took the rest. */
const budgetMsMin = 100;

function sentenceOf(outcome: JobOutcome): string {
  return 'detail' in outcome ? outcome.detail : outcome.kind;
}
