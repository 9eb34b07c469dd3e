import type { JobAction } from '../core/job.ts';

/**
 * What a script does instead of its work.
 *
 * - `fails` says so, having done nothing
 * - `failsHalfway` says so, and a start has started something all the same
 * - `hangs` until its time is up
 * - `hangsHalfway` the same, after it did its work
 * - `lies` says that it did its work, and its status keeps saying so
 * - `isSlow` takes the most of its time
 */
export type Misbehaviour = 'fails' | 'failsHalfway' | 'hangs' | 'hangsHalfway' | 'lies' | 'isSlow';

/** The scripts that misbehave on one machine, each so many times. */
export class Misbehaviours {
  readonly #planned = new Map<string, { readonly how: Misbehaviour; left: number }>();

  plan(group: string, resource: string, action: JobAction, how: Misbehaviour, times: number): void {
    this.#planned.set(`${group}/${resource}/${action}`, { how, left: times });
  }

  take(group: string, resource: string, action: JobAction): Misbehaviour | undefined {
    const key = `${group}/${resource}/${action}`;
    const planned = this.#planned.get(key);
    if (planned === undefined) return undefined;
    planned.left -= 1;
    if (planned.left <= 0) this.#planned.delete(key);
    return planned.how;
  }

  get isEmpty(): boolean {
    return this.#planned.size === 0;
  }

  clear(): void {
    this.#planned.clear();
  }
}
