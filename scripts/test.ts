/**
 * Runs all tests and ends with one summary: first those that need a process or two, several files at a time, then those
 * that pretend machines, one file at a time, because they measure time.
 *
 * A few files that failed are run once more, each alone: on a busy machine a test that measures time can miss it. The
 * run then says so by name; a failure that comes again, or failures of many files, fail the run.
 *
 *     npm test                          all
 *     npm test test/runner test/cli     those below these folders
 */
import { globSync } from 'node:fs';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec, type TestEvent } from 'node:test/reporters';

const root = join(import.meta.dirname, '..');
/** Most tests wait more than they compute; with three at a time on two cores the timings of some begin to suffer. */
const filesAtOnce = 2;
/** Of one file. The longest take a minute. */
const fileTimeoutMs = 10 * 60 * 1000;

/** More files than this fail for one reason, which a second run does not mend. */
const repeatedFilesMax = 3;
const failedFiles = new Set<string>();

const countNames = new Set(['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo', 'duration_ms']);

const wanted = process.argv.slice(2);
const files = globSync('test/**/*.test.ts', { cwd: root })
  .filter((file) => wanted.length === 0 || wanted.some((start) => file.startsWith(start)))
  .toSorted();
if (files.length === 0) throw new Error(`no test file begins with ${wanted.join(' or ')}`);
const needsMachines = (file: string): boolean => /^test\/(lab|systemd)\//.test(file);

const reporter = new spec();
reporter.pipe(process.stdout);
const counts = new Map<string, number>();
/** Makes the reporter list all failures that it has seen. */
let summary: TestEvent | undefined;
await runFiles(
  files.filter((file) => !needsMachines(file)),
  filesAtOnce,
);
await runFiles(files.filter(needsMachines), 1);
await repeatFailed();
if (summary !== undefined) reporter.write(summary);
for (const [name, count] of counts) {
  reporter.write({ type: 'test:diagnostic', data: { nesting: 0, message: `${name} ${count}`, level: 'info' } });
}
reporter.end();

async function runFiles(group: readonly string[], concurrency: number): Promise<void> {
  const options = { files: group.map((file) => join(root, file)), concurrency, timeout: fileTimeoutMs };
  for await (const event of run(options) as AsyncIterable<TestEvent>) {
    if (event.type === 'test:fail') failedFiles.add(relative(root, event.data.file ?? ''));
    const count = countIn(event);
    if (event.type === 'test:summary' && event.data.file === undefined) summary = event;
    else if (count === undefined) reporter.write(event);
    else counts.set(count.name, (counts.get(count.name) ?? 0) + count.value);
  }
}

async function repeatFailed(): Promise<void> {
  const repeated = [...failedFiles];
  if (repeated.length > 0) process.exitCode = 1;
  if (repeated.length === 0 || repeated.length > repeatedFilesMax || repeated.includes('')) return;
  failedFiles.clear();
  await runFiles(repeated, 1);
  const held = repeated.filter((file) => !failedFiles.has(file));
  for (const file of held) process.stdout.write(`failed at first, and held when it was run again alone: ${file}\n`);
  if (failedFiles.size === 0) process.exitCode = 0;
}

/** One of the lines that end a run, `tests 12` and so on, which are added up instead. */
function countIn(event: TestEvent): { readonly name: string; readonly value: number } | undefined {
  if (event.type !== 'test:diagnostic' || event.data.nesting !== 0) return undefined;
  const [name = '', value = ''] = event.data.message.split(' ');
  return countNames.has(name) ? { name, value: Number(value) } : undefined;
}
