import { join } from 'node:path';
import type { FencePlan, PlannedFence } from '../config/fencePlan.ts';
import type { FenceOutcome, FenceTestOutcome } from '../core/fenceOutcome.ts';
import { type FenceContext, switchOff, switchOn, testDevice } from './fenceDevice.ts';

export interface FencingOptions {
  readonly outputFolder: string;
  readonly agentFolders: readonly string[];
  /** How the peer is fenced; undefined where the config says nothing about it. */
  currentPlan(): { readonly self: string; readonly fence: FencePlan | undefined };
  onFenced(fence: string, outcome: FenceOutcome): void;
  onTested(fence: string, outcome: FenceTestOutcome): void;
  onProblem(sentence: string): void;
}

/** Orders that are remembered, so that one which is given twice is carried out once. */
const rememberedMax = 16;
const detailCharactersMax = 2_000;

/** Fences the peer as the config says: level by level, one attempt at a time. Only the peer, and only by what is named there. */
export class Fencing {
  readonly #options: FencingOptions;
  readonly #attempts = new Map<string, Promise<FenceOutcome>>();
  #turn: Promise<unknown> = Promise.resolve();
  #isTesting = false;
  #callCount = 0;

  constructor(options: FencingOptions) {
    this.#options = options;
  }

  fence(id: string): void {
    const known = this.#attempts.get(id);
    const attempt = known ?? this.#inTurn(() => this.#attempt());
    if (known === undefined) {
      this.#attempts.set(id, attempt);
      for (const oldest of this.#attempts.keys())
        if (this.#attempts.size > rememberedMax) this.#attempts.delete(oldest);
    }
    void attempt.then((outcome) => this.#options.onFenced(id, outcome));
  }

  test(id: string): void {
    if (this.#isTesting) {
      this.#options.onTested(id, { kind: 'failed', detail: 'the test before is still under way' });
      return;
    }
    this.#isTesting = true;
    void this.#test()
      .catch(
        (error: unknown): FenceTestOutcome => ({ kind: 'failed', detail: `a fault of the runner: ${String(error)}` }),
      )
      .then((outcome) => {
        this.#isTesting = false;
        this.#options.onTested(id, outcome);
      });
  }

  /** What one attempt does to the plugs must not meet what another one does. */
  #inTurn(work: () => Promise<FenceOutcome>): Promise<FenceOutcome> {
    const safe = async (): Promise<FenceOutcome> => {
      try {
        return await work();
      } catch (error) {
        return { kind: 'failed', detail: `a fault of the runner: ${String(error)}` };
      }
    };
    const turn = this.#turn.then(safe);
    this.#turn = turn.then(() => this.#afterwards).then(() => undefined);
    return turn;
  }

  /** Switching on again, of which nobody waits for the end but the next attempt. */
  #afterwards: Promise<unknown> = Promise.resolve();

  async #attempt(): Promise<FenceOutcome> {
    const { self, fence } = this.#options.currentPlan();
    if (fence === undefined) return { kind: 'failed', detail: "the runner's config has no fence" };
    const context = this.#contextOf(self, fence);
    const failures: string[] = [];
    for (const [index, level] of fence.levels.entries()) {
      if (level.kind === 'person') return { kind: 'person', detail: withFailures('meatware', failures) };
      const failure = await offByAll(level.devices, context);
      if (failure === undefined) {
        this.#afterwards = this.#switchOnAgain(level.devices, context);
        const names = level.devices.map(({ name }) => name).join(' and ');
        return { kind: 'off', by: index === 0 ? names : `${names} (level ${index + 1})` };
      }
      failures.push(failure);
      this.#options.onProblem(`level ${index + 1} of the fence failed: ${failure}`);
    }
    const detail =
      failures.length === 0 ? `nothing in the config can fence ${fence.target}` : withFailures('', failures);
    return { kind: 'failed', detail };
  }

  async #switchOnAgain(devices: readonly PlannedFence[], context: FenceContext): Promise<void> {
    for (const device of devices) {
      if (device.kind !== 'agent' || device.action !== 'reboot') continue;
      const outcome = await switchOn(device, context);
      if (!outcome.ok)
        this.#options.onProblem(`${context.target} is off, and could not be switched on again: ${outcome.detail}`);
    }
  }

  async #test(): Promise<FenceTestOutcome> {
    const { self, fence } = this.#options.currentPlan();
    if (fence === undefined) return { kind: 'failed', detail: "the runner's config has no fence" };
    const context = this.#contextOf(self, fence);
    const failures: string[] = [];
    for (const level of fence.levels) {
      if (level.kind === 'person') continue;
      for (const device of level.devices) {
        const outcome = await testDevice(device, context);
        if (!outcome.ok) failures.push(outcome.detail);
      }
    }
    return failures.length === 0 ? { kind: 'passed' } : { kind: 'failed', detail: withFailures('', failures) };
  }

  #contextOf(self: string, { target }: FencePlan): FenceContext {
    return {
      self,
      target,
      agentFolders: this.#options.agentFolders,
      outputPath: () => {
        this.#callCount += 1;
        return join(this.#options.outputFolder, `fence-${process.pid}-${this.#callCount}`);
      },
    };
  }
}

/** A machine with two power supplies is off when both are: one after the other, and the first failure ends it. */
async function offByAll(devices: readonly PlannedFence[], context: FenceContext): Promise<string | undefined> {
  for (const device of devices) {
    const outcome = await switchOff(device, context);
    if (!outcome.ok) return outcome.detail;
  }
  return undefined;
}

function withFailures(what: string, failures: readonly string[]): string {
  return [...failures, ...(what === '' ? [] : [what])].join('; then ').slice(0, detailCharactersMax);
}
