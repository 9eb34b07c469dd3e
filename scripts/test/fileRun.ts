import { join } from 'node:path';
import { run } from 'node:test';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

export interface Failure {
  readonly name: string;
  readonly error: string;
}

export interface Counts {
  readonly tests: number;
  readonly suites: number;
  readonly passed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly skipped: number;
  readonly todo: number;
}

/** What became of a test file in one run. */
export interface FileRun {
  readonly file: string;
  readonly isOk: boolean;
  readonly failures: readonly Failure[];
  readonly counts: Counts;
  readonly events: readonly TestEvent[];
}

/** The longest takes three minutes, more on a slow machine. One that holds on to something never ends by itself. */
const fileMinutesMax = 10;

/** What the types of Node leave out. */
interface FailedTest extends Error {
  readonly failureType?: string;
  /** Of a file that failed as a whole. */
  readonly exitCode?: number | null;
  readonly signal?: NodeJS.Signals | null;
}

/** Runs one test file in a process of its own. A file that cannot be run, or dies, has failed. */
export async function runFile(root: string, file: string): Promise<FileRun> {
  const events: TestEvent[] = [];
  const failures: Failure[] = [];
  let isOk = false;
  let counts: Counts = { tests: 0, suites: 0, passed: 0, failed: 0, cancelled: 0, skipped: 0, todo: 0 };
  const tooLong = new AbortController();
  const reason = new Error(`it did not end within ${fileMinutesMax} minutes`);
  const timer = setTimeout(() => tooLong.abort(reason), fileMinutesMax * 60 * 1000);
  const stream = run({ files: [join(root, file)], cwd: root, signal: tooLong.signal });
  for await (const event of stream as AsyncIterable<TestEvent>) {
    if (event.type === 'test:summary') {
      if (event.data.file === undefined) [isOk, counts] = [event.data.success, event.data.counts as unknown as Counts];
    } else if (!isCount(event)) events.push(event);
    if (event.type !== 'test:fail') continue;
    const error = event.data.details.error as FailedTest;
    if (error.failureType === 'subtestsFailed') continue;
    const ended = error.exitCode === undefined ? '' : ` (${error.signal ?? `exit code ${error.exitCode}`})`;
    const cause = error.cause ?? error;
    failures.push({ name: event.data.name, error: `${typeof cause === 'string' ? cause : inspect(cause)}${ended}` });
  }
  clearTimeout(timer);
  return { file, isOk: isOk && failures.length === 0, failures, counts, events };
}

/** The lines `tests 12` and so on at the end of a run. */
function isCount(event: TestEvent): boolean {
  return event.type === 'test:diagnostic' && event.data.nesting === 0 && countLine.test(event.data.message);
}

const countLine = /^(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;
