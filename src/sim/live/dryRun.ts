import type { AnswerToOperator } from '../../core/answer.ts';
import type { Effect } from '../../core/effect.ts';
import type { OperatorWish } from '../../core/event.ts';
import { type Step, step } from '../../core/step.ts';
import type { LiveMoment } from './peerGroup.ts';

/** What the daemon would answer to `--dry-run` now: the core is asked, and its new state thrown away. */
export function dryRun({ state, atMs, wallMs }: LiveMoment, wish: OperatorWish): AnswerToOperator {
  const asked = 'isDryRun' in wish ? { ...wish, isDryRun: true } : wish;
  const answer = answered(() =>
    step(state, { type: 'operatorAsked', request: 'dry-run', wish: asked }, { atMs, wallMs }),
  );
  if (typeof answer === 'string') return { kind: 'refused', sentence: answer, next: 'hactl version' };
  if (answer?.type === 'answer') return answer.answer;
  return { kind: 'refused', sentence: 'the daemon would answer later', next: 'hactl status' };
}

/** The answer among the effects; a sentence where the core breaks off: a snapshot may say anything. */
function answered(take: () => Step): Effect | string | undefined {
  try {
    return take().effects.find((effect) => effect.type === 'answer');
  } catch (error) {
    const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return `the core breaks off: ${line}`;
  }
}
