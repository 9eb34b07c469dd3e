/**
 * Types, lint and the tests of the pure parts, all at once: for the ten seconds between two thoughts. The test files
 * share a process, which saves each its start; `npm test` gives each one of its own, and runs also what tries everything.
 *
 *     npm run quick
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
/** What tries everything takes a third of the time. */
const exhaustive = 'over every combination|anything in the place of anything|drawn at random|any place in any text';
const tests = ['--test', '--test-isolation=none', '--test-reporter=dot', `--test-skip-pattern=/${exhaustive}/`];
const checks: Readonly<Record<string, readonly string[]>> = {
  types: ['tsc'],
  lint: ['oxlint'],
  'tests of core': ['node', ...tests, 'test/core/**/*.test.ts', 'test/tidy.test.ts'],
  'tests of wire, config and control': ['node', ...tests, 'test/{wire,config,control}/**/!(hostile).test.ts'],
};

const failed = (
  await Promise.all(
    Object.entries(checks).map(async ([name, words]) => {
      const { code, output } = await run(words);
      process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'}  ${name}\n${code === 0 ? '' : output}`);
      return code === 0 ? [] : [name];
    }),
  )
).flat();
if (failed.length > 0) process.stdout.write(`\nFailed: ${failed.join(', ')}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;

function run([command = '', ...args]: readonly string[]): Promise<{
  readonly code: number | null;
  readonly output: string;
}> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (part: Buffer) => parts.push(part));
    child.stderr.on('data', (part: Buffer) => parts.push(part));
    child.on('error', (error) => resolve({ code: 1, output: `${error.message}\n` }));
    child.on('close', (code) => resolve({ code, output: Buffer.concat(parts).toString() }));
  });
}
