import type { Clock } from '../engine/ports.ts';

/**
 * An alarm that is later than this comes after a pause of the process: what arrived meanwhile lies in the
 * sockets. Node looks at its timers before its sockets; a turn of the loop lets it read them first.
 */
const pauseMs = 5;
/** setTimeout fires at once for anything longer. */
const timerMsMax = 2_147_483_647;

/**
 * The clock of this machine. Monotonic time is CLOCK_MONOTONIC, the same for every process of the machine:
 * the runner compares it with its own.
 *
 * The one alarm never fires early, and late by about a millisecond, the grain of Node's timers. `onFired` is
 * told by how much.
 */
export class SystemClock implements Clock {
  readonly #onFired: (lateMs: number) => void;
  #alarm: { readonly atMs: number; readonly onAlarm: () => void } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  constructor(onFired: (lateMs: number) => void = () => undefined) {
    this.#onFired = onFired;
  }

  nowMs(): number {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1e3 + nanoseconds / 1e6;
  }

  wallMs(): number {
    return Date.now();
  }

  setAlarm(atMs: number, onAlarm: () => void): void {
    const isArmedFor = this.#alarm?.atMs;
    this.#alarm = { atMs, onAlarm };
    // The loop sets the same alarm after each packet that it hears.
    if (isArmedFor !== atMs) this.#arm(atMs);
  }

  clearAlarm(): void {
    this.#alarm = undefined;
    this.#disarm();
  }

  #arm(atMs: number): void {
    this.#disarm();
    if (atMs === Number.POSITIVE_INFINITY) return;
    const leftMs = atMs - this.nowMs();
    if (leftMs <= 0) {
      this.#immediate = setImmediate(() => this.#fire());
    } else {
      this.#timer = setTimeout(() => this.#fire(), Math.min(Math.ceil(leftMs), timerMsMax));
    }
  }

  /** Node counts a timer from the begin of the turn of the loop that set it, so it may come too early. */
  #fire(hasReadSockets = false): void {
    const alarm = this.#alarm;
    if (alarm === undefined) return;
    const lateMs = this.nowMs() - alarm.atMs;
    if (lateMs < 0) {
      this.#arm(alarm.atMs);
      return;
    }
    if (lateMs > pauseMs && !hasReadSockets) {
      this.#immediate = setImmediate(() => this.#fire(true));
      return;
    }
    this.#alarm = undefined;
    this.#onFired(lateMs);
    alarm.onAlarm();
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }
}
