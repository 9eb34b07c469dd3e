import type { Machine } from './machine.ts';
import type { World } from './world.ts';

/** Since when each machine really runs something of each group, and why what is down may be down. */
export class Truth {
  readonly #world: World;
  readonly #heldSinceMs = new Map<string, number>();
  readonly #addressSinceMs = new Map<string, number>();
  readonly #bothSinceMs = new Map<string, number>();
  readonly #excusedDown = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Looks again; says whether this machine has just put the address up, or has nothing of the group any more. */
  look(machine: Machine, group: string): { readonly isAddressNew: boolean; readonly isLess: boolean } {
    const { nowMs } = this.#world;
    const key = `${machine.name}/${group}`;
    const isHeld = machine.held(group).honest.length > 0;
    const wasHeld = this.#heldSinceMs.has(key);
    if (isHeld && !wasHeld) this.#heldSinceMs.set(key, nowMs);
    if (!isHeld) this.#heldSinceMs.delete(key);
    const hasAddress = machine.kernel.holds(`${group}/address`);
    const isAddressNew = hasAddress && !this.#addressSinceMs.has(key);
    if (isAddressNew) this.#addressSinceMs.set(key, nowMs);
    if (!hasAddress) this.#addressSinceMs.delete(key);
    const isBoth = this.#world.machines.every((one) => one.held(group).honest.length > 0);
    if (isBoth && !this.#bothSinceMs.has(group)) this.#bothSinceMs.set(group, nowMs);
    if (!isBoth) this.#bothSinceMs.delete(group);
    return { isAddressNew, isLess: wasHeld && !isHeld };
  }

  heldSinceMs(machine: Machine, group: string): number | undefined {
    return this.#heldSinceMs.get(`${machine.name}/${group}`);
  }

  addressSinceMs(machine: Machine, group: string): number | undefined {
    return this.#addressSinceMs.get(`${machine.name}/${group}`);
  }

  bothSinceMs(group: string): number | undefined {
    return this.#bothSinceMs.get(group);
  }

  /** A resource that went down, or never came up, by an accident: its daemon may not know. */
  excuseDown(machine: Machine, group: string, resource: string): void {
    this.#excusedDown.add(`${machine.name}/${group}/${resource}`);
  }

  isDownExcused(machine: Machine, group: string, resource: string): boolean {
    return this.#excusedDown.has(`${machine.name}/${group}/${resource}`);
  }
}
