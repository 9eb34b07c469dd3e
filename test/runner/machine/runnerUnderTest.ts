import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GroupPlan, PlannedResource, ResourcePlan } from '../../../src/config/plans.ts';
import { LineReader } from '../../../src/control/jsonLines.ts';
import type { FromRunner, ToRunner } from '../../../src/control/runnerProtocol.ts';
import type { JobAction, JobOutcome } from '../../../src/core/job.ts';
import { monotonicMs } from '../../../src/runner/monotonic.ts';

type Message<T extends FromRunner['type']> = Extract<FromRunner, { type: T }>;

/** Enough for a loaded machine; a test that waits so long has failed. */
export const patienceMs = 30_000;

/** Jobs are named once for ever, whichever head orders them. */
let jobCount = 0;

/** A runner in a process of its own, and the folder that it works in. */
export class RunnerUnderTest {
  readonly folder: string;
  readonly log: string[] = [];
  readonly #prefix: readonly string[];
  #child: ChildProcess | undefined;
  #isClosed = false;

  constructor(folder: string, prefix: readonly string[]) {
    this.folder = folder;
    this.#prefix = prefix;
  }

  get runDir(): string {
    return join(this.folder, 'run');
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  writePlan(groups: readonly GroupPlan[], more: Partial<ResourcePlan> = {}): void {
    const plan: ResourcePlan = { self: 'node1', peer: 'node2', groups, ...more };
    writeFileSync(join(this.folder, 'plan.json'), JSON.stringify(plan));
  }

  /** Starts it and waits until its socket answers. */
  async start(): Promise<void> {
    const [program, ...args] = [
      ...this.#prefix,
      process.execPath,
      join(import.meta.dirname, 'plannedRunner.ts'),
      this.folder,
    ];
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'pipe'] });
    this.#child = child;
    this.#isClosed = false;
    child.once('close', () => {
      this.#isClosed = true;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.log.push(text));
    for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += 20) {
      const socket = await tryConnect(join(this.runDir, 'runner.sock'));
      if (socket !== undefined) {
        socket.destroy();
        return;
      }
      if (child.exitCode !== null) break;
      await sleep(20);
    }
    throw new Error(`the runner did not start: ${this.log.join('')}`);
  }

  /** What it has said until it ended by itself. */
  async saidToItsEnd(): Promise<string> {
    const child = this.#child;
    if (child !== undefined && !this.#isClosed) {
      await once(child, 'close', { signal: AbortSignal.timeout(patienceMs) });
    }
    return this.log.join('');
  }

  /** Its reader is gone, as that of a daemon's child when the daemon dies. */
  closeLog(): void {
    this.#child?.stderr?.destroy();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }

  async connect(incarnation = 'aaaaaaaaaaaaaaaa'): Promise<HeadUnderTest> {
    const head = await this.connectSilently();
    head.send({ type: 'hello', version: 1, incarnation });
    await head.next('hello');
    return head;
  }

  async connectSilently(): Promise<HeadUnderTest> {
    const socket = await tryConnect(join(this.runDir, 'runner.sock'));
    if (socket === undefined) throw new Error('the runner does not answer');
    return new HeadUnderTest(socket);
  }

  /** What the recording fixture scripts were called with, in order. */
  calls(): readonly string[] {
    try {
      return readFileSync(join(this.folder, 'calls'), 'utf8').trimEnd().split('\n');
    } catch {
      return [];
    }
  }
}

/** Plays the head on the socket. */
export class HeadUnderTest {
  readonly received: FromRunner[] = [];
  readonly socket: Socket;
  isClosed = false;
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    const reader = new LineReader(1e6);
    socket.on('data', (chunk: Buffer) => {
      for (const line of reader.push(chunk)) if (line.kind === 'value') this.received.push(line.value as FromRunner);
      this.#wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
      this.#wake();
    });
  }

  send(message: ToRunner): void {
    this.socket.write(`${JSON.stringify(message)}\n`);
  }

  /** Takes the first message of that type that fits, waiting for it where it has not come yet. */
  async next<T extends FromRunner['type']>(
    type: T,
    fits: (message: Message<T>) => boolean = () => true,
  ): Promise<Message<T>> {
    const deadlineMs = monotonicMs() + patienceMs;
    for (;;) {
      const index = this.received.findIndex((message) => message.type === type && fits(message as Message<T>));
      if (index !== -1) return this.received.splice(index, 1)[0] as Message<T>;
      if (this.isClosed) throw new Error(`the connection closed before ${type} came`);
      if (monotonicMs() > deadlineMs) throw new Error(`no ${type} came; there are ${JSON.stringify(this.received)}`);
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), sleep(100)]);
    }
  }

  order(group: string, resource: string, action: JobAction, timeoutMs = 10_000): string {
    jobCount += 1;
    const job = `aaaa-${process.pid}-${jobCount}-${action}`;
    this.send({ type: 'run', job, group, resource, action, epochCounter: 7, timeoutMs });
    return job;
  }

  async outcomeOf(job: string): Promise<JobOutcome> {
    return (await this.next('jobExited', (message) => message.job === job)).outcome;
  }

  async run(group: string, resource: string, action: JobAction, timeoutMs = 10_000): Promise<JobOutcome> {
    return this.outcomeOf(this.order(group, resource, action, timeoutMs));
  }

  /** Renews until the runner says so: an order that has waited for a busy machine is dropped. */
  async renewed(group: string, order: number): Promise<Message<'renewed'>> {
    const isIt = (message: FromRunner): boolean => message.type === 'renewed' && message.order === order;
    for (const deadlineMs = monotonicMs() + patienceMs; monotonicMs() < deadlineMs; ) {
      this.renew(group, order);
      for (let waits = 0; waits < 20 && !this.received.some(isIt); waits += 1) await sleep(10);
      if (this.received.some(isIt)) break;
    }
    return await this.next('renewed', isIt);
  }

  renew(group: string, order: number, sentAtMs = monotonicMs()): void {
    this.send({ type: 'renew', group, order, sentAtMs, epochCounter: 7 });
  }
}

/** Until it is so. Returns false when it has not come true in `patienceMs`. */
export async function waitFor(isSo: () => boolean): Promise<boolean> {
  for (const deadlineMs = monotonicMs() + patienceMs; !isSo(); await sleep(20)) {
    if (monotonicMs() > deadlineMs) return false;
  }
  return true;
}

/** A runner with a folder of its own; both are gone after the test. */
export function makeRunner(
  t: TestContext,
  groups: readonly GroupPlan[],
  prefix: readonly string[] = [],
): RunnerUnderTest {
  const folder = mkdtempSync(join(tmpdir(), 'tb-runner-'));
  mkdirSync(join(folder, 'resource.d'));
  const runner = new RunnerUnderTest(folder, prefix);
  runner.writePlan(groups);
  t.after(async () => {
    await runner.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  return runner;
}

export function scriptResource(name: string, side: PlannedResource['side'] = 'owner'): PlannedResource {
  const [script = '', ...args] = name.split('::');
  return { name, side, stopTimeoutMs: 5000, statusTimeoutMs: 3000, means: { kind: 'script', script, args } };
}

export function groupOf(name: string, resources: readonly PlannedResource[], leaseMs = 3000): GroupPlan {
  return { name, leaseMs, resources };
}

function tryConnect(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}
