import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { runCommand } from '../../lab/command.ts';

/** One exact change of a text: `from` stands there once. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** A copy of the checkout in which something is switched off, and the test that has to notice. */
export interface Mutant {
  /** The test's file in test/lab/acceptance, without `.test.ts`. */
  readonly file: string;
  /** How the title of the test begins. */
  readonly row: string;
  /** What is switched off, for docs/testing.md. */
  readonly off: string;
  readonly edits: readonly Edit[];
  /** Part of what the failing assertion says: a test that fails for another reason has noticed nothing. */
  readonly says: string;
}

export type Verdict =
  /** The test failed with the expected words. */
  | { readonly kind: 'noticed' }
  /** The test passed: it does not protect what it says. */
  | { readonly kind: 'survived' }
  /** The test failed, or could not run, for another reason. */
  | { readonly kind: 'elsewhere'; readonly output: string };

export const checkout = resolve(import.meta.dirname, '../..');
/** What a lab needs of the checkout. The packages are shared. */
const copied = ['bin', 'lab', 'resource.d', 'scripts', 'src', 'test/lab', 'package.json'];
const shared = ['node_modules', '.cache'];
const testTimeoutMs = 120_000;

/** Runs the mutant's test in a copy of the checkout, and removes the copy. */
export async function runMutant(mutant: Mutant): Promise<Verdict> {
  const copy = mkdtempSync(join(tmpdir(), 'twinbeat-mutant-'));
  try {
    for (const name of copied) cpSync(join(checkout, name), join(copy, name), { recursive: true });
    for (const name of shared) symlinkSync(join(checkout, name), join(copy, name));
    for (const edit of mutant.edits) {
      const path = join(copy, edit.file);
      const problem = problemWith(readFileSync(path, 'utf8'), edit);
      if (problem !== undefined) return { kind: 'elsewhere', output: problem };
      writeFileSync(
        path,
        readFileSync(path, 'utf8').replace(edit.from, () => edit.to),
      );
    }
    const test = join(copy, 'test/lab/acceptance', `${mutant.file}.test.ts`);
    const pattern = `^${mutant.row.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}`;
    // The surrounding run of tests, if any, must not take this one for a part of it.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const words = [process.execPath, '--test', '--test-reporter=tap', `--test-name-pattern=${pattern}`, test];
    const { code, stdout, stderr } = await runCommand(words, {
      timeoutMs: testTimeoutMs,
      env: { ...env, CI: '1' },
    });
    const output = `${stdout}${stderr}`;
    if (code === 0) return /^# pass [1-9]/m.test(output) ? { kind: 'survived' } : { kind: 'elsewhere', output };
    const errors = [...output.matchAll(/^ +error: (?:\|-\n)?((?:.*\n){1,6})/gm)].map(([, text]) => text).join('\n');
    return errors.includes(mutant.says)
      ? { kind: 'noticed' }
      : { kind: 'elsewhere', output: errors === '' ? output : errors };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Undefined when the text to change is there exactly once. Otherwise the mutant has to be written anew. */
export function problemWith(text: string, { file, from }: Edit): string | undefined {
  const count = text.split(from).length - 1;
  return count === 1 ? undefined : `${file} has ${count} times what a mutant changes, and should have it once: ${from}`;
}
