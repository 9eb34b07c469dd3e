/**
 * Switches off, one after the other, what the acceptance rows protect, and expects the row to fail.
 *
 *     npm run mutants              all of them, ten minutes
 *     npm run mutants A5 I10       those of these rows
 *     npm run mutants -- --list    the table of docs/testing.md
 */
import { mutants } from './acceptance/mutants.ts';
import { runMutant } from './mutant.ts';
import { tableOf } from './mutantTable.ts';

const words = process.argv.slice(2);
if (words.includes('--list')) console.log(tableOf(mutants));
else process.exitCode = await runAll();

async function runAll(): Promise<number> {
  const chosen = mutants.filter(({ row }) => words.length === 0 || words.some((word) => begins(row, word)));
  let failures = 0;
  for (const mutant of chosen) {
    const verdict = await runMutant(mutant);
    if (verdict.kind !== 'noticed') failures += 1;
    console.log(`${verdict.kind.padEnd(10)} ${mutant.row}: without “${mutant.off}”`);
    if (verdict.kind === 'elsewhere') console.log(verdict.output.slice(-6000));
  }
  console.log(`${chosen.length - failures} of ${chosen.length} were noticed`);
  return failures === 0 && chosen.length > 0 ? 0 : 1;
}

/** Whole words: `A1` does not mean `A10`. */
function begins(row: string, words: string): boolean {
  return row.startsWith(words) && !/\w/.test(row[words.length] ?? '');
}
