import type { Schedule } from './schedule.ts';

/** The watchdog of one machine: once armed it counts, whatever happens to the processes that petted it. */
export class WatchdogDevice {
  /** Somebody else has opened it: it cannot be armed. */
  isBusy = false;
  /** It takes every order, and never resets the machine. */
  isDumb = false;
  readonly #schedule: Schedule;
  readonly #onFire: () => void;
  #timeoutMs = 0;
  #petAtMs: number | undefined;

  constructor(schedule: Schedule, onFire: () => void) {
    this.#schedule = schedule;
    this.#onFire = onFire;
  }

  /** When it was last petted; undefined while it is off. */
  get petAtMs(): number | undefined {
    return this.#petAtMs;
  }

  arm(timeoutMs: number): boolean {
    if (this.isBusy) return false;
    const wasArmed = this.#petAtMs !== undefined;
    this.#timeoutMs = timeoutMs;
    this.#petAtMs = this.#schedule.nowMs;
    if (!wasArmed) this.#watch(this.#petAtMs + timeoutMs);
    return true;
  }

  pet(): void {
    if (this.#petAtMs !== undefined) this.#petAtMs = this.#schedule.nowMs;
  }

  disarm(): void {
    this.#petAtMs = undefined;
  }

  #watch(atMs: number): void {
    this.#schedule.at(atMs, () => {
      if (this.#petAtMs === undefined) return;
      const dueAtMs = this.#petAtMs + this.#timeoutMs;
      if (dueAtMs > this.#schedule.nowMs) {
        this.#watch(dueAtMs);
        return;
      }
      this.#petAtMs = undefined;
      if (!this.isDumb) this.#onFire();
    });
  }
}
