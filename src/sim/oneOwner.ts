import { isInMaintenance } from '../core/groups.ts';
import type { Machine } from './machine.ts';
import type { Truth } from './truth.ts';
import type { World } from './world.ts';

/**
 * With a witness two machines never run something of one group at once, whatever is cut, and whichever one of the three
 * is gone. Excused are a daemon that could not act in time, scripts that do not stop what they should, an operator's
 * maintenance, a fence that has lied, and an owner whose peer was proven away and that has never reached the witness
 * since.
 */
export class OneOwner {
  readonly #world: World;
  readonly #truth: Truth;
  readonly #isBoth = new Set<string>();

  constructor(world: World, truth: Truth) {
    this.#world = world;
    this.#truth = truth;
  }

  look(group: string): void {
    const { machines, options, coverage } = this.#world;
    if (options.witness === undefined) return;
    if (this.#truth.bothSinceMs(group) === undefined) {
      this.#isBoth.delete(group);
      return;
    }
    if (this.#isBoth.has(group)) return;
    this.#isBoth.add(group);
    const [one, other] = machines;
    const sinceMs = (machine: Machine): number => this.#truth.heldSinceMs(machine, group) ?? this.#world.nowMs;
    const older = sinceMs(one) <= sinceMs(other) ? one : other;
    const excuse = this.#excuse(older, Math.max(sinceMs(one), sinceMs(other)), group);
    if (excuse !== undefined) {
      coverage.count(`seen two owners: ${excuse}`);
      return;
    }
    const held = machines.map((machine) => `${machine.name} ${machine.held(group).honest.join(', ')}`);
    this.#world.fail('I1b', `two owners of ${group} although there is a witness: ${held.join('; ')}`);
  }

  #excuse(older: Machine, bothSinceMs: number, group: string): string | undefined {
    const { nowMs, hasScriptFaults, plugs } = this.#world;
    if (hasScriptFaults) return 'scripts misbehave';
    if (plugs.hasLied) return 'a fence has lied';
    if (older.isImpaired) return 'a daemon stands still';
    if (nowMs - older.impairedUntilMs <= this.#catchUpMs()) return 'a daemon has just come back';
    const state = older.head?.engine.state;
    const known = state?.groups.find(({ config }) => config.name === group);
    if (state === undefined || known === undefined) return 'a daemon stands still';
    if (isInMaintenance(known)) return 'in maintenance';
    if (known.durable.stopFailed !== undefined) return 'a stop failed';
    const { provenAtMs } = state;
    const newestMs = Math.max(known.lease.grantedFromMs ?? 0, state.peer.freshAsOfMs ?? 0);
    if (provenAtMs === undefined || provenAtMs <= newestMs) return undefined;
    // What it believed then was true: the other one has come back since.
    const wasTrue = nowMs - (older.monotonicMs() - provenAtMs) <= bothSinceMs;
    return wasTrue ? 'the peer was proven away' : undefined;
  }

  /** What a daemon that comes back may take: it asks twice what it may do, asks what runs, and stops it. */
  #catchUpMs(): number {
    const { witness, pace } = this.#world.options;
    if (witness === undefined) return 0;
    return witness.stopMs + 2 * witness.timeoutMs + witness.renewMs + 4 * pace.statusMs[1] + 5 * pace.diskMs[1] + 500;
  }
}
