import { withResource } from './jobs.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import type { GroupState, Trouble } from './state.ts';

const backoffMsMin = 10_000;
const backoffMsMax = 300_000;

/** Writes down that a resource failed. `giveUp`: not to be restarted here, whatever the count says. */
export function noteFailure(
  group: GroupState,
  resource: string,
  detail: string,
  how: 'count' | 'giveUp',
  moment: Moment,
): GroupState {
  const { countMax, windowMs } = group.config.restarts;
  const recent = group.trouble.failedAtMs.filter((failedAtMs) => moment.atMs - failedAtMs < windowMs);
  const failedAtMs = [...recent, moment.atMs].slice(-(countMax + 1));
  const isGivingUp = how === 'giveUp' || failedAtMs.length > countMax;
  const sentence = `${resource}: ${detail}`;
  const what = isGivingUp ? 'giving the group up here' : 'restarting it here';
  record(moment, 'job-failed', `${sentence}; ${what}`, {
    level: 'error',
    group: group.config.name,
  });
  const trouble: Trouble = { ...group.trouble, failedAtMs, sentence, isGivingUp };
  return { ...withResource(group, resource, { state: 'failed', detail }), trouble };
}

/** After a group was given up: not again before a pause that doubles each time, until it has worked for a while. */
export function startBackoff(trouble: Trouble, atMs: number): Trouble {
  const hasWorkedLong = atMs - trouble.backoffUntilMs >= backoffMsMax;
  const backoffs = hasWorkedLong ? 0 : trouble.backoffs;
  const pauseMs = Math.min(backoffMsMax, backoffMsMin * 2 ** Math.min(backoffs, 10));
  return {
    ...trouble,
    isGivingUp: false,
    failedAtMs: [],
    backoffs: backoffs + 1,
    backoffUntilMs: atMs + pauseMs,
  };
}
