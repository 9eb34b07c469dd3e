import {
  decisionsOf,
  deedsOf,
  type RecordedDecision,
  type RecordedEvent,
  type Recording,
} from '../../control/recording/recording.ts';
import { step } from '../../core/step.ts';

/** What came of running a recording through the core of this version. */
export interface Replayed {
  readonly node: string;
  /** That recorded. */
  readonly version: string;
  readonly events: number;
  readonly fromWallMs: number;
  readonly toWallMs: number;
  /** The decisions that came out as they were recorded, in order. */
  readonly decisions: readonly ReplayedDecision[];
  /** The first event at which something else comes out; undefined: nothing does. */
  readonly difference: Difference | undefined;
  readonly isCut: boolean;
}

export interface ReplayedDecision extends RecordedDecision {
  /** Counted from 1. */
  readonly event: number;
  readonly type: string;
  readonly wallMs: number;
}

export interface Difference {
  readonly event: number;
  readonly type: string;
  readonly wallMs: number;
  readonly recorded: Outcome;
  /** Undefined where the core breaks off. */
  readonly now: Outcome | undefined;
  readonly problem: string | undefined;
}

export interface Outcome {
  readonly decided: readonly RecordedDecision[];
  readonly did: readonly string[];
}

/** Runs the events through the shipped `step`, one after the other, up to the first difference. Never throws. */
export function replayed({ head, events, isCut }: Recording): Replayed {
  const decisions: ReplayedDecision[] = [];
  let { state } = head;
  let difference: Difference | undefined;
  for (const [index, recorded] of events.entries()) {
    const { type, wallMs } = recorded.event;
    const at = { event: index + 1, type, wallMs };
    const taken = taking(state, recorded.event);
    if (typeof taken === 'string') {
      difference = { ...at, recorded: outcomeOf(recorded), now: undefined, problem: taken };
      break;
    }
    const now = { decided: decisionsOf(taken.effects), did: deedsOf(taken.effects) };
    if (JSON.stringify(now) !== JSON.stringify(outcomeOf(recorded))) {
      difference = { ...at, recorded: outcomeOf(recorded), now, problem: undefined };
      break;
    }
    decisions.push(...now.decided.map((decision) => ({ ...decision, ...at })));
    ({ state } = taken);
  }
  return {
    node: head.node,
    version: head.version,
    events: events.length,
    fromWallMs: events[0]?.event.wallMs ?? 0,
    toWallMs: events.at(-1)?.event.wallMs ?? 0,
    decisions,
    difference,
    isCut,
  };
}

/** What the core makes of an event; a sentence where it breaks off: the event may be anything. */
function taking(state: Recording['head']['state'], event: RecordedEvent['event']): ReturnType<typeof step> | string {
  try {
    return step(state, event, event);
  } catch (error) {
    const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return `the core breaks off: ${line}`;
  }
}

/** With its fields in the order of this version. */
function outcomeOf({ decided, did }: RecordedEvent): Outcome {
  const ordered = decided.map(({ group, rule, evidence }) =>
    evidence === undefined ? { group, rule } : { group, rule, evidence },
  );
  return { decided: ordered, did };
}
