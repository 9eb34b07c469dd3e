import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';

const script = join(import.meta.dirname, '../../scripts/test.ts');
const good = `import { test } from 'node:test'; test('fine', () => undefined);`;
const bad = `import { test } from 'node:test'; test('broken', () => { throw new Error('it is broken'); });`;
/** Fails as long as its own mark is not there. */
const late = `import { existsSync, writeFileSync } from 'node:fs'; import { test } from 'node:test';
test('late', () => {
  const mark = import.meta.filename + '.mark';
  if (existsSync(mark)) return;
  writeFileSync(mark, '');
  throw new Error('not at once');
});`;

test('files that hold are counted, and the run is good', (t) => {
  const { status, stdout } = run(t, { 'test/one.test.ts': good, 'test/lab/two.test.ts': good });
  assert.equal(status, 0, stdout);
  assert.match(stdout, /^ℹ tests 2$[^]*^ℹ pass 2$[^]*^ℹ fail 0$/m);
  assert.doesNotMatch(stdout, /✖|FAILED|held/);
});

test('a file that holds when it is run again alone is named, counts once, and is no failure', (t) => {
  const { status, stdout } = run(t, { 'test/one.test.ts': good, 'test/late.test.ts': late });
  assert.equal(status, 0, stdout);
  const summary = stdout.slice(stdout.indexOf('held when'));
  assert.match(
    summary,
    /^held when it was run again alone: test\/late\.test\.ts\n {2}at first not: late: Error: not at once\n/,
  );
  assert.match(summary, /^ℹ tests 2$[^]*^ℹ pass 2$[^]*^ℹ fail 0$/m);
  assert.doesNotMatch(summary, /✖|FAILED/);
});

test('a file that fails again fails the run, with its error', (t) => {
  const { status, stdout } = run(t, { 'test/one.test.ts': good, 'test/bad.test.ts': bad });
  assert.equal(status, 1, stdout);
  assert.match(stdout, /^✖ test\/bad\.test\.ts\n✖ broken\n {4}Error: it is broken$/m);
  assert.match(stdout, /^ℹ tests 2$[^]*^ℹ pass 1$[^]*^ℹ fail 1$[^]*^FAILED: test\/bad\.test\.ts$/m);
});

test('a test that another file declares is a test of the file that runs it', (t) => {
  const { status, stdout } = run(t, {
    'test/lab/row.ts': `import { test } from 'node:test'; export const row = (title, body) => test(title, body);`,
    'test/lab/rows.test.ts': `import { row } from './row.ts'; row('a row', () => { throw new Error('it is broken'); });`,
  });
  assert.equal(status, 1, stdout);
  assert.match(stdout, /^FAILED: test\/lab\/rows\.test\.ts$/m);
});

test('a file that dies, or fails after its last test, fails the run', (t) => {
  const { status, stdout } = run(t, {
    'test/dies.test.ts': 'process.exit(3);',
    'test/later.test.ts': `${good} setTimeout(() => { throw new Error('too late'); }, 50);`,
  });
  assert.equal(status, 1, stdout);
  assert.match(stdout, /test failed \(exit code 3\)[^]*^FAILED: test\/dies\.test\.ts\nFAILED: test\/later\.test\.ts$/m);
});

test('when many files fail, none is run again', (t) => {
  const names = ['a', 'b', 'c', 'd'];
  const { status, stdout } = run(t, Object.fromEntries(names.map((name) => [`test/${name}.test.ts`, late])));
  assert.equal(status, 1, stdout);
  assert.equal(stdout.match(/^FAILED: /gm)?.length, names.length);
});

test('words choose the files that begin so, and no file is an error', (t) => {
  const files = { 'test/one/one.test.ts': good, 'test/two/bad.test.ts': bad };
  assert.equal(run(t, files, 'test/one').status, 0);
  const { status, stderr } = run(t, files, 'test/three');
  assert.equal(status, 1);
  assert.match(stderr, /no test file begins with test\/three/);
});

function run(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  ...words: readonly string[]
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const root = mkdtempSync(join(tmpdir(), 'twinbeat-test-script-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), `${text}\n`);
  }
  // Told that it runs below a test, Node would run no tests.
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  const env = { ...environment, TWINBEAT_TEST_ROOT: root };
  return spawnSync(process.execPath, [script, ...words], { encoding: 'utf8', env });
}
