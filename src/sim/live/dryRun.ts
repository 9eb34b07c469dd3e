import type { AnswerToOperator } from '../../core/answer.ts';
import type { OperatorWish } from '../../core/event.ts';
import { step } from '../../core/step.ts';
import type { LiveMoment } from './peerGroup.ts';

/** What the daemon would answer to `--dry-run` now: the core is asked, and its new state thrown away. */
export function dryRun({ state, atMs, wallMs }: LiveMoment, wish: OperatorWish): AnswerToOperator {
  const asked = 'isDryRun' in wish ? { ...wish, isDryRun: true } : wish;
  const { effects } = step(state, { type: 'operatorAsked', request: 'dry-run', wish: asked, atMs, wallMs });
  const answer = effects.find((effect) => effect.type === 'answer');
  if (answer?.type === 'answer') return answer.answer;
  return { kind: 'refused', sentence: 'the daemon would answer later', next: 'hactl status' };
}
