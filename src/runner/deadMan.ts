import type { JobOutcome } from '../core/job.ts';
import type { DeadManOrder, GroupRecords } from './groupRecords.ts';
import { monotonicMs } from './monotonic.ts';

export interface DeadManOptions {
  readonly records: GroupRecords;
  /** Stops every resource of the group, right to left, and says how that went. */
  stopGroup(group: string, epochCounter: number): Promise<JobOutcome>;
  /** True when a head took the news. */
  onDone(group: string, outcome: JobOutcome): boolean;
  onLog(sentence: string): void;
}

/**
 * Carries out the orders that a head leaves for the time when it is gone: a group whose head has not renewed
 * for so long is stopped. A connection alone proves nothing, because a frozen head keeps it.
 *
 * The orders outlive this process. What it missed while it was itself stopped or frozen does not count against
 * the head: it gets `graceMs` to speak up.
 */
export class DeadMan {
  readonly #options: DeadManOptions;
  #ticking: NodeJS.Timeout | undefined;
  #lastTickMs = monotonicMs();

  constructor(options: DeadManOptions) {
    this.#options = options;
  }

  /** Goes on with the orders of an earlier runner. */
  open(): void {
    for (const { group, deadMan } of this.#options.records.all()) {
      if (deadMan?.phase === 'running') this.#carryOut(group, deadMan);
    }
    this.#forgive();
    this.#ticking = setInterval(() => this.#tick(), tickMs);
  }

  close(): void {
    clearInterval(this.#ticking);
  }

  /** `afterMs` null withdraws. An order that is being carried out is carried to its end. */
  set(group: string, afterMs: number | null, epochCounter: number): void {
    if (this.isRunning(group)) return;
    const order: DeadManOrder | undefined =
      afterMs === null ? undefined : { afterMs, epochCounter, heardAtMs: monotonicMs(), phase: 'armed' };
    this.#options.records.setDeadMan(group, order);
  }

  /** A head that decides has spoken for this group. */
  heard(group: string): void {
    const order = this.#options.records.find(group)?.deadMan;
    if (order?.phase === 'armed') this.#options.records.setDeadMan(group, { ...order, heardAtMs: monotonicMs() });
  }

  isRunning(group: string): boolean {
    return this.#options.records.find(group)?.deadMan?.phase === 'running';
  }

  /** Whether any group may still be stopped by one. */
  hasOrder(): boolean {
    return this.#options.records
      .all()
      .some(({ deadMan }) => deadMan?.phase === 'armed' || deadMan?.phase === 'running');
  }

  /** Tells a new head what was carried out without it. */
  deliverKept(): void {
    for (const { group, deadMan } of this.#options.records.all()) {
      if (deadMan?.outcome !== undefined) this.#deliver(group, deadMan, deadMan.outcome);
    }
  }

  #tick(): void {
    const nowMs = monotonicMs();
    const lateMs = nowMs - this.#lastTickMs - tickMs;
    this.#lastTickMs = nowMs;
    if (lateMs > stallMs) this.#forgive();
    for (const { group, deadMan } of this.#options.records.all()) {
      if (deadMan?.phase !== 'armed' || nowMs - deadMan.heardAtMs < deadMan.afterMs) continue;
      this.#options.onLog(
        `dead-man order: no head has renewed group ${group} for ${Math.round(nowMs - deadMan.heardAtMs)} ms; stopping it`,
      );
      this.#carryOut(group, deadMan);
    }
  }

  #forgive(): void {
    const nowMs = monotonicMs();
    for (const { group, deadMan } of this.#options.records.all()) {
      if (deadMan?.phase !== 'armed') continue;
      const heardAtMs = Math.max(deadMan.heardAtMs, nowMs - deadMan.afterMs + graceMs);
      this.#options.records.setDeadMan(group, { ...deadMan, heardAtMs });
    }
  }

  #carryOut(group: string, order: DeadManOrder): void {
    this.#options.records.setDeadMan(group, { ...order, phase: 'running' });
    const failed = (error: unknown): JobOutcome => ({
      kind: 'failed',
      detail: `a fault of the runner: ${String(error)}`,
    });
    void this.#options
      .stopGroup(group, order.epochCounter)
      .catch(failed)
      .then((outcome) => {
        const ended: DeadManOrder = { ...order, phase: outcome.kind === 'done' ? 'done' : 'failed', outcome };
        this.#options.records.setDeadMan(group, ended);
        this.#options.onLog(
          `dead-man order: group ${group} ${outcome.kind === 'done' ? 'is stopped' : `did not stop: ${JSON.stringify(outcome)}`}`,
        );
        this.#deliver(group, ended, outcome);
      });
  }

  #deliver(group: string, order: DeadManOrder, outcome: JobOutcome): void {
    if (!this.#options.onDone(group, outcome)) return;
    const { outcome: _, ...taken } = order;
    this.#options.records.setDeadMan(group, taken);
  }
}

const tickMs = 250;
/** A tick so late means that this process stood still, and the head's words may still wait in the socket. */
const stallMs = 1000;
const graceMs = 1000;
