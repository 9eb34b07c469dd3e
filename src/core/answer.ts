/** What an operator, or the syncer, is told. `next` is what to type; empty when nothing is needed. */
export type AnswerToOperator =
  | { readonly kind: 'accepted'; readonly sentence: string; readonly epochCounter?: number }
  | { readonly kind: 'refused'; readonly sentence: string; readonly next: string }
  /** It holds, and the disk does not know it yet: a restart before the disk takes it forgets it. */
  | { readonly kind: 'unsaved'; readonly sentence: string; readonly next: string };
