/** What the demo found, and its last line with `--json`. */
export interface Outcome {
  readonly ok: boolean;
  readonly steps: readonly StepOutcome[];
}

export interface StepOutcome {
  readonly name: string;
  readonly ok: boolean;
  /** The longest time in which the floating address did not answer, from its first answer on. */
  readonly outageMs: number;
  readonly checks: readonly Check[];
}

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** Of a check that failed: what was seen instead. */
  readonly because?: string;
}

export function stepOutcome(name: string, outageMs: number, checks: readonly Check[]): StepOutcome {
  const ok = checks.length > 0 && checks.every((check) => check.ok);
  return { name, ok, outageMs: Math.round(outageMs * 10) / 10, checks };
}

/** Ok only if every check of every step held. */
export function outcomeOf(steps: readonly StepOutcome[]): Outcome {
  return { ok: steps.length > 0 && steps.every((step) => step.ok), steps };
}
