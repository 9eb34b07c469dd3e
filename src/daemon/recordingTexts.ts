import { eventLine, headLine } from '../control/recording/recording.ts';
import type { Segment } from '../engine/eventRing.ts';

/** Steps whose lines are made at once: a fraction of a millisecond. */
const atOnce = 16;

/** The recording of these segments in pieces, each made when it is asked for. */
export function* recordingTexts(segments: readonly Segment[], version: string): Generator<string, void, undefined> {
  const [first] = segments;
  if (first === undefined) return;
  yield headLine({ recording: 1, version, node: first.before.config.self, state: first.before });
  for (const { steps } of segments) {
    for (let from = 0; from < steps.length; from += atOnce) {
      const some = steps.slice(from, from + atOnce);
      yield some.map(({ event, effects }) => eventLine(event, effects)).join('');
    }
  }
}
