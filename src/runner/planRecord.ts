import { lstatSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResourcePlan } from '../config/plans.ts';

interface Recorded {
  readonly format: number;
  readonly bootId: string;
  readonly plan: ResourcePlan;
}

/** Another number whenever a plan of before cannot be read any more. */
const format = 1;

/**
 * The last plan that was read in this boot. A runner that is restarted while the config is broken goes on with it: what
 * runs must be renewed, and stopped when the head is gone for good. Its folder is root's alone, because the plan names
 * what is run, and holds the passwords of fence devices.
 */
export class PlanRecord {
  readonly #folder: string;
  readonly #path: string;
  readonly #bootId: string;
  readonly #onProblem: (sentence: string) => void;

  constructor(folder: string, bootId: string, onProblem: (sentence: string) => void) {
    this.#folder = folder;
    this.#path = join(folder, 'last.json');
    this.#bootId = bootId;
    this.#onProblem = onProblem;
  }

  write(plan: ResourcePlan): void {
    const recorded: Recorded = { format, bootId: this.#bootId, plan };
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      this.#expectOwnFolder();
      writeFileSync(`${this.#path}.new`, JSON.stringify(recorded), { mode: 0o600 });
      renameSync(`${this.#path}.new`, this.#path);
    } catch (error) {
      this.#onProblem(`the record of the config cannot be written: ${String(error)}`);
    }
  }

  /** Undefined where none was read in this boot. */
  read(): ResourcePlan | undefined {
    try {
      this.#expectOwnFolder();
      const recorded = JSON.parse(readFileSync(this.#path, 'utf8')) as Recorded;
      return recorded.format === format && recorded.bootId === this.#bootId ? recorded.plan : undefined;
    } catch {
      return undefined;
    }
  }

  /** The head may make folders beside this one: in its own it could write down what root then runs. */
  #expectOwnFolder(): void {
    const { uid, mode } = lstatSync(this.#folder);
    const isOwn = uid === process.getuid?.() && (mode & 0o022) === 0;
    if (!isOwn) throw new Error(`${this.#folder} is another user's, or others may write there: remove it`);
  }
}
