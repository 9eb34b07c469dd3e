import type { Mutant } from './mutant.ts';

/** The table of docs/testing.md. */
export function tableOf(mutants: readonly Mutant[]): string {
  const rows = mutants.map(({ row, file, off, says }) => `| ${row} | ${off} | “${says}” | \`${file}\` |`);
  return ['| row | switched off | then the test fails with | file |', '|---|---|---|---|', ...rows].join('\n');
}
