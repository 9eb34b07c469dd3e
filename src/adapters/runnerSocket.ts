import { connect } from 'node:net';
import { FenceOrders } from '../control/fenceOrders.ts';
import { connectLines, type LineConnection } from '../control/jsonLines.ts';
import { readRunnerMessage } from '../control/readRunnerMessage.ts';
import {
  type FromRunner,
  type RunningJob,
  runnerLineBytesMax,
  runnerProtocolVersion,
  type ToRunner,
} from '../control/runnerProtocol.ts';
import type { FenceOutcome, FenceTestOutcome } from '../core/fenceOutcome.ts';
import type { JobId, JobOutcome, JobSpec } from '../core/job.ts';
import { unreachable } from '../core/unreachable.ts';
import type { WatchdogReport } from '../core/watchdog.ts';
import type { AskAnswer, Runner } from '../engine/ports.ts';

/** What the runner tells besides the answers to orders. Called from the event loop, never from inside an order. */
export interface RunnerListener {
  /** Found, or found again. `jobs` run for an earlier head and want to be adopted. */
  onConnected(hello: RunnerHello): void;
  onLost(reason: string): void;
  onRenewed(group: string, missing: readonly string[]): void;
  onLink(link: { readonly device: string; readonly hasCarrier: boolean; readonly mac: string }): void;
  onPing(target: string, isUp: boolean): void;
  onWatchdog(report: WatchdogReport): void;
  onDeadManDone(group: string, outcome: JobOutcome): void;
  onOutput(output: { readonly job: JobId; readonly resource: string; readonly line: string }): void;
  onConfig(isOk: boolean, problems: readonly string[]): void;
}

export interface RunnerHello {
  readonly bootId: string;
  readonly jobs: readonly JobSpec[];
  readonly groups: (FromRunner & { type: 'hello' })['groups'];
}

export interface RunnerSocketOptions {
  readonly path: string;
  readonly incarnation: string;
  readonly listener: RunnerListener;
}

interface Ordered {
  readonly spec: JobSpec;
  readonly onExit: (outcome: JobOutcome) => void;
  readonly patience: NodeJS.Timeout;
}

interface Asked {
  readonly onAnswer: (answer: AskAnswer) => void;
  readonly patience: NodeJS.Timeout;
}

/**
 * The hands, at the other end of a unix socket.
 *
 * It connects for ever: the runner may start later, crash and come back. Meanwhile orders wait, bounded and in their
 * order; renewals do not, because a late one is worth nothing. After each greeting the orders without an answer are
 * given again: the runner carries out each once.
 */
export class RunnerSocket implements Runner {
  readonly #options: RunnerSocketOptions;
  readonly #ordered = new Map<JobId, Ordered>();
  readonly #adopted = new Map<JobId, (outcome: JobOutcome) => void>();
  /** Results of an earlier head's jobs that came before anybody adopted them. */
  readonly #early = new Map<JobId, JobOutcome>();
  readonly #asked = new Map<number, Asked>();
  readonly #deadMan = new Map<string, ToRunner & { type: 'deadMan' }>();
  readonly #fences = new FenceOrders((message) => this.#isGreeted && this.#connection?.send(message) === true);
  #waiting: ToRunner[] = [];
  #connection: LineConnection | undefined;
  #isGreeted = false;
  #isClosed = false;
  #retry: NodeJS.Timeout | undefined;
  /** Since the start, or the last greeting's connection was lost. */
  #missingSinceMs = performance.now();
  #askCount = 0;
  #renewCount = 0;

  constructor(options: RunnerSocketOptions) {
    this.#options = options;
    this.#connect();
  }

