import type { Surroundings } from './surroundings.ts';

interface Held {
  expiresAtMs: number;
  removedAtMs: number;
}

const lapse = 'is removed by the kernel: its lease is over';

/** The floating addresses that a kernel holds, each with a lifetime. It goes on while every process is frozen. */
export class Kernel {
  readonly #held = new Map<string, Held>();
  readonly #around: Surroundings;
  readonly #onChange: (address: string, what: string, isLapse: boolean) => void;

  constructor(around: Surroundings, onChange: (address: string, what: string, isLapse: boolean) => void) {
    this.#around = around;
    this.#onChange = onChange;
  }

  holds(address: string): boolean {
    return this.#held.has(address);
  }

  /** `ip addr add`, and `ip addr change` for an address that is there. */
  put(address: string, leaseMs: number): void {
    const { schedule, random, options } = this.#around;
    const expiresAtMs = schedule.nowMs + Math.ceil(leaseMs / 1_000) * 1_000;
    const removedAtMs = expiresAtMs + random.kernel.timeMs(options.pace.kernelLateMs);
    const known = this.#held.get(address);
    if (known !== undefined) {
      known.expiresAtMs = expiresAtMs;
      known.removedAtMs = removedAtMs;
      return;
    }
    const held = { expiresAtMs, removedAtMs };
    this.#held.set(address, held);
    this.#onChange(address, 'is up', false);
    this.#watch(address, held);
  }

  remove(address: string, why: string): boolean {
    if (!this.#held.delete(address)) return false;
    this.#onChange(address, why, why === lapse);
    return true;
  }

  clear(): void {
    for (const address of this.#held.keys()) this.remove(address, 'is gone with the machine');
  }

  #watch(address: string, held: Held): void {
    const { schedule } = this.#around;
    schedule.at(held.removedAtMs, () => {
      if (this.#held.get(address) !== held) return;
      if (held.removedAtMs > schedule.nowMs) this.#watch(address, held);
      else this.remove(address, lapse);
    });
  }
}
