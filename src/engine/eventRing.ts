import type { Effect } from '../core/effect.ts';
import type { Event } from '../core/event.ts';
import type { NodeState } from '../core/state.ts';
import type { Recorder } from './ports.ts';

/** What happened between two states that are kept: enough to run it through the core again. */
export interface Segment {
  /** Before the first of the steps. */
  readonly before: NodeState;
  readonly steps: readonly RecordedStep[];
}

export interface RecordedStep {
  readonly event: Event;
  readonly effects: readonly Effect[];
}

/** A state is kept for every so many events: the oldest events are forgotten together. */
const segmentLength = 64;
/** At a beat each 200 ms on three channels these are some 20 s. */
const segmentsMax = 8;

/**
 * The newest events, with the states that they came to. States are never changed in place, so that keeping one costs
 * nothing but its memory; nothing is copied or written here, which is on the path of the beats.
 */
export class EventRing implements Recorder {
  readonly #onDecision: () => void;
  readonly #segments: { readonly before: NodeState; readonly steps: RecordedStep[] }[] = [];

  /** `onDecision`: a step has decided something; called from within it. */
  constructor(onDecision: () => void) {
    this.#onDecision = onDecision;
  }

  note(before: NodeState, event: Event, effects: readonly Effect[]): void {
    const last = this.#segments.at(-1);
    if (last === undefined || last.steps.length >= segmentLength) {
      this.#segments.push({ before, steps: [{ event, effects }] });
      if (this.#segments.length > segmentsMax) this.#segments.shift();
    } else last.steps.push({ event, effects });
    if (effects.some((effect) => effect.type === 'record' && effect.entry.id === 'decided')) this.#onDecision();
  }

  /** As they are now; what comes later does not change them. */
  segments(): readonly Segment[] {
    return this.#segments.map(({ before, steps }) => ({ before, steps: [...steps] }));
  }
}
