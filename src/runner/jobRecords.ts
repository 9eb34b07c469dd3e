import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobOutcome, JobSpec } from '../core/job.ts';

/** What a restarted runner must know of a job: which process to wait for, or how it ended. */
export interface JobRecord {
  readonly bootId: string;
  readonly spec: JobSpec;
  /** CLOCK_MONOTONIC of the order. */
  readonly sinceMs: number;
  /** The script that runs at this moment; undefined between two calls, or when it runs in the runner itself. */
  readonly process?: { readonly pid: number; readonly startTicks: number };
  readonly end?: { readonly outcome: JobOutcome; readonly tookMs: number };
}

/**
 * The job records: one small file a job in the run directory. Those of an earlier boot are forgotten.
 * A file that cannot be written costs the memory of that job, never the job.
 */
export class JobRecords {
  readonly #folder: string;
  readonly #bootId: string;
  readonly #onProblem: (sentence: string) => void;

  constructor(folder: string, bootId: string, onProblem: (sentence: string) => void) {
    this.#folder = folder;
    this.#bootId = bootId;
    this.#onProblem = onProblem;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  write(entry: Omit<JobRecord, 'bootId'>): void {
    const record: JobRecord = { bootId: this.#bootId, ...entry };
    const path = this.#pathOf(record.spec.job);
    try {
      writeFileSync(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    } catch (error) {
      this.#onProblem(`the record of job ${record.spec.job} cannot be written: ${String(error)}`);
    }
  }

  remove(job: string): void {
    rmSync(this.#pathOf(job), { force: true });
  }

  /** Records of an earlier runner of this boot. Other files are removed. */
  readAll(): readonly JobRecord[] {
    const records: JobRecord[] = [];
    for (const name of readdirSync(this.#folder)) {
      const record = name.endsWith('.json') ? this.#read(join(this.#folder, name)) : undefined;
      if (record === undefined) rmSync(join(this.#folder, name), { force: true, recursive: true });
      else records.push(record);
    }
    return records;
  }

  #read(path: string): JobRecord | undefined {
    try {
      const record = JSON.parse(readFileSync(path, 'utf8')) as JobRecord;
      const isWhole =
        typeof record.spec.job === 'string' &&
        typeof record.spec.resource === 'string' &&
        typeof record.sinceMs === 'number';
      return isWhole && record.bootId === this.#bootId && path === this.#pathOf(record.spec.job) ? record : undefined;
    } catch {
      this.#onProblem(`${path} is no job record, and is removed`);
      return undefined;
    }
  }

  #pathOf(job: string): string {
    return join(this.#folder, `${encodeURIComponent(job)}.json`);
  }
}
