import { type ChildProcess, spawn } from 'node:child_process';
import { nowMs } from './clock.ts';

export interface CommandOptions {
  /** Everything that the command started is killed after this time. */
  readonly timeoutMs?: number;
  readonly stdin?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/** How a command ended. A failing command is an answer, not an exception. */
export interface Finished {
  readonly argv: readonly string[];
  /** The exit code; undefined when a signal ended the command. */
  readonly code: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
  readonly hasTimedOut: boolean;
}

export const commandTimeoutMs = 30_000;
/** Enough for any answer that a test reads; a command that floods must not fill the test's memory. */
const outputBytesMax = 8 << 20;

/**
 * Runs a command in a process group of its own, and collects what it says.
 *
 * @throws {Error} when the program cannot be started.
 */
export async function runCommand(
  argv: readonly string[],
  options: CommandOptions = {},
  onStart: (child: ChildProcess) => void = () => {},
): Promise<Finished> {
  const startedMs = nowMs();
  const [file, ...args] = argv;
  if (file === undefined) throw new Error('a command needs at least a program');
  const child = spawn(file, args, {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: options.env ?? process.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  onStart(child);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  child.stdin.on('error', () => {}); // A command may end without reading its input.
  child.stdin.end(options.stdin ?? '');
  let hasTimedOut = false;
  const timer = setTimeout(() => {
    hasTimedOut = true;
    killGroup(child);
    // A process that left the group may hold the pipes open for ever.
    child.stdout.destroy();
    child.stderr.destroy();
  }, options.timeoutMs ?? commandTimeoutMs);
  try {
    const [code, signal] = await ended(child);
    return {
      argv,
      code: code ?? undefined,
      signal: signal ?? undefined,
      stdout: stdout(),
      stderr: stderr(),
      tookMs: nowMs() - startedMs,
      hasTimedOut,
    };
  } finally {
    clearTimeout(timer);
  }
}

/** One line that says what went wrong. */
export function describeFailure(finished: Finished): string {
  const how = finished.hasTimedOut
    ? `took longer than ${Math.round(finished.tookMs)} ms`
    : `ended with ${finished.signal ?? `exit code ${finished.code}`}`;
  const said = `${finished.stderr}${finished.stdout}`.trim().slice(0, 2000);
  return `${finished.argv.join(' ')} ${how}${said === '' ? '' : `: ${said}`}`;
}

export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= outputBytesMax) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}

async function ended(child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve([code, signal]));
  });
}
