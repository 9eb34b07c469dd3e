import { spec } from 'node:test/reporters';
import { type Counts, type FileRun, runFile } from './fileRun.ts';

/** The runs of all files, of which the last of each counts. */
export class Verdict {
  readonly #root: string;
  readonly #startedMs = performance.now();
  readonly #runs = new Map<string, FileRun>();
  /** What failed at first, and held when it was run again. */
  readonly #held: FileRun[] = [];
  readonly #reporter = new spec();

  constructor(root: string) {
    this.#root = root;
    this.#reporter.pipe(process.stdout);
  }

  /** Shows each file when it has ended. */
  async run(files: readonly string[], atOnce: number): Promise<void> {
    const waiting = [...files];
    const work = async (): Promise<void> => {
      for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
        const done = await runFile(this.#root, file);
        for (const event of done.events) this.#reporter.write(event);
        const before = this.#runs.get(file);
        if (before !== undefined && done.isOk) this.#held.push(before);
        this.#runs.set(file, done);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }

  failed(): readonly string[] {
    return this.#failedRuns().map(({ file }) => file);
  }

  /** What did not hold, in full; then the counts, in which a file that was run again counts once. */
  summary(): string {
    const lines: string[] = [''];
    for (const { file, failures } of this.#held) {
      lines.push(`held when it was run again alone: ${file}`);
      for (const { name, error } of failures) lines.push(`  at first not: ${name}: ${error.split('\n')[0]}`);
    }
    const failed = this.#failedRuns();
    for (const { file, failures } of failed) {
      lines.push(`\n✖ ${file}`);
      for (const { name, error } of failures) lines.push(`✖ ${name}`, error.replaceAll(/^/gm, '    '));
    }
    for (const [name, key] of countNames) {
      lines.push(`ℹ ${name} ${[...this.#runs.values()].reduce((sum, { counts }) => sum + counts[key], 0)}`);
    }
    lines.push(`ℹ duration ${Math.round((performance.now() - this.#startedMs) / 1000)} s`);
    for (const { file } of failed) lines.push(`FAILED: ${file}`);
    return `${lines.join('\n')}\n`;
  }

  /** By name: which of two ends first is chance. */
  #failedRuns(): readonly FileRun[] {
    return [...this.#runs.values()].filter(({ isOk }) => !isOk).toSorted((a, b) => (a.file < b.file ? -1 : 1));
  }
}

const countNames: readonly (readonly [string, keyof Counts])[] = [
  ['tests', 'tests'],
  ['suites', 'suites'],
  ['pass', 'passed'],
  ['fail', 'failed'],
  ['cancelled', 'cancelled'],
  ['skipped', 'skipped'],
  ['todo', 'todo'],
];
