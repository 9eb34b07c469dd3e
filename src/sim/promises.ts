import { armedReason } from '../core/armed.ts';
import { isFlapping } from '../core/flapping.ts';
import { usableMedia } from '../core/media.ts';
import type { Machine } from './machine.ts';
import type { Truth } from './truth.ts';
import type { World } from './world.ts';

/** Something that must, or must not, have happened after a time in which no other accident came. */
interface Promised {
  isOff: boolean;
}

/** What is promised for one accident that comes alone: I4, I5 and I10. */
export class Promises {
  readonly #world: World;
  readonly #truth: Truth;
  readonly #open = new Set<Promised>();
  #calmSinceMs = Number.POSITIVE_INFINITY;
  #typedAtMs = Number.NEGATIVE_INFINITY;
  /** A daemon was killed and will be back soon: what it served must not stop. */
  #restarted: { readonly machine: Machine; readonly promised: Promised } | undefined;

  constructor(world: World, truth: Truth) {
    this.#world = world;
    this.#truth = truth;
  }

  get isPending(): boolean {
    return this.#open.size > 0;
  }

  /** Another accident, or an operator: nothing is promised for both together. */
  forget(): void {
    for (const promised of this.#open) promised.isOff = true;
    this.#open.clear();
    this.#restarted = undefined;
  }

  setCalm(isCalm: boolean): void {
    this.#calmSinceMs = isCalm ? this.#world.nowMs : Number.POSITIVE_INFINITY;
  }

  noteTyped(): void {
    this.#typedAtMs = this.#world.nowMs;
    this.forget();
  }

  /** I10: the daemon is back before anybody can have taken over. */
  expectNoStop(machine: Machine, forMs: number): void {
    const promised = this.#promise(forMs, () => {
      this.#world.coverage.count('seen I10 kept');
      this.#restarted = undefined;
    });
    this.#restarted = { machine, promised };
  }

  /** I4: looked at before the owner goes down; whoever is armed then is active within deadtime and its start. */
  expectTakeover(machine: Machine): void {
    const peer = this.#world.peerOf(machine);
    const { options } = this.#world;
    const state = peer.head?.engine.state;
    if (state === undefined || options.mode === 'manual' || options.isStrict || !peer.hasCarrier) return;
    const atMs = peer.monotonicMs();
    const isEnough = usableMedia(state, atMs).size > 1 || options.isSingleChannelAllowed;
    if (!isEnough || options.pace.lossPercent > 0) return;
    const slowestMs = Math.max(options.deadMs, ...machine.config.channels.map(({ deadMs }) => deadMs));
    const { pace } = options;
    const startMs =
      4 * (pace.startMs[1] + pace.statusMs[1]) + 2 * (pace.stopMs[1] + pace.statusMs[1]) + 6 * pace.diskMs[1];
    for (const group of state.groups) {
      const { name } = group.config;
      const wall = peer.wallMs();
      const isOwner = machine.held(name).honest.length > 0 && peer.held(name).all.length === 0;
      if (!isOwner || armedReason(state, group, atMs, wall) !== 'armed' || isFlapping(group)) continue;
      // A copy may come to lag behind just then.
      if (group.config.dataClass === 'copied' && group.config.maxLagMs < 600_000) continue;
      if (group.activity.kind !== 'idle' || machine.head?.roleBefore(name) !== 'active') continue;
      this.#promise(slowestMs + startMs + 1_500, () => {
        const activity = peer.head?.engine.state.groups.find(({ config }) => config.name === name)?.activity.kind;
        const isWithdrawn = peer.head?.engine.state.groups.find(({ config }) => config.name === name)?.durable
          .isCopyWithdrawn;
        // A rewriting sync was half-way just then.
        if (isWithdrawn === true) return;
        if (activity === 'active') this.#world.coverage.count('seen I4 kept');
        else
          this.#world.fail(
            'I4',
            `${peer.name} was armed for ${name} when ${machine.name} lost its power, and is ${activity ?? 'gone'}`,
          );
      });
    }
  }

  /** Something stopped running altogether. */
  stopped(machine: Machine, group: string): void {
    const { nowMs, options } = this.#world;
    if (this.#restarted?.machine === machine && !this.#restarted.promised.isOff) {
      this.#world.fail('I10', `${group} was stopped on ${machine.name}, whose daemon was only restarted`);
    }
    const calmMs = nowMs - this.#calmSinceMs;
    const isTyped = nowMs - this.#typedAtMs < 40_000;
    if (this.#world.hasScriptFaults || isTyped || options.pace.lossPercent > 0) return;
    if (calmMs > 4 * options.deadMs + 20_000 && this.#truth.bothSinceMs(group) === undefined) {
      this.#world.fail(
        'I5',
        `${group} was stopped on ${machine.name} for no reason: no accident for ${Math.round(calmMs)} ms`,
      );
    }
  }

  #promise(inMs: number, keep: () => void): Promised {
    const promised: Promised = { isOff: false };
    this.#open.add(promised);
    this.#world.schedule.after(inMs, () => {
      this.#open.delete(promised);
      if (!promised.isOff) keep();
    });
    return promised;
  }
}
