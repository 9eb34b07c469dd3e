import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { rules } from '../../../src/core/rules.ts';
import { comparisonsIn, opposite, turnedRound } from './comparisons.ts';

export const checkout = resolve(import.meta.dirname, '../../..');

/** The core with one thing switched off. */
export interface CoreMutant {
  /** `evidence.ts:41 ===`, or `rule peer-holds`: stable as long as the file is. */
  readonly name: string;
  readonly file: string;
  /** What the file says in the mutant. */
  readonly text: string;
}

/** Each rule but the last, which always applies, and each comparison of the core. */
export function coreMutants(): readonly CoreMutant[] {
  return [...ruleMutants(), ...comparisonMutants()];
}

const decision = 'rules.find((candidate) => candidate.when(facts))';

function ruleMutants(): readonly CoreMutant[] {
  const file = 'src/core/rules.ts';
  const text = readFileSync(join(checkout, file), 'utf8');
  if (text.split(decision).length !== 2) throw new Error(`${file} decides in other words than ${decision}`);
  return rules.slice(0, -1).map(({ id }) => {
    const without = `rules.find((candidate) => candidate.id !== '${id}' && candidate.when(facts))`;
    return { name: `rule ${id}`, file, text: text.replace(decision, without) };
  });
}

function comparisonMutants(): readonly CoreMutant[] {
  const files = globSync('src/core/*.ts', { cwd: checkout }).toSorted();
  return files.flatMap((file) => {
    const text = readFileSync(join(checkout, file), 'utf8');
    const perLine = new Map<number, number>();
    return comparisonsIn(text).map((comparison) => {
      const { line, operator } = comparison;
      const nth = (perLine.get(line) ?? 0) + 1;
      perLine.set(line, nth);
      const which = nth === 1 ? '' : ` (${nth})`;
      const name = `${file.slice('src/core/'.length)}:${line} ${operator} as ${opposite[operator]}${which}`;
      return { name, file, text: turnedRound(text, comparison) };
    });
  });
}
