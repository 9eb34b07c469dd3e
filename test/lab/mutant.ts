import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../../lab/command.ts';
import { change, copyOfCheckout, type Edit } from './changedCheckout.ts';

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

/** What a lab needs of the checkout. */
const copied = ['bin', 'lab', 'resource.d', 'scripts', 'src', 'test/lab', 'package.json'];
const testTimeoutMs = 120_000;

/** Runs the mutant's test in a copy of the checkout, and removes the copy. */
export async function runMutant(mutant: Mutant): Promise<Verdict> {
  const copy = copyOfCheckout(copied);
  try {
    const problem = change(copy, mutant.edits);
    if (problem !== undefined) return { kind: 'elsewhere', output: problem };
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
