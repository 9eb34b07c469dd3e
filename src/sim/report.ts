import { evidenceSentences } from '../core/evidence.ts';
import { rules } from '../core/rules.ts';
import { accidents } from './faults.ts';
import type { Totals } from './runMany.ts';

export interface Report {
  readonly isGood: boolean;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** From so many seeds on, an accident, a rule or a class of evidence that never came is a fault of the simulator. */
const coverageSeedsMin = 2_000;
const shownMax = 30;

/** What a run has shown, for people and for programs. */
export function reportOf(totals: Totals, tookMs: number): Report {
  const { seeds, violations, coverage } = totals;
  // The last rule applies to what no other one is about; no story needs it.
  const decisive = rules.slice(0, -1);
  const missing = [
    ...Object.keys(accidents).map((kind) => `fault ${kind}`),
    ...decisive.map(({ id }) => `rule ${id}`),
    ...Object.keys(evidenceSentences).map((evidence) => `evidence ${evidence}`),
  ].filter((what) => coverage[what] === undefined);
  const isCovered = missing.length === 0 || seeds < coverageSeedsMin;
  const perSecond = Math.round((seeds / tookMs) * 1_000);
  const virtualHours = Math.round(totals.virtualMs / 36_000) / 100;
  const lines = [
    ...Object.entries(coverage).map(([what, count]) => `${String(count).padStart(9)} ${what}`),
    `${seeds} seeds, ${virtualHours} h of virtual time, ${perSecond} seeds a second: ${violations.length} violations`,
    ...violations
      .slice(0, shownMax)
      .map(({ seed, violation }) => `${violation?.sentence ?? ''}\n  again with: npm run sim -- --seed ${seed}`),
    ...(missing.length === 0 ? [] : [`never drawn: ${missing.join(', ')}`]),
  ];
  return {
    isGood: violations.length === 0 && isCovered,
    text: `${lines.join('\n')}\n`,
    json: {
      seeds,
      violations: violations.length,
      failing: violations.map(({ seed, violation }) => ({
        seed,
        invariant: violation?.invariant,
        sentence: violation?.sentence,
      })),
      missing,
      isCovered,
      virtualHours,
      seedsPerSecond: perSecond,
      coverage,
    },
  };
}
