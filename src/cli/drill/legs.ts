import type { Outcome } from '../../control/controlClient.ts';
import { eventsLimitMax } from '../../control/parseRequest.ts';
import { askDaemon, type Call } from '../daemon.ts';

/** One way of a drill: a planned move, typed on this node. */
export interface Leg {
  readonly verb: 'takeover' | 'release';
  readonly group: string;
  readonly from: string;
  readonly to: string;
}

export interface LegResult {
  readonly leg: Leg;
  readonly outcome: Outcome;
  /** From the begin of the stops to the end of the starts; undefined where it did not come to that. */
  readonly outageMs: number | undefined;
}

/** There and back, from the node that owns the group. */
export function legsOf(group: string, owner: string, self: string, peer: string): readonly [Leg, Leg] {
  const other = owner === self ? peer : self;
  const there = { verb: owner === self ? 'release' : 'takeover', group, from: owner, to: other } as const;
  const back = { verb: owner === self ? 'takeover' : 'release', group, from: other, to: owner } as const;
  return [there, back];
}

/** Orders the move, waits for it, and takes the outage from the journal of this node and from what the peer told. */
export async function runLeg(
  call: Call,
  leg: Leg,
  options: {
    readonly self: string;
    readonly timeoutMs: number;
    /** Ends the waiting, not the move. */
    readonly signal: AbortSignal;
    onStep(sentence: string): void | Promise<void>;
  },
): Promise<LegResult> {
  const { verb, group } = leg;
  const { timeoutMs, signal } = options;
  const began = { atMs: monotonicMs(), wallMs: Date.now() };
  const steps: Moment[] = [];
  const outcome = await askDaemon(
    call,
    { verb, groups: [group], wait: true, reason: 'drill' },
    (line) => {
      if (line.type !== 'step') return undefined;
      steps.push({ atMs: monotonicMs(), sentence: line.sentence });
      return options.onStep(line.sentence);
    },
    { firstLineMs: timeoutMs, totalMs: timeoutMs, signal },
  );
  if (outcome.kind !== 'answered' || outcome.line.type !== 'done') return { leg, outcome, outageMs: undefined };
  const endMs = monotonicMs();
  const journal = await journalSince(call, group, began);
  const stop = timeOf(
    leg.from === options.self ? journal : steps,
    leg.from === options.self ? /^stopping / : / is stopping$/,
  );
  const up = leg.to === options.self ? timeOf(journal, / is active on /) : timeOf(steps, / is active$/);
  return { leg, outcome, outageMs: stop === undefined ? undefined : Math.max(0, (up ?? endMs) - stop) };
}

interface Moment {
  readonly atMs: number;
  readonly sentence: string;
}

/** CLOCK_MONOTONIC, as the journal has it: a clock that is set in the middle of a move is no outage. */
function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

async function journalSince(
  call: Call,
  group: string,
  began: { readonly atMs: number; readonly wallMs: number },
): Promise<readonly Moment[]> {
  const moments: Moment[] = [];
  // The clock may have been set back since.
  const sinceMs = Math.min(began.wallMs, Date.now() - (monotonicMs() - began.atMs));
  await askDaemon(call, { verb: 'events', since: new Date(sinceMs).toISOString(), limit: eventsLimitMax }, (line) => {
    if (line.type !== 'event') return;
    const { id, group: of, atMs, sentence } = line.event;
    const isRole = id === 'role-changed' && of === group;
    if (!isRole || typeof atMs !== 'number' || typeof sentence !== 'string') return;
    if (atMs >= began.atMs) moments.push({ atMs, sentence });
  });
  return moments;
}

function timeOf(moments: readonly Moment[], pattern: RegExp): number | undefined {
  return moments.find(({ sentence }) => pattern.test(sentence))?.atMs;
}
