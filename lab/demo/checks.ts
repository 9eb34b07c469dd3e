import { nowMs, sleep } from '../clock.ts';
import type { Check } from './outcome.ts';

const lookEachMs = 20;

/** The checks of one step, told to `onCheck` as they are made. */
export class Checks {
  readonly #onCheck: (check: Check) => void;
  readonly #made: Check[] = [];

  constructor(onCheck: (check: Check) => void) {
    this.#onCheck = onCheck;
  }

  get made(): readonly Check[] {
    return this.#made;
  }

  /** `seen` says what is there instead; it is asked for only when the check fails. */
  that(name: string, isTrue: boolean, seen: () => string = () => 'it is not so'): void {
    const check = isTrue ? { name, ok: true } : { name, ok: false, because: oneLine(seen()) };
    this.#made.push(check);
    this.#onCheck(check);
  }

  /** Looks again and again. Returns the moment at which it was so, undefined when it was not in time. */
  async soon(
    name: string,
    withinMs: number,
    isTrue: () => boolean | Promise<boolean>,
    seen: () => string = () => `not within ${withinMs} ms`,
  ): Promise<number | undefined> {
    const deadlineMs = nowMs() + withinMs;
    let atMs: number | undefined;
    while (atMs === undefined && nowMs() < deadlineMs) {
      if (await isTrue()) atMs = nowMs();
      else await sleep(lookEachMs);
    }
    this.that(name, atMs !== undefined, seen);
    return atMs;
  }
}

const charsMax = 400;

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, charsMax);
}
