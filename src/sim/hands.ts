import type { Renewal } from '../core/event.ts';
import type { FenceOutcome, FenceTestOutcome } from '../core/fenceOutcome.ts';
import type { JobId, JobOutcome, JobSpec } from '../core/job.ts';
import type { WatchdogReport } from '../core/watchdog.ts';
import type { AskAnswer } from '../engine/ports.ts';
import { carryOut, serve } from './jobs.ts';
import type { Machine } from './machine.ts';
import { serviceDevicesOf } from './options.ts';
import { Pings } from './pings.ts';
import { Process } from './process.ts';
import type { Surroundings } from './surroundings.ts';

/** What the runner tells a head that is connected to it. */
export interface Listener {
  onGreeting(jobs: readonly JobSpec[], renewals: readonly Renewal[], deadMan: ReadonlyMap<string, DeadManPhase>): void;
  onJobExited(job: JobId, outcome: JobOutcome): void;
  onRenewed(group: string, missing: readonly string[]): void;
  onDeadManDone(group: string, outcome: JobOutcome): void;
  onLink(device: string, hasCarrier: boolean, mac: string): void;
  onPing(target: string, isUp: boolean): void;
  onFenced(fence: string, outcome: FenceOutcome): void;
  onFenceTested(fence: string, outcome: FenceTestOutcome): void;
  onWatchdog(report: WatchdogReport): void;
}

export type DeadManPhase = 'none' | 'armed' | 'running' | 'done';

interface DeadManOrder {
  readonly afterMs: number;
  readonly epochCounter: number;
  heardAtMs: number;
  phase: DeadManPhase;
}

/** Older orders to renew are dropped. */
const renewAgeMsMax = 250;
const tickMs = 250;
const watchdogLookMs = 5_000;
/** After a time in which it stood still itself, the runner gives the head so long to speak up. */
const graceMs = 1_000;

/** The runner of one machine: carries out what the head orders, and goes on when the head is gone. */
export class Hands {
  readonly process = new Process();
  readonly #machine: Machine;
  readonly #around: Surroundings;
  readonly #running = new Map<JobId, JobSpec>();
  readonly #kept = new Map<JobId, JobOutcome>();
  readonly #keptDeadMan = new Map<string, JobOutcome>();
  readonly #queues = new Map<string, (() => void)[]>();
  readonly #deadMan = new Map<string, DeadManOrder>();
  readonly #renewed = new Map<string, { readonly atMs: number; readonly epochCounter: number }>();
  readonly #pings: Pings;
  readonly #fences = new Set<string>();
  #listener: Listener | undefined;

