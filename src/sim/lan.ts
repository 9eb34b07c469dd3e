import type { Cable } from './cable.ts';
import type { Machine } from './machine.ts';

/** What the service LAN needs of the world around it. */
export interface LanPlace {
  readonly nowMs: number;
  readonly machines: readonly Machine[];
  readonly cables: readonly Cable[];
  peerOf(machine: Machine): Machine;
  log(who: string, text: () => string): void;
}

/** The LAN that carries the floating addresses: its switch, its ports, and who else is in it. */
export class Lan {
  /** The switch is broken: carrier is there, nobody is reached. */
  isParted = false;
  /** Ping targets that are off. */
  readonly deadTargets = new Set<string>();
  /** Somebody else answers for these groups' addresses. */
  readonly intruders = new Set<string>();
  /** When it last became another one: a switch, a carrier, a port. */
  changedAtMs = 0;
  readonly #place: LanPlace;

  constructor(place: LanPlace) {
    this.#place = place;
  }

  /** What this machine sends arrives. */
  has(machine: Machine): boolean {
    return !this.isParted && machine.hasCarrier && !machine.isLanBlocked;
  }

  /** Nothing that goes between the two comes through. */
  get isCut(): boolean {
    return this.#place.machines.some((machine) => !this.has(machine));
  }

  reaches(machine: Machine, target: string): boolean {
    return machine.isOn && this.has(machine) && !this.deadTargets.has(target);
  }

  /** A kernel answers while every process of its machine is frozen. */
  answer(asker: Machine, group: string): string | undefined {
    if (!this.has(asker)) return undefined;
    if (this.intruders.has(group)) return '02:00:00:00:00:99';
    const peer = this.#place.peerOf(asker);
    const isHeld = peer.isOn && this.has(peer) && peer.kernel.holds(`${group}/address`);
    return isHeld ? peer.mac : undefined;
  }

  /** Somebody pulls, or plugs in, the cable of the service device: beats and addresses go that way. */
  setCarrier(machine: Machine, hasCarrier: boolean): void {
    if (machine.hasCarrier === hasCarrier) return;
    this.#place.log(machine.name, () => `${hasCarrier ? 'has its carrier back' : 'loses its carrier'}`);
    machine.hasCarrier = hasCarrier;
    if (machine.isOn) machine.hands?.process.run(() => machine.hands?.tellLink());
    this.#followChange();
  }

  part(isParted: boolean): void {
    if (this.isParted === isParted) return;
    this.#place.log('world', () => `the switch of the LAN is ${isParted ? 'broken' : 'mended'}`);
    this.isParted = isParted;
    this.#followChange();
  }

  /** A port of the switch that lets nothing through, with its carrier on. */
  block(machine: Machine, isBlocked: boolean): void {
    if (machine.isLanBlocked === isBlocked) return;
    this.#place.log(machine.name, () => `is ${isBlocked ? 'cut off from' : 'back in'} the LAN, its carrier stays`);
    machine.isLanBlocked = isBlocked;
    this.#followChange();
  }

  /** A ping target goes off, or comes back, for both. */
  switchTarget(target: string, isOff: boolean): void {
    if (this.deadTargets.has(target) === isOff) return;
    this.#place.log('world', () => `ping target ${target} is ${isOff ? 'off' : 'back'}`);
    if (isOff) this.deadTargets.add(target);
    else this.deadTargets.delete(target);
  }

  #followChange(): void {
    this.changedAtMs = this.#place.nowMs;
    for (const cable of this.#place.cables) if (cable.medium === 'lan') cable.isCut.fill(this.isCut);
  }
}
