import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { spawned } from './spawned.ts';

export interface IpAnswer {
  readonly ok: boolean;
  readonly lines: readonly string[];
  /** What `ip` complained about; empty when it did not. */
  readonly problem: string;
}

interface Pending {
  readonly command: string;
  readonly resolve: (answer: IpAnswer) => void;
  readonly lines: string[];
}

/**
 * One `ip -force -batch -` that lives as long as the runner: a command takes 0.05 ms instead of the 2 ms and
 * more of a fork. It ends by itself when the runner dies, and is started again when it dies.
 *
 * After each command comes a word that `ip` does not know. Its complaint marks the end of the answer, and names
 * the line, so that an error can be told from the next command's.
 */
export class IpBatch {
  readonly #onProblem: (sentence: string) => void;
  #child: ChildProcessWithoutNullStreams | undefined;
  #pending: Pending[] = [];
  #unfinished = '';
  #silentSince: NodeJS.Timeout | undefined;

  constructor(onProblem: (sentence: string) => void) {
    this.#onProblem = onProblem;
  }

  /** Never rejects. A command must be one line; what holds another character is refused, not escaped. */
  run(command: string): Promise<IpAnswer> {
    if (!/^[\w.:/@%+ -]+$/.test(command))
      return Promise.resolve(failed(`not a plain ip command: ${JSON.stringify(command)}`));
    if (this.#pending.length >= pendingCountMax) return Promise.resolve(failed('too many ip commands are waiting'));
    const child = this.#child ?? this.#spawn();
    if (typeof child === 'string') return Promise.resolve(failed(`ip cannot be started: ${child}`));
    this.#child = child;
    return new Promise((resolve) => {
      this.#pending.push({ command, resolve, lines: [] });
      child.stdin.write(`${command}\n${endWord}\n`);
      this.#silentSince ??= this.#watch();
    });
  }

  close(): void {
    this.#child?.stdin.end();
  }

  #spawn(): ChildProcessWithoutNullStreams | string {
    // Both outputs in one pipe keep the order of answers and complaints. The words are fixed: nothing is interpreted.
    const child = spawned(() =>
      spawn('/bin/sh', ['-c', 'exec ip -oneline -force -batch - 2>&1'], {
        cwd: '/',
        env: { LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
        stdio: ['pipe', 'pipe', 'pipe'],
      }),
    );
    if (typeof child === 'string') {
      this.#onProblem(`the persistent ip process cannot be started: ${child}`);
      return child;
    }
    child.stdout.setEncoding('utf8');
    // One that was given up may have left words in its pipe: they answer no command of the next one.
    child.stdout.on('data', (text: string) => {
      if (this.#child === child) this.#take(text);
    });
    child.stdin.on('error', () => undefined); // Its end is reported by `close`.
    child.on('error', (error) => this.#lost(child, error.message));
    child.on('close', (code, signal) => this.#lost(child, `ip ended (${signal ?? code})`));
    return child;
  }

  #lost(child: ChildProcessWithoutNullStreams, reason: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#unfinished = '';
    clearTimeout(this.#silentSince);
    this.#silentSince = undefined;
    const pending = this.#pending;
    this.#pending = [];
    this.#onProblem(`the persistent ip process is gone: ${reason}; the next command starts another`);
    for (const { resolve } of pending) resolve(failed(reason));
  }

  #watch(): NodeJS.Timeout {
    return setTimeout(() => {
      // A runner that stood still hears of the time before it hears of an answer that came in time.
      this.#silentSince = setTimeout(() => this.#giveUp(), hearMs);
    }, answerMsMax);
  }

  #giveUp(): void {
    this.#onProblem(`ip did not answer within ${answerMsMax} ms: ${this.#pending[0]?.command ?? ''}`);
    const child = this.#child;
    child?.kill('SIGKILL');
    if (child !== undefined) this.#lost(child, 'no answer');
  }

  #take(text: string): void {
    const lines = (this.#unfinished + text).split('\n');
    this.#unfinished = lines.pop() ?? '';
    for (const line of lines) this.#takeLine(line);
  }

  #takeLine(line: string): void {
    // Of each pair of lines the second is the end word: "Command failed -:4" says where, "-:3" that the command itself failed.
    const [first] = this.#pending;
    if (first === undefined) return;
    first.lines.push(line);
    if (!line.startsWith('Command failed') || first.lines.at(-2)?.startsWith(endComplaint) !== true) return;
    this.#pending.shift();
    clearTimeout(this.#silentSince);
    this.#silentSince = this.#pending.length === 0 ? undefined : this.#watch();
    first.resolve(answerOf(first.lines.slice(0, -2)));
  }
}

const endWord = 'twinbeat-end';
const endComplaint = `Object "${endWord}" is unknown`;
const answerMsMax = 3000;
/** Some turns of the loop. */
const hearMs = 50;
const pendingCountMax = 1000;

function answerOf(lines: readonly string[]): IpAnswer {
  if (lines.at(-1)?.startsWith('Command failed') !== true) return { ok: true, lines, problem: '' };
  const complaint = lines.slice(0, -1).join(' ').trim();
  return { ok: false, lines: [], problem: complaint === '' ? 'ip failed without a word' : complaint.slice(0, 300) };
}

function failed(problem: string): IpAnswer {
  return { ok: false, lines: [], problem };
}
