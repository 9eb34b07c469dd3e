import { timeouts } from './options.ts';
import type { Truth } from './truth.ts';
import type { World } from './world.ts';

/**
 * I9: once no fault is in force, two owners are one within four beats, the time that stops take, and some slack.
 */
export class Overlap {
  readonly #world: World;
  readonly #truth: Truth;
  #calmSinceMs = Number.POSITIVE_INFINITY;
  readonly #watched = new Set<string>();

  constructor(world: World, truth: Truth) {
    this.#world = world;
    this.#truth = truth;
  }

  setCalm(isCalm: boolean): void {
    this.#calmSinceMs = isCalm ? this.#world.nowMs : Number.POSITIVE_INFINITY;
    if (isCalm) for (const { name } of this.#world.options.groups) this.look(name);
  }

  /** I1b: with a fence that tells the truth nobody starts by silence, and so no two ever serve, whatever is cut. */
  #checkFenced(group: string): void {
    const { fence, witness, startupAlone } = this.#world.options;
    // With a witness beside it either of the two may be what a start relies on.
    const isGuarded = fence !== undefined && witness === undefined && (startupAlone !== 'take' || fence.isAtStartup);
    if (!isGuarded || this.#world.plugs.hasLied || this.#isHeld(group)) return;
    const held = this.#world.machines.map((machine) => `${machine.name} ${machine.held(group).honest.join(', ')}`);
    this.#world.fail('I1b', `two owners of ${group} although there is a fence: ${held.join('; ')}`);
  }

  look(group: string): void {
    const bothSinceMs = this.#truth.bothSinceMs(group);
    if (bothSinceMs === this.#world.nowMs) this.#checkFenced(group);
    if (bothSinceMs === undefined || !Number.isFinite(this.#calmSinceMs) || this.#watched.has(group)) return;
    this.#watched.add(group);
    const fromMs = Math.max(bothSinceMs, this.#calmSinceMs);
    const untilMs = fromMs + this.#boundMs();
    this.#world.schedule.at(untilMs, () => {
      this.#watched.delete(group);
      const sinceMs = this.#truth.bothSinceMs(group);
      if (sinceMs === undefined || !Number.isFinite(this.#calmSinceMs)) return;
      const isOver = Math.max(sinceMs, this.#calmSinceMs) + this.#boundMs() <= this.#world.nowMs;
      if (!isOver) {
        this.look(group);
        return;
      }
      if (this.#isHeld(group)) return;
      const held = this.#world.machines.map((machine) => `${machine.name} ${machine.held(group).honest.join(', ')}`);
      this.#world.fail(
        'I9',
        `two owners of ${group} for ${Math.round(this.#world.nowMs - sinceMs)} ms, ${Math.round(this.#boundMs())} of them without a fault: ${held.join('; ')}`,
      );
    });
  }

  /** A stop failed: a person must look, and the daemons say so. */
  #isHeld(group: string): boolean {
    return this.#world.machines.some(({ head }) => {
      const known = head?.engine.state.groups.find(({ config }) => config.name === group);
      return known?.durable.stopFailed !== undefined || known?.durable.hasPeerStopFailed === true;
    });
  }

  #boundMs(): number {
    const { keepaliveMs, warnMs, pace } = this.#world.options;
    const beatsMs = 4 * keepaliveMs * (pace.lossPercent > 0 ? 3 : 1);
    const jobsMs = 2 * (pace.startMs[1] + 3 * (pace.stopMs[1] + pace.statusMs[1]));
    // A script that was told to hang before the last fault ended may still do so.
    const hangMs = this.#world.hasScriptFaults ? timeouts.startMs + timeouts.statusMs + 3 * timeouts.stopMs : 0;
    return beatsMs + jobsMs + hangMs + 5 * pace.diskMs[1] + warnMs + pace.daemonStartMs[1] + 1_000;
  }
}
