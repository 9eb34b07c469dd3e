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
import { join } from 'node:path';
import { Verdict } from './test/verdict.ts';

/** Of the files; the tests of this script have others. */
const root = process.env['TWINBEAT_TEST_ROOT'] ?? join(import.meta.dirname, '..');
/** Most tests wait more than they compute; with three at a time on two cores the timings of some begin to suffer. */
const filesAtOnce = 2;
/** More files than this fail for one reason, which a second run does not mend. */
const repeatedFilesMax = 3;

const wanted = process.argv.slice(2);
const files = globSync('test/**/*.test.ts', { cwd: root })
  .filter((file) => wanted.length === 0 || wanted.some((start) => file.startsWith(start)))
  .toSorted();
if (files.length === 0) throw new Error(`no test file begins with ${wanted.join(' or ')}`);
const needsMachines = (file: string): boolean => /^test\/(lab|systemd)\//.test(file);

const verdict = new Verdict(root);
await verdict.run(
  files.filter((file) => !needsMachines(file)),
  filesAtOnce,
);
await verdict.run(files.filter(needsMachines), 1);
const failed = verdict.failed();
if (failed.length <= repeatedFilesMax) await verdict.run(failed, 1);
const code = verdict.failed().length === 0 ? 0 : 1;
// What a failed test left behind must not hold the run.
process.stdout.write(verdict.summary(), () => process.exit(code));
