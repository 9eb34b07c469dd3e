import { keyOf } from './coreMutants.ts';

/** A comparison that may be turned round without any difference that a test could see. */
export interface Equivalent {
  /** In src/core. */
  readonly file: string;
  /** The whole line, without the blanks around it. */
  readonly line: string;
  readonly operator: string;
  /** Which of them, where the same operator comes again in the same line or in the same words elsewhere in the file. */
  readonly nth?: number;
  readonly reason: string;
}

export const equivalent: readonly Equivalent[] = [];

export function keyOfEquivalent({ file, line, operator, nth }: Equivalent): string {
  return keyOf(file, line, operator, nth ?? 1);
}
