import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { rules } from '../../../src/core/rules.ts';
import { comparisonsIn, opposite, withSwitches } from './comparisons.ts';

export const checkout = resolve(import.meta.dirname, '../../..');

/** The core with one thing switched off. */
export interface CoreMutant {
  /** `evidence.ts:41 === as !==`, or `rule peer-holds`: where to look. */
  readonly name: string;
  /** The same without the line's number: stable as long as the line is. */
  readonly key: string;
  /** Of what the file says: a verdict goes for that. */
  readonly digest: string;
}

/** Each comparison of the core, then each rule but the last, which always applies. The place in this list is its number. */
export function coreMutants(): readonly CoreMutant[] {
  return [...coreFiles().flatMap(comparisonMutants), ...ruleMutants()];
}

/** How `file.ts: the line | ===` names a comparison; `nth` where the same line and operator come again in the file. */
export function keyOf(file: string, line: string, operator: string, nth: number): string {
  return `${file}: ${line} | ${operator}${nth === 1 ? '' : ` (${nth})`}`;
}

/** The files of the core in which everything can be switched off while they run, by their paths in the checkout. */
export function switchableCore(): ReadonlyMap<string, string> {
  let from = 0;
  const texts = new Map<string, string>();
  for (const file of coreFiles()) {
    const text = textOf(file);
    texts.set(file, file === decidingFile ? withSwitchedRules(withSwitches(text, from)) : withSwitches(text, from));
    from += comparisonsIn(text).length;
  }
  return texts;
}

const rulesFile = 'src/core/rules.ts';
const decidingFile = 'src/core/decide.ts';
const decision = '(candidate) => candidate.when(facts)';

function withSwitchedRules(text: string): string {
  if (text.split(decision).length !== 2) throw new Error(`${decidingFile} decides in other words than ${decision}`);
  return text.replace(decision, '(candidate) => switches.has(candidate.id) && candidate.when(facts)');
}

function ruleMutants(): readonly CoreMutant[] {
  const digest = digestOf(textOf(rulesFile));
  return rules.slice(0, -1).map(({ id }) => ({ name: `rule ${id}`, key: `rule ${id}`, digest }));
}

function comparisonMutants(file: string): readonly CoreMutant[] {
  const text = textOf(file);
  const lines = text.split('\n');
  const digest = digestOf(text);
  const short = file.slice('src/core/'.length);
  const perLine = new Map<string, number>();
  const perKey = new Map<string, number>();
  return comparisonsIn(text).map(({ line, operator }) => {
    const nth = count(perLine, `${line} ${operator}`);
    const name = `${short}:${line} ${operator} as ${opposite[operator]}${nth === 1 ? '' : ` (${nth})`}`;
    const said = lines[line - 1]?.trim() ?? '';
    return { name, key: keyOf(short, said, operator, count(perKey, `${said} ${operator}`)), digest };
  });
}

function coreFiles(): readonly string[] {
  return globSync('src/core/*.ts', { cwd: checkout }).toSorted();
}

function textOf(file: string): string {
  return readFileSync(join(checkout, file), 'utf8');
}

function count(seen: Map<string, number>, what: string): number {
  const times = (seen.get(what) ?? 0) + 1;
  seen.set(what, times);
  return times;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