  run(spec: JobSpec, onExit: (outcome: JobOutcome) => void): void {
    const patience = setTimeout(() => this.#giveUp(spec), spec.timeoutMs * 2 + answerGraceMs);
    this.#ordered.set(spec.job, { spec, onExit, patience });
    this.#order({ type: 'run', ...spec });
  }

  adopt(job: JobId, onExit: (outcome: JobOutcome) => void): void {
    const outcome = this.#early.get(job);
    this.#adopted.set(job, onExit);
    if (outcome === undefined) return;
    this.#early.delete(job);
    setImmediate(() => this.#finish(job, outcome));
  }

  renew(group: string, epochCounter: number): void {
    if (!this.#isGreeted) return;
    this.#renewCount += 1;
    const sentAtMs = machineMs();
    this.#connection?.send({
      type: 'renew',
      group,
      order: this.#renewCount,
      sentAtMs,
      epochCounter,
    } satisfies ToRunner);
  }

  ask(group: string, waitMs: number, onAnswer: (answer: AskAnswer) => void): void {
    this.#askCount += 1;
    const ask = this.#askCount;
    const isSent =
      this.#isGreeted && this.#connection?.send({ type: 'ask', ask, group, waitMs } satisfies ToRunner) === true;
    // A question that waits for the runner would be answered when it no longer matters.
    const detail = isSent
      ? `the runner did not answer within ${waitMs + askGraceMs} ms`
      : 'the runner is not reachable';
    const patience = setTimeout(
      () => this.#answer(ask, { kind: 'impossible', detail }),
      isSent ? waitMs + askGraceMs : 0,
    );
    this.#asked.set(ask, { onAnswer, patience });
  }

  fence(fence: string, withinMs: number, onDone: (outcome: FenceOutcome) => void): void {
    this.#fences.order({ type: 'fence', fence }, withinMs, onDone);
  }

  testFence(fence: string, withinMs: number, onDone: (outcome: FenceTestOutcome) => void): void {
    this.#fences.order({ type: 'testFence', fence }, withinMs, onDone);
  }

  announce(group: string): void {
    this.#order({ type: 'announce', group });
  }

  dropAddresses(group: string): void {
    this.#order({ type: 'dropAddresses', group });
  }

  watchdog(order: 'arm' | 'pet' | 'disarm'): void {
    // What waits for the runner is given anew when it has said in what state the device is.
    if (!this.#isGreeted) return;
    this.#connection?.send({ type: 'watchdog', order, sentAtMs: machineMs() } satisfies ToRunner);
  }

  setDeadMan(group: string, order: { readonly afterMs: number; readonly epochCounter: number } | undefined): void {
    const message = {
      type: 'deadMan',
      group,
      afterMs: order?.afterMs ?? null,
      epochCounter: order?.epochCounter ?? 0,
    } as const;
    this.#deadMan.set(group, message);
    if (this.#isGreeted) this.#connection?.send(message);
  }

  /** The config files changed: the runner reads them again, and answers by `onConfig`. */
  reload(): void {
    this.#order({ type: 'reload' });
  }

  /** Lets go of the runner, which goes on. Orders without an answer stay so. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    for (const { patience } of this.#ordered.values()) clearTimeout(patience);
    for (const { patience } of this.#asked.values()) clearTimeout(patience);
    this.#fences.close();
    this.#connection?.end();
  }

  #order(message: ToRunner): void {
    if (this.#isGreeted && this.#connection?.send(message) === true) return;
    this.#waiting.push(message);
    if (this.#waiting.length > waitingCountMax) this.#waiting.shift();
  }

  #connect(): void {
    const socket = connect(this.#options.path);
    let isOpen = false;
    const connection = connectLines(socket, {
      lineBytesMax: runnerLineBytesMax,
      queueBytesMax: unsentBytesMax,
      onValue: (value) => {
        const message = readRunnerMessage(value);
        if (message !== undefined && this.#connection === connection) this.#hear(message);
      },
      onBadLine: () => undefined,
      onClose: (reason) => this.#lost(reason, isOpen),
    });
    this.#connection = connection;
    socket.on('connect', () => {
      isOpen = true;
      connection.send({
        type: 'hello',
        version: runnerProtocolVersion,
        incarnation: this.#options.incarnation,
      } satisfies ToRunner);
    });
  }

  #lost(reason: string, wasOpen: boolean): void {
    const wasGreeted = this.#isGreeted;
    this.#isGreeted = false;
    this.#connection = undefined;
    for (const ask of this.#asked.keys())
      this.#answer(ask, { kind: 'impossible', detail: 'the runner is not reachable' });
    if (this.#isClosed) return;
    if (wasGreeted) {
      this.#missingSinceMs = performance.now();
      this.#options.listener.onLost(reason);
    }
    const isSoon = performance.now() - this.#missingSinceMs < soonMs;
    this.#retry = setTimeout(() => this.#connect(), wasOpen || isSoon ? retrySoonMs : retryMs);
  }

  #hear(message: FromRunner): void {
    const { listener } = this.#options;
    if (message.type !== 'hello' && !this.#isGreeted) return;
    switch (message.type) {
      case 'hello':
        return this.#greeted(message);
      case 'jobExited':
        return this.#finish(message.job, message.outcome);
      case 'renewed':
        return listener.onRenewed(message.group, message.missing);
      case 'asked':
        return this.#answer(message.ask, message.answer);
      case 'fenced':
      case 'fenceTested':
        return this.#fences.answered(message);
      case 'link':
        return listener.onLink(message);
      case 'ping':
        return listener.onPing(message.target, message.isUp);
      case 'watchdog': {
        const { type: _, ...report } = message;
        return listener.onWatchdog(report);
      }
      case 'deadManDone':
        return listener.onDeadManDone(message.group, message.outcome);
      case 'output':
        return listener.onOutput(message);
      case 'config':
        return listener.onConfig(message.ok, message.problems);
      default:
        return unreachable(message);
    }
  }

  #greeted({ bootId, jobs, groups }: FromRunner & { type: 'hello' }): void {
    this.#isGreeted = true;
    const running = new Set(jobs.map(({ job }) => job));
    const waiting = this.#waiting;
    this.#waiting = [];
    // Those that were given before the connection was lost come first: a drop must not overtake a stop, nor a start a drop.
    const isWaiting = new Set(waiting.flatMap((message) => (message.type === 'run' ? [message.job] : [])));
    for (const { spec } of this.#ordered.values()) {
      if (!running.has(spec.job) && !isWaiting.has(spec.job)) this.#order({ type: 'run', ...spec });
    }
    for (const message of waiting) if (message.type !== 'run' || this.#ordered.has(message.job)) this.#order(message);
    for (const [group, order] of this.#deadMan) {
      const known = groups.find(({ name }) => name === group)?.deadMan ?? 'none';
      const isWanted = order.afterMs !== null;
      // What was carried out without us is not ordered again: the listener is told, and decides.
      if (isWanted ? known === 'none' : known !== 'running') this.#connection?.send(order);
    }
    this.#fences.giveAgain();
    this.#loseAdopted(running);
    const foreign = jobs.filter(({ job }) => !this.#ordered.has(job) && !this.#adopted.has(job));
    this.#options.listener.onConnected({ bootId, groups, jobs: foreign.map(specOf) });
  }

  /** An adopted job that the runner no longer runs has its result behind the greeting, or none at all. */
  #loseAdopted(running: ReadonlySet<JobId>): void {
    for (const job of this.#adopted.keys()) {
      if (running.has(job)) continue;
      setTimeout(
        () => this.#finish(job, { kind: 'failed', detail: 'the runner has lost this job' }),
        keptResultsMs,
      ).unref();
    }
  }

  #finish(job: JobId, outcome: JobOutcome): void {
    const ordered = this.#ordered.get(job);
    const onExit = ordered?.onExit ?? this.#adopted.get(job);
    clearTimeout(ordered?.patience);
    this.#ordered.delete(job);
    this.#adopted.delete(job);
    if (onExit !== undefined) {
      onExit(outcome);
      return;
    }
    this.#early.set(job, outcome);
    for (const [oldest] of this.#early) if (this.#early.size > earlyCountMax) this.#early.delete(oldest);
  }

  #giveUp({ job, timeoutMs }: JobSpec): void {
    const afterMs = timeoutMs * 2 + answerGraceMs;
    this.#finish(job, { kind: 'timedOut', afterMs, detail: `the runner did not answer within ${afterMs} ms` });
  }

  #answer(ask: number, answer: AskAnswer): void {
    const asked = this.#asked.get(ask);
    clearTimeout(asked?.patience);
    this.#asked.delete(ask);
    asked?.onAnswer(answer);
  }
}

/** CLOCK_MONOTONIC, as the runner reads it. */
function machineMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

function specOf(running: RunningJob): JobSpec {
  const { sinceMs: _, ...spec } = running;
  return spec;
}

/** Beyond twice the deadline of a job: TERM, KILL, and the status check after a stop. */
const answerGraceMs = 30_000;
const askGraceMs = 1000;
/** A runner that is being started is there within a second as a rule. */
const retrySoonMs = 20;
const soonMs = 2000;
const retryMs = 100;
const waitingCountMax = 256;
const earlyCountMax = 64;
const keptResultsMs = 1000;
const unsentBytesMax = 1024 * 1024;
