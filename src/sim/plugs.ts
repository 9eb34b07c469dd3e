import type { Machine } from './machine.ts';
import type { World } from './world.ts';

/** The plugs of both machines, as the devices of a fence pull them. */
export class Plugs {
  /** Some fence has said in this run that a machine was off that was not. */
  hasLied = false;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Somebody, or the fence itself, puts it in again later. */
  pull(machine: Machine, action: 'off' | 'reboot'): void {
    const { options, schedule, random, witnessed } = this.#world;
    this.#world.log(machine.name, () => `is fenced: ${action}`);
    witnessed.fenced(machine);
    this.#world.powerCut(machine);
    if (options.fence === undefined) return;
    schedule.after(random.faults.timeMs(options.fence.offMs), () => this.#world.boot(machine));
  }

  /** Its fence says that the peer is off, and has done nothing. */
  noteLie(machine: Machine): void {
    const peer = this.#world.peerOf(machine);
    if (peer.isOn) this.hasLied = true;
    this.#world.log(machine.name, () => `its fence says that ${peer.name} is off, and has done nothing`);
  }
}
