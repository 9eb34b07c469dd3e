import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobOutcome } from '../core/job.ts';

/** What a restarted runner must know of a group. Times are CLOCK_MONOTONIC of the boot `bootId`. */
export interface GroupRecord {
  readonly bootId: string;
  readonly group: string;
  /** The last renewal that found every address. */
  readonly renewed?: { readonly atMs: number; readonly epochCounter: number };
  readonly deadMan?: DeadManOrder;
}

export interface DeadManOrder {
  readonly afterMs: number;
  readonly epochCounter: number;
  /** When the head last renewed, or gave this order. */
  readonly heardAtMs: number;
  /** `done` and `failed` stay until a head took them and gives another order. */
  readonly phase: 'armed' | 'running' | 'done' | 'failed';
  readonly outcome?: JobOutcome;
}

/** One small file a group in the run directory; those of an earlier boot are forgotten. */
export class GroupRecords {
  readonly #folder: string;
  readonly #bootId: string;
  readonly #onProblem: (sentence: string) => void;
  readonly #records = new Map<string, GroupRecord>();
  #hasComplained = false;

  constructor(folder: string, bootId: string, onProblem: (sentence: string) => void) {
    this.#folder = folder;
    this.#bootId = bootId;
    this.#onProblem = onProblem;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)) this.#load(join(folder, name));
  }

  all(): readonly GroupRecord[] {
    return [...this.#records.values()];
  }

  find(group: string): GroupRecord | undefined {
    return this.#records.get(group);
  }

  setRenewed(group: string, atMs: number, epochCounter: number): void {
    this.#write({ ...this.#recordOf(group), renewed: { atMs, epochCounter } });
  }

  setDeadMan(group: string, order: DeadManOrder | undefined): void {
    const { deadMan: _, ...rest } = this.#recordOf(group);
    this.#write(order === undefined ? rest : { ...rest, deadMan: order });
  }

  #recordOf(group: string): GroupRecord {
    return this.#records.get(group) ?? { bootId: this.#bootId, group };
  }

  /** A full disk costs the memory across a restart of the runner, not the order itself. */
  #write(record: GroupRecord): void {
    this.#records.set(record.group, record);
    const path = join(this.#folder, `${encodeURIComponent(record.group)}.json`);
    try {
      writeFileSync(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
      renameSync(`${path}.new`, path);
      this.#hasComplained = false;
    } catch (error) {
      if (!this.#hasComplained)
        this.#onProblem(`the record of group ${record.group} cannot be written: ${String(error)}`);
      this.#hasComplained = true;
    }
  }

  #load(path: string): void {
    try {
      const record = JSON.parse(readFileSync(path, 'utf8')) as GroupRecord;
      if (record.bootId === this.#bootId && typeof record.group === 'string') {
        this.#records.set(record.group, record);
        return;
      }
    } catch {
      this.#onProblem(`${path} is no group record, and is removed`);
    }
    rmSync(path, { force: true, recursive: true });
  }
}
