import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const answerTimeoutMs = 5000;

interface Turn {
  readonly output: string[];
  readonly resolve: (output: readonly string[]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * One `ip -batch` that stays open: a port goes down a tenth of a millisecond after the order, not five.
 *
 * `ip` answers in the order of its input, so a harmless last command marks the end of each turn.
 */
export class IpBatch {
  readonly #child: ChildProcess;
  readonly #turns: Turn[] = [];

  /** `enter` are the words that bring a command into the right namespace. */
  constructor(enter: readonly string[]) {
    // One pipe for both outputs, so that a complaint stands before the marker of its turn.
    const words = [...enter, 'sh', '-c', 'exec ip -o -force -batch - 2>&1'];
    const [file = '', ...args] = words;
    this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
    this.#child.stdin?.on('error', () => {}); // It died; `close` says so.
    if (this.#child.stdout !== null)
      createInterface({ input: this.#child.stdout }).on('line', (line) => this.#take(line));
    this.#child.once('error', (error) => this.#fail(error.message));
    this.#child.once('close', () => this.#fail('ip has ended'));
  }

  /**
   * Runs the commands, and returns the lines that they printed.
   *
   * @throws {Error} with ip's own words when one of them fails. The others have been tried nevertheless.
   */
  async run(commands: readonly string[]): Promise<readonly string[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
    const timer = setTimeout(
      () => reject(new Error(`ip did not answer within ${answerTimeoutMs} ms: ${commands.join('; ')}`)),
      answerTimeoutMs,
    );
    this.#turns.push({ output: [], resolve, reject });
    this.#child.stdin?.write(`${[...commands, 'link show dev lo'].join('\n')}\n`);
    try {
      const output = await promise;
      const complaints = output.filter((line) => /^(Error|RTNETLINK|Cannot|Device|")/.test(line));
      if (complaints.length > 0) throw new Error(`ip: ${complaints.join(' ')} in: ${commands.join('; ')}`);
      return output;
    } finally {
      clearTimeout(timer);
    }
  }

  stop(): void {
    this.#child.stdin?.end();
  }

  #take(line: string): void {
    const turn = this.#turns[0];
    if (turn === undefined) return;
    if (!/^\d+: lo: /.test(line)) {
      turn.output.push(line);
      return;
    }
    this.#turns.shift();
    turn.resolve(turn.output);
  }

  #fail(because: string): void {
    for (const turn of this.#turns.splice(0)) turn.reject(new Error(because));
  }
}