  constructor(machine: Machine, around: Surroundings) {
    this.#machine = machine;
    this.#around = around;
    this.#pings = new Pings(machine, this.process, around, (target, isUp) => {
      this.#tell((to) => to.onPing(target, isUp));
    });
  }

  get isBusy(): boolean {
    return this.#running.size > 0 || [...this.#deadMan.values()].some(({ phase }) => phase === 'running');
  }

  connect(listener: Listener): void {
    this.#listener = listener;
    const { nowMs } = this.#around.schedule;
    const renewals = [...this.#renewed].map(([group, { atMs, epochCounter }]) => ({
      group,
      agoMs: nowMs - atMs,
      epochCounter,
    }));
    const phases = new Map([...this.#deadMan].map(([group, { phase }]) => [group, phase]));
    const jobs = [...this.#running.values()];
    this.#tell((to) => to.onGreeting(jobs, renewals, phases));
    this.tellLink();
    this.#tellWatchdog(this.#machine.watchdog.petAtMs === undefined ? 'off' : 'armed');
    for (const [target, isUp] of this.#pings.known()) this.#tell((to) => to.onPing(target, isUp));
    for (const [job, outcome] of this.#kept) this.#tell((to) => to.onJobExited(job, outcome));
    this.#kept.clear();
    for (const [group, outcome] of this.#keptDeadMan) this.#tell((to) => to.onDeadManDone(group, outcome));
    this.#keptDeadMan.clear();
  }

  disconnect(): void {
    this.#listener = undefined;
  }

  tellLink(): void {
    const { hasCarrier, mac } = this.#machine;
    for (const device of serviceDevicesOf(this.#around.options)) {
      this.#tell((to) => to.onLink(device, hasCarrier, mac));
    }
  }

  run(spec: JobSpec): void {
    this.process.run(() => {
      if (this.#running.has(spec.job)) return;
      this.#running.set(spec.job, spec);
      const isRefused =
        this.#deadMan.get(spec.group)?.phase === 'running' && spec.action !== 'stop' && spec.action !== 'status';
      if (isRefused) {
        this.#finish(spec, {
          kind: 'notStarted',
          detail: `group ${spec.group} is being stopped, because no head had renewed it`,
        });
        return;
      }
      this.#perform(spec, (outcome) => this.#finish(spec, outcome));
    });
  }

  renew(group: string, epochCounter: number): void {
    const orderedAtMs = this.#around.schedule.nowMs;
    this.process.run(() => {
      const { nowMs } = this.#around.schedule;
      if (nowMs - orderedAtMs > renewAgeMsMax) return;
      const order = this.#deadMan.get(group);
      const isStopping = order?.phase === 'running';
      if (order?.phase === 'armed') order.heardAtMs = nowMs;
      const missing: string[] = [];
      for (const address of this.#addressesOf(group)) {
        const key = `${group}/${address}`;
        if (isStopping || !this.#machine.kernel.holds(key)) missing.push(address);
        else this.#machine.kernel.put(key, this.#machine.config.timing.leaseMs);
      }
      // The survivor of a split goes on under a higher epoch: what its data descends from follows.
      const dataResource = this.#machine.dataResource(group);
      if (dataResource !== undefined && this.#machine.runs(group, dataResource))
        serve(this.#machine, group, epochCounter, this.#around);
      if (missing.length === 0 && !isStopping) this.#renewed.set(group, { atMs: nowMs, epochCounter });
      this.#tell((to) => to.onRenewed(group, missing));
    });
  }

  /** One round of questions in the LAN; answered at once when somebody answers. */
  ask(group: string, waitMs: number, onAnswer: (answer: AskAnswer) => void): void {
    this.process.run(() => {
      const { schedule, options } = this.#around;
      if (!this.#machine.hasCarrier) {
        schedule.after(0.5, () =>
          this.process.run(() => onAnswer({ kind: 'impossible', detail: 'the service device has no carrier' })),
        );
        return;
      }
      const look = (isLast: boolean): void => {
        const mac = this.#around.answerInLan(this.#machine, group);
        const [address = ''] = this.#addressesOf(group);
        if (mac !== undefined) this.process.run(() => onAnswer({ kind: 'answered', mac, address }));
        else if (isLast) this.process.run(() => onAnswer({ kind: 'silent' }));
        else schedule.after(Math.max(0, waitMs - options.pace.answerMs), () => look(true));
      };
      schedule.after(options.pace.answerMs, () => look(options.pace.answerMs >= waitMs));
    });
  }

  /** Each order is carried out once, however often it is given. */
  fence(fence: string, withinMs: number): void {
    this.process.run(() => {
      if (this.#fences.has(fence)) return;
      this.#fences.add(fence);
      this.#machine.fence.fire(this.process, withinMs, (outcome) => {
        this.#tell((to) => to.onFenced(fence, outcome));
      });
    });
  }

  testFence(fence: string): void {
    this.process.run(() =>
      this.#machine.fence.test(this.process, (outcome) => this.#tell((to) => to.onFenceTested(fence, outcome))),
    );
  }

  dropAddresses(group: string): void {
    this.process.run(() => {
      for (const address of this.#addressesOf(group)) this.#machine.kernel.remove(`${group}/${address}`, 'is dropped');
    });
  }

  /** What fails to be armed may be armed a while later. */
  watchdog(order: 'arm' | 'pet' | 'disarm'): void {
    const { watchdogMs } = this.#around.options;
    const orderedAtMs = this.#around.schedule.nowMs;
    if (watchdogMs === undefined) return;
    this.process.run(() => {
      const { watchdog } = this.#machine;
      switch (order) {
        case 'pet':
          if (this.#around.schedule.nowMs - orderedAtMs <= renewAgeMsMax) watchdog.pet();
          return;
        case 'disarm':
          watchdog.disarm();
          this.#tellWatchdog('off');
          return;
        case 'arm': {
          const isArmed = watchdog.arm(watchdogMs);
          this.#tellWatchdog(isArmed ? 'armed' : 'failed');
          if (!isArmed)
            this.#around.schedule.after(watchdogLookMs, () => this.process.run(() => this.#lookAtWatchdog()));
        }
      }
    });
  }

  #lookAtWatchdog(): void {
    if (this.#machine.watchdog.petAtMs === undefined) this.#tellWatchdog('off');
  }

  #tellWatchdog(state: WatchdogReport['state']): void {
    const timeoutMs = this.#around.options.watchdogMs;
    if (timeoutMs === undefined) return;
    const detail = state === 'failed' ? 'Device or resource busy' : '';
    this.#tell((to) => to.onWatchdog({ state, timeoutMs, canDisarm: true, detail }));
  }

  setDeadMan(group: string, order: { readonly afterMs: number; readonly epochCounter: number } | undefined): void {
    this.process.run(() => {
      if (this.#deadMan.get(group)?.phase === 'running') return;
      if (order === undefined) {
        this.#deadMan.delete(group);
        return;
      }
      const armed: DeadManOrder = { ...order, heardAtMs: this.#around.schedule.nowMs, phase: 'armed' };
      this.#deadMan.set(group, armed);
      this.#watch(group, armed);
    });
  }

  thaw(isTimerFirst: boolean): void {
    const { nowMs } = this.#around.schedule;
    for (const order of this.#deadMan.values()) {
      if (order.phase === 'armed') order.heardAtMs = Math.max(order.heardAtMs, nowMs - order.afterMs + graceMs);
    }
    this.process.thaw(isTimerFirst ? 0 : Number.POSITIVE_INFINITY);
  }

  #watch(group: string, order: DeadManOrder): void {
    const { schedule, random, options } = this.#around;
    const late = options.pace.kernelLateMs[0] === options.pace.kernelLateMs[1] ? 0 : random.timers.timeMs([0, tickMs]);
    schedule.at(order.heardAtMs + order.afterMs + late, () =>
      this.process.run(() => {
        if (this.#deadMan.get(group) !== order || order.phase !== 'armed') return;
        if (order.heardAtMs + order.afterMs > schedule.nowMs) this.#watch(group, order);
        else this.#carryOutDeadMan(group, order);
      }, 'timer'),
    );
  }

  #carryOutDeadMan(group: string, order: DeadManOrder): void {
    this.#around.log(this.#machine.name, () => `dead-man order: no head has renewed ${group}, stopping it`);
    this.#around.coverage.count('seen dead-man order carried out');
    order.phase = 'running';
    const resources = this.#machine.config.groups.find(({ name }) => name === group)?.resources ?? [];
    const stops = resources.filter(({ side }) => side === 'owner').toReversed();
    const failures: string[] = [];
    const next = (index: number): void => {
      const resource = stops[index];
      if (resource === undefined) {
        order.phase = 'done';
        const isDone = failures.length === 0;
        this.#deadManDone(group, isDone ? { kind: 'done' } : { kind: 'failed', detail: failures.join(', ') });
        return;
      }
      const { epochCounter } = order;
      this.#around.witnessed.lapsed(this.#machine, group, resource.name);
      const timeoutMs = resource.stopTimeoutMs;
      const spec = {
        job: 'dead-man',
        group,
        resource: resource.name,
        action: 'stop',
        epochCounter,
        timeoutMs,
      } as const;
      this.#perform(spec, (outcome) => {
        if (outcome.kind !== 'done') failures.push(resource.name);
        next(index + 1);
      });
    };
    next(0);
  }

  #deadManDone(group: string, outcome: JobOutcome): void {
    if (this.#listener === undefined) this.#keptDeadMan.set(group, outcome);
    else this.#tell((to) => to.onDeadManDone(group, outcome));
  }

  /** Jobs that change one resource run one after the other; checks run beside them. */
  #perform(spec: JobSpec, onDone: (outcome: JobOutcome) => void): void {
    const work = (onWorked: (outcome: JobOutcome) => void): void =>
      carryOut(spec, this.#machine, this.process, this.#around, onWorked);
    if (spec.action === 'status') {
      work(onDone);
      return;
    }
    const key = `${spec.group}/${spec.resource}`;
    const task = (): void =>
      work((outcome) => {
        onDone(outcome);
        const queue = this.#queues.get(key) ?? [];
        queue.shift();
        queue[0]?.();
      });
    const queue = this.#queues.get(key) ?? [];
    this.#queues.set(key, queue);
    queue.push(task);
    if (queue.length === 1) task();
  }

  #finish(spec: JobSpec, outcome: JobOutcome): void {
    this.#running.delete(spec.job);
    const say = (): string =>
      `${spec.resource} ${spec.action}: ${'detail' in outcome ? `${outcome.kind}, ${outcome.detail}` : outcome.kind}`;
    const isUsual =
      spec.action === 'status' && (outcome.kind === 'running' || this.#machine.held(spec.group).all.length === 0);
    if (!isUsual) this.#around.log(this.#machine.name, say);
    if (this.#listener === undefined) this.#kept.set(spec.job, outcome);
    else this.#tell((to) => to.onJobExited(spec.job, outcome));
  }

  /** One socket: what is said first is heard first. */
  #tell(say: (listener: Listener) => void): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    this.#around.schedule.after(this.#around.options.pace.socketMs, () => say(listener));
  }

  #addressesOf(group: string): readonly string[] {
    const resources = this.#machine.config.groups.find(({ name }) => name === group)?.resources ?? [];
    return resources.filter(({ kind }) => kind === 'address').map(({ name }) => name);
  }
}
