import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningJob } from '../control/runnerProtocol.ts';
import type { JobId, JobOutcome, JobSpec } from '../core/job.ts';
import { unreachable } from '../core/unreachable.ts';
import { carryOut, type Hand } from './actions.ts';
import type { JobRecord, JobRecords } from './jobRecords.ts';
import { monotonicMs } from './monotonic.ts';
import { endGroup, isRunning, startTicksOf } from './processes.ts';
import { killGraceMs } from './scriptCall.ts';

export interface JobContext {
  readonly spec: JobSpec;
  onSpawned(pid: number): void;
}

export interface JobsOptions {
  readonly records: JobRecords;
  /** The hand for the job's resource, or the sentence why there is none. */
  handFor(context: JobContext): { readonly hand: Hand; readonly statusTimeoutMs: number } | string;
  /** True when a head took the result; otherwise it is kept for the next one. */
  onExit(job: JobId, outcome: JobOutcome, tookMs: number): boolean;
}

interface Finished {
  readonly outcome: JobOutcome;
  readonly tookMs: number;
  readonly isTaken: boolean;
}

/**
 * The jobs: what was ordered, what runs, what ended. An order is carried out once, however often it is given.
 * Jobs that change one resource run one after the other; checks of its status run beside them.
 */
export class Jobs {
  readonly #options: JobsOptions;
  readonly #running = new Map<JobId, RunningJob>();
  readonly #finished = new Map<JobId, Finished>();
  /** The last job that changes a resource, by group and resource. */
  readonly #changing = new Map<string, Promise<unknown>>();

  constructor(options: JobsOptions) {
    this.#options = options;
  }

  run(spec: JobSpec): void {
    if (this.#running.has(spec.job)) return;
    const finished = this.#finished.get(spec.job);
    if (finished !== undefined) {
      this.#options.onExit(spec.job, finished.outcome, finished.tookMs);
      return;
    }
    if (this.#running.size >= runningCountMax) {
      this.#options.onExit(spec.job, { kind: 'notStarted', detail: `${runningCountMax} jobs run already` }, 0);
      return;
    }
    this.#start({ ...spec, sinceMs: monotonicMs() }, () => this.#carryOut(spec));
  }

  /** Takes over what an earlier runner left: waits for scripts that still run, and keeps results that no head took. */
  adopt(records: readonly JobRecord[]): void {
    for (const record of records) {
      if (record.end !== undefined) this.#keep(record.spec.job, { ...record.end, isTaken: false });
      else this.#start({ ...record.spec, sinceMs: record.sinceMs }, () => this.#waitForOrphan(record));
    }
  }

  running(): readonly RunningJob[] {
    return [...this.#running.values()];
  }

  /** Gives the results that no head has taken yet to `onExit` again. */
  deliverKept(): void {
    for (const [job, { outcome, tookMs, isTaken }] of this.#finished) {
      if (!isTaken && this.#options.onExit(job, outcome, tookMs)) this.#markTaken(job);
    }
  }

  #start(job: RunningJob, work: () => Promise<JobOutcome>): void {
    const { sinceMs, ...spec } = job;
    this.#running.set(spec.job, job);
    this.#options.records.write({ spec, sinceMs });
    const turn = spec.action === 'status' ? work() : this.inTurn(spec, work);
    const failed = (error: unknown): JobOutcome => ({
      kind: 'failed',
      detail: `a fault of the runner: ${String(error)}`,
    });
    void turn.catch(failed).then((outcome) => this.#finish(job, outcome));
  }

  /** Waits for the jobs that change the same resource, then does `work`. */
  inTurn(spec: Pick<JobSpec, 'group' | 'resource'>, work: () => Promise<JobOutcome>): Promise<JobOutcome> {
    const key = `${spec.group} ${spec.resource}`;
    const turn = (this.#changing.get(key) ?? Promise.resolve()).then(work, work);
    this.#changing.set(key, turn);
    const forget = (): void => {
      if (this.#changing.get(key) === turn) this.#changing.delete(key);
    };
    void turn.then(forget, forget);
    return turn;
  }

  #finish({ sinceMs, ...spec }: RunningJob, outcome: JobOutcome): void {
    const tookMs = Math.round(monotonicMs() - sinceMs);
    this.#running.delete(spec.job);
    const isTaken = this.#options.onExit(spec.job, outcome, tookMs);
    if (isTaken) this.#options.records.remove(spec.job);
    else this.#options.records.write({ spec, sinceMs, end: { outcome, tookMs } });
    this.#keep(spec.job, { outcome, tookMs, isTaken });
  }

  #keep(job: JobId, finished: Finished): void {
    this.#finished.set(job, finished);
    for (const [oldest] of this.#finished) {
      if (this.#finished.size <= finishedCountMax) break;
      this.#finished.delete(oldest);
      this.#options.records.remove(oldest);
    }
  }

  #markTaken(job: JobId): void {
    const finished = this.#finished.get(job);
    if (finished !== undefined) this.#finished.set(job, { ...finished, isTaken: true });
    this.#options.records.remove(job);
  }

  async #carryOut(spec: JobSpec): Promise<JobOutcome> {
    const found = this.#options.handFor({ spec, onSpawned: (pid) => this.#recordProcess(spec, pid) });
    if (typeof found === 'string') return { kind: 'notStarted', detail: found };
    return carryOut(spec.action, found.hand, spec.timeoutMs, found.statusTimeoutMs);
  }

  #recordProcess(spec: JobSpec, pid: number): void {
    const startTicks = startTicksOf(pid);
    const job = this.#running.get(spec.job);
    if (startTicks === undefined || job === undefined) return;
    this.#options.records.write({ spec, sinceMs: job.sinceMs, process: { pid, startTicks } });
  }

  /** How a script ended that is no child of this process cannot be known: the status tells what it achieved. */
  async #waitForOrphan({ spec, sinceMs, process: orphan }: JobRecord): Promise<JobOutcome> {
    if (orphan !== undefined) {
      const deadlineMs = sinceMs + spec.timeoutMs;
      while (isRunning(orphan.pid, orphan.startTicks) && monotonicMs() < deadlineMs) await sleep(orphanPollMs);
      if (isRunning(orphan.pid, orphan.startTicks)) await endGroup(orphan.pid, killGraceMs);
    }
    if (spec.action === 'sync') return { kind: 'failed', detail: `${restarted}, so whether it completed is unknown` };
    const found = this.#options.handFor({ spec, onSpawned: () => undefined });
    if (typeof found === 'string') return { kind: 'notStarted', detail: found };
    const status = await found.hand.status(found.statusTimeoutMs);
    return spec.action === 'status' ? status : verdict(spec.action, status);
  }
}

/** More at once than groups and resources can need. */
const runningCountMax = 256;
/** Results that are kept: for a head that comes back, and for orders that are given twice. */
const finishedCountMax = 256;
const orphanPollMs = 50;
const restarted = 'the runner was restarted while it ran';

function verdict(action: 'start' | 'stop', status: JobOutcome): JobOutcome {
  const wanted = action === 'start' ? 'running' : 'stopped';
  switch (status.kind) {
    case 'running':
    case 'stopped':
      if (status.kind === wanted) return { kind: 'done', note: `${restarted}; its status says ${wanted}` };
      return { kind: 'failed', detail: `${restarted}; its status says ${status.kind}` };
    case 'failed':
    case 'timedOut':
    case 'notStarted':
      return { kind: 'failed', detail: `${restarted}; its status is unknown: ${status.detail}` };
    case 'done':
      return status;
    default:
      return unreachable(status);
  }
}
