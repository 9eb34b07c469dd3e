import type { Epoch } from '../../core/identity.ts';
import type { Lease } from '../../core/state.ts';
import { witnessVerdicts, witnessWishes } from '../../core/witnessWords.ts';
import { type Check, number, object, oneOf, optional, text } from '../shapes.ts';

const epoch = object<Epoch>({ counter: number, node: text });

/** What a node knows of the witness's lease of one group. */
export const leaseShape: Check = object<Lease>({
  grantedFromMs: optional(number),
  asked: optional(object<NonNullable<Lease['asked']>>({ id: number, atMs: number })),
  wish: optional(oneOf(witnessWishes)),
  nextAskAtMs: number,
  answer: optional(
    object<NonNullable<Lease['answer']>>({
      kind: oneOf(['answered']),
      verdict: oneOf(witnessVerdicts),
      holder: text,
      epoch,
      servedEpoch: epoch,
      renewedAgoMs: number,
      otherHeardAgoMs: optional(number),
      waitMs: number,
      atMs: number,
    }),
  ),
  unanswered: number,
});
