import type { FenceOutcome, FenceTestOutcome } from '../core/fenceOutcome.ts';
import type { Machine } from './machine.ts';
import type { Process } from './process.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * What a fence does instead of its work.
 *
 * - `fails` says so, having done nothing
 * - `hangs` until its time is up, then says so
 * - `lies` says that the peer is off, having done nothing
 * - `isSlow` takes the most of its time
 */
export type FenceFault = 'fails' | 'hangs' | 'lies' | 'isSlow';

/** The devices with which one machine can cut the power of the other. */
export class FenceDevice {
  readonly #machine: Machine;
  readonly #around: Surroundings;
  #fault: FenceFault | undefined;
  #timesLeft = 0;

  constructor(machine: Machine, around: Surroundings) {
    this.#machine = machine;
    this.#around = around;
  }

  get isHonest(): boolean {
    return this.#fault === undefined;
  }

  plan(how: FenceFault, times: number): void {
    this.#fault = how;
    this.#timesLeft = times;
  }

  mend(): void {
    this.#fault = undefined;
  }

  /** The agent runs beside the runner, and stands still with its machine. */
  fire(process: Process, withinMs: number, onDone: (outcome: FenceOutcome) => void): void {
    const { options, random, schedule, coverage } = this.#around;
    const { fence } = options;
    const say = (outcome: FenceOutcome): void => process.run(() => onDone(outcome));
    if (fence === undefined || fence.isPerson) {
      schedule.after(1, () => say({ kind: 'person', detail: 'meatware' }));
      return;
    }
    const fault = this.#take();
    const takesMs = fault === 'isSlow' ? withinMs * 0.9 : random.jobs.timeMs(fence.takesMs);
    coverage.count(`seen fence ${fault ?? 'that works'}`);
    switch (fault) {
      case 'fails':
        schedule.after(takesMs, () => say({ kind: 'failed', detail: 'the device says no' }));
        return;
      case 'hangs':
        schedule.after(withinMs, () => say({ kind: 'failed', detail: `no answer within ${withinMs} ms` }));
        return;
      case 'lies':
        schedule.after(takesMs, () => {
          this.#around.plugs.noteLie(this.#machine);
          say({ kind: 'off', by: 'a liar' });
        });
        return;
      case 'isSlow':
      case undefined:
        schedule.after(takesMs, () =>
          process.run(() => {
            this.#around.plugs.pull(this.#around.peerOf(this.#machine), fence.action);
            schedule.after(verifyMs, () => say({ kind: 'off', by: 'the device' }));
          }),
        );
    }
  }

  test(process: Process, onDone: (outcome: FenceTestOutcome) => void): void {
    this.#around.schedule.after(verifyMs, () => {
      const isDead = this.#fault === 'fails' || this.#fault === 'hangs';
      process.run(() => onDone(isDead ? { kind: 'failed', detail: 'the device says no' } : { kind: 'passed' }));
    });
  }

  #take(): FenceFault | undefined {
    const fault = this.#fault;
    this.#timesLeft -= 1;
    if (this.#timesLeft <= 0) this.#fault = undefined;
    return fault;
  }
}

/** Asking the device for the state of the plug. */
const verifyMs = 20;
