import { closeSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { execa as Execa } from 'execa';
import { openKeptOutput, openOutputOfCall } from './outputFile.ts';
import { OutputTail } from './outputTail.ts';
import { endGroup } from './processes.ts';

export interface CallSpec {
  readonly path: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Where the output goes. */
  readonly outputPath: string;
  /** False: the file is for this call alone and is gone with it. */
  readonly isOutputKept: boolean;
  /** What it reads from its standard input; undefined: nothing. */
  readonly input?: string | undefined;
}

export interface CallListener {
  /** The program begins only when this has returned, and never when this process dies before. */
  onSpawned(pid: number): void;
  onLine(line: string): void;
}

export type CallResult =
  | { readonly kind: 'exited'; readonly code: number; readonly output: string }
  | { readonly kind: 'signalled'; readonly signal: string; readonly output: string }
  | { readonly kind: 'timedOut'; readonly afterMs: number; readonly detail: string; readonly output: string }
  | { readonly kind: 'notStarted'; readonly detail: string };

/**
 * Runs one program to its end or to its deadline.
 *
 * It leads a session of its own: the services that it starts outlive the runner, and a timeout ends every
 * process of its group, TERM then KILL. It answers at the latest `killGraceMs` and two seconds after the
 * deadline, whatever the processes do: only those that left the group, or that the kernel cannot end, remain.
 */
export async function callScript(spec: CallSpec, listener: CallListener): Promise<CallResult> {
  let execa: typeof Execa;
  try {
    // Loaded with the first script: a node with addresses alone never needs it, and is up sooner.
    ({ execa } = await import('execa'));
  } catch (error) {
    return { kind: 'notStarted', detail: `${spec.path} cannot be run: ${sentenceOf(error)}` };
  }
  let tail: OutputTail;
  let file: number;
  try {
    const { writer, reader, isLost } = spec.isOutputKept
      ? openKeptOutput(spec.outputPath)
      : { ...openOutputOfCall(spec.outputPath), isLost: false };
    file = writer;
    tail = new OutputTail(reader, (line) => listener.onLine(line));
    if (isLost) listener.onLine(`(no room in ${dirname(spec.outputPath)}: what it says is lost)`);
  } catch (error) {
    return {
      kind: 'notStarted',
      detail: `no file for the output in ${dirname(spec.outputPath)}: ${sentenceOf(error)}`,
    };
  }
  const draining = setInterval(() => tail.drain(), drainEveryMs);
  try {
    return await runToEnd(spec, { execa, file, tail, listener });
  } finally {
    clearInterval(draining);
    tail.close();
  }
}

/** Between TERM and KILL. */
export const killGraceMs = 5000;
/** Some turns of the loop. */
const hearMs = 50;

interface Call {
  readonly execa: typeof Execa;
  readonly file: number;
  readonly tail: OutputTail;
  readonly listener: CallListener;
}

async function runToEnd(spec: CallSpec, { execa, file, tail, listener }: Call): Promise<CallResult> {
  const output = file as 3; // Typed for 3 to 9, passed on whatever it is.
  const script = execa(
    shell,
    ['-c', spec.input === undefined ? waitForWord : waitForWordAndInput, gateName, spec.path, ...spec.args],
    {
      buffer: false,
      cleanup: false, // A dying runner must not stop what it has started.
      cwd: '/',
      env: spec.environment,
      extendEnv: false,
      killDescendants: true, // A session and a process group of its own.
      reject: false,
      stderr: output,
      stdin: 'pipe',
      stdout: output,
    },
  );
  closeSync(file);
  const { pid, stdin } = script;
  stdin.on('error', () => undefined); // It was ended before its word came.
  if (pid !== undefined) {
    leaveToOomKiller(pid);
    listener.onSpawned(pid);
  }
  stdin.end(`\n${spec.input ?? ''}`);
  const ended = script.then((result) => ({ kind: 'ended' as const, result }));
  const clock = new AbortController();
  const timedOut = sleep(spec.timeoutMs, { kind: 'late' as const }, { signal: clock.signal }).catch(() => ({
    kind: 'late' as const,
  }));
  let first = await Promise.race([ended, timedOut]);
  clock.abort();
  // A runner that stood still hears of the deadline before it hears of a script that ended in time.
  if (first.kind === 'late') first = await Promise.race([ended, sleep(hearMs, first)]);
  if (first.kind === 'late' && pid !== undefined) {
    const isGone = await endGroup(pid, killGraceMs);
    tail.drain();
    const detail = isGone
      ? `took longer than ${spec.timeoutMs} ms and was ended`
      : `took longer than ${spec.timeoutMs} ms, and process ${pid} or a child cannot be ended`;
    return { kind: 'timedOut', afterMs: spec.timeoutMs, detail, output: tail.text };
  }
  const { result } = await ended;
  tail.drain();
  const { exitCode, signal } = result;
  if (signal !== undefined) return { kind: 'signalled', signal, output: tail.text };
  const complaint =
    exitCode === undefined ? (result.originalMessage ?? 'unknown reason') : whyNotRun(exitCode, tail.text);
  if (complaint !== undefined) return { kind: 'notStarted', detail: `${spec.path} cannot be run: ${complaint}` };
  return { kind: 'exited', code: exitCode ?? 0, output: tail.text };
}

const shell = '/bin/sh';
/**
 * Waits for one line before it becomes the program. At the end of its input, which a dying runner leaves, it ends:
 * a script that no record knows would run beside the next one.
 */
const waitForWord = 'read -r word && exec "$@" </dev/null';
/** `read` takes no more than its line from a pipe (POSIX): what follows is the program's. */
const waitForWordAndInput = 'read -r word && exec "$@"';
/** The shell complains under this name. */
const gateName = 'twinbeat-runner';

/** What the shell said when it could not become the program: it ends with 126 or 127 then, as scripts do too. */
function whyNotRun(exitCode: number, output: string): string | undefined {
  if (exitCode !== 126 && exitCode !== 127) return undefined;
  const line = output.trimEnd().split('\n').at(-1) ?? '';
  return line.startsWith(`${gateName}: `) ? line.slice(gateName.length + 2) : undefined;
}

/** How often a running script's output is read and its file kept small. */
const drainEveryMs = 100;

/** The daemons may be spared by the kernel when memory runs out; what they start must not inherit that (proc(5)). */
function leaveToOomKiller(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '0');
  } catch {
    // It has ended already, or was never spared.
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
