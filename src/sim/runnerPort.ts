import type { Happening } from '../core/event.ts';
import type { FenceOutcome, FenceTestOutcome } from '../core/fenceOutcome.ts';
import type { JobId, JobOutcome, JobSpec } from '../core/job.ts';
import type { WatchdogReport } from '../core/watchdog.ts';
import type { AskAnswer, Runner } from '../engine/ports.ts';
import type { DeadManPhase, Hands, Listener } from './hands.ts';
import type { Surroundings } from './surroundings.ts';

interface Ordered {
  readonly spec: JobSpec;
  readonly onExit: (outcome: JobOutcome) => void;
}

interface DeadManWanted {
  readonly afterMs: number;
  readonly epochCounter: number;
}

/**
 * One head's end of the runner's socket, with the manners of the real one: orders wait while the runner is away,
 * renewals do not, and after each greeting the orders without an answer are given again.
 */
export class RunnerPort implements Runner, Listener {
  readonly #around: Surroundings;
  /** Hands an event to the engine, unless the head is gone. */
  readonly #tell: (happening: Happening | (() => void)) => void;
  readonly #ordered = new Map<JobId, Ordered>();
  readonly #adopted = new Map<JobId, (outcome: JobOutcome) => void>();
  readonly #early = new Map<JobId, JobOutcome>();
  readonly #deadMan = new Map<string, DeadManWanted | undefined>();
  #fencing: { readonly fence: string; readonly onDone: (outcome: FenceOutcome) => void } | undefined;
  #testing: { readonly fence: string; readonly onDone: (outcome: FenceTestOutcome) => void } | undefined;
  #waiting: ((hands: Hands) => void)[] = [];
  #hands: Hands | undefined;
  #isGreeted = false;

  constructor(around: Surroundings, tell: (happening: Happening | (() => void)) => void) {
    this.#around = around;
    this.#tell = tell;
  }

  get isConnected(): boolean {
    return this.#isGreeted;
  }

  connect(hands: Hands): void {
    this.#hands = hands;
    hands.connect(this);
  }

  lose(reason: string): void {
    const wasGreeted = this.#isGreeted;
    this.#hands?.disconnect();
    this.#hands = undefined;
    this.#isGreeted = false;
    if (wasGreeted) this.#tell({ type: 'runnerLost', reason });
  }

  run(spec: JobSpec, onExit: (outcome: JobOutcome) => void): void {
    this.#ordered.set(spec.job, { spec, onExit });
    if (this.#isGreeted) this.#hands?.run(spec);
  }

  adopt(job: JobId, onExit: (outcome: JobOutcome) => void): void {
    const outcome = this.#early.get(job);
    this.#adopted.set(job, onExit);
    if (outcome === undefined) return;
    this.#early.delete(job);
    this.#around.schedule.after(0, () => this.onJobExited(job, outcome));
  }

  renew(group: string, epochCounter: number): void {
    if (this.#isGreeted) this.#hands?.renew(group, epochCounter);
  }

  ask(group: string, waitMs: number, onAnswer: (answer: AskAnswer) => void): void {
    const hands = this.#isGreeted ? this.#hands : undefined;
    const answer = (said: AskAnswer): void => this.#tell(() => onAnswer(said));
    if (hands !== undefined) {
      hands.ask(group, waitMs, answer);
      return;
    }
    this.#around.schedule.after(0, () => answer({ kind: 'impossible', detail: 'the runner is not reachable' }));
  }

  fence(fence: string, withinMs: number, onDone: (outcome: FenceOutcome) => void): void {
    this.#fencing = { fence, onDone };
    this.#order((hands) => hands.fence(fence, withinMs));
    // A runner that is lost with the order in its hands never answers.
    this.#around.schedule.after(2 * withinMs, () =>
      this.onFenced(fence, { kind: 'failed', detail: 'the runner did not answer' }),
    );
  }

  testFence(fence: string, withinMs: number, onDone: (outcome: FenceTestOutcome) => void): void {
    this.#testing = { fence, onDone };
    this.#order((hands) => hands.testFence(fence));
    this.#around.schedule.after(2 * withinMs, () =>
      this.onFenceTested(fence, { kind: 'failed', detail: 'the runner did not answer' }),
    );
  }

  announce(): void {
    // Who answers is looked up when somebody asks: there are no neighbours with an old entry here.
  }

  dropAddresses(group: string): void {
    this.#order((hands) => hands.dropAddresses(group));
  }

  watchdog(order: 'arm' | 'pet' | 'disarm'): void {
    if (this.#isGreeted) this.#hands?.watchdog(order);
  }

  setDeadMan(group: string, order: DeadManWanted | undefined): void {
    this.#deadMan.set(group, order);
    if (this.#isGreeted) this.#hands?.setDeadMan(group, order);
  }

  onGreeting(
    jobs: readonly JobSpec[],
    renewals: Parameters<Listener['onGreeting']>[1],
    deadMan: ReadonlyMap<string, DeadManPhase>,
  ): void {
    const hands = this.#hands;
    if (hands === undefined) return;
    this.#isGreeted = true;
    const running = new Set(jobs.map(({ job }) => job));
    for (const { spec } of this.#ordered.values()) if (!running.has(spec.job)) hands.run(spec);
    for (const [group, order] of this.#deadMan) {
      const known = deadMan.get(group) ?? 'none';
      if (order === undefined ? known !== 'running' : known === 'none') hands.setDeadMan(group, order);
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const order of waiting) order(hands);
    const foreign = jobs.filter(({ job }) => !this.#ordered.has(job) && !this.#adopted.has(job));
    this.#tell({ type: 'runnerConnected', jobs: foreign, renewals });
  }

  onJobExited(job: JobId, outcome: JobOutcome): void {
    const onExit = this.#ordered.get(job)?.onExit ?? this.#adopted.get(job);
    this.#ordered.delete(job);
    this.#adopted.delete(job);
    if (onExit === undefined) this.#early.set(job, outcome);
    else this.#tell(() => onExit(outcome));
  }

  onFenced(fence: string, outcome: FenceOutcome): void {
    const ordered = this.#fencing;
    if (ordered?.fence !== fence) return;
    this.#fencing = undefined;
    this.#tell(() => ordered.onDone(outcome));
  }

  onFenceTested(fence: string, outcome: FenceTestOutcome): void {
    const ordered = this.#testing;
    if (ordered?.fence !== fence) return;
    this.#testing = undefined;
    this.#tell(() => ordered.onDone(outcome));
  }

  onDeadManDone(group: string, outcome: JobOutcome): void {
    this.#tell({ type: 'deadManDone', group, outcome });
  }

  onRenewed(group: string, missing: readonly string[]): void {
    this.#tell({ type: 'renewed', group, missing });
  }

  onLink(device: string, hasCarrier: boolean, mac: string): void {
    this.#tell({ type: 'linkChanged', device, hasCarrier, mac });
  }

  onPing(target: string, isUp: boolean): void {
    this.#tell({ type: 'pingChanged', target, isUp });
  }

  onWatchdog(report: WatchdogReport): void {
    this.#tell({ type: 'watchdogChanged', report });
  }

  #order(order: (hands: Hands) => void): void {
    if (this.#isGreeted && this.#hands !== undefined) order(this.#hands);
    else this.#waiting.push(order);
  }
}
