import type { AnswerToOperator } from '../core/answer.ts';
import type { Machine } from './machine.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * The syncer of one group on one machine: every few seconds it asks the daemon whether it may copy, copies, and
 * says that it has, one copy after the other. It runs where somebody switched it on, and is stopped before that
 * machine takes over.
 */
export class Syncer {
  readonly #machine: Machine;
  readonly #group: string;
  readonly #around: Surroundings;
  /** It began to rewrite, and has not come to the end: nothing else makes the copy whole again. */
  #isRewriteOpen = false;
  #isCopying = false;
  #asked: { readonly request: string; readonly isRewriting: boolean } | undefined;

  constructor(machine: Machine, group: string, around: Surroundings) {
    this.#machine = machine;
    this.#group = group;
    this.#around = around;
  }

  /** Begins its endless round; it does nothing while the syncer does not run. */
  begin(): void {
    const { schedule, random, options } = this.#around;
    schedule.after(random.data.timeMs(options.pace.syncEachMs), () => {
      this.#wake();
      this.begin();
    });
  }

  answered(request: string, answer: AnswerToOperator): void {
    const asked = this.#asked;
    if (asked?.request !== request) return;
    this.#asked = undefined;
    if (answer.kind === 'accepted') this.#copy(asked.isRewriting);
  }

  get #isRunning(): boolean {
    const { isOn, isFrozen, liars } = this.#machine;
    // One that lies about having stopped does nothing more: what a liar does to the data nobody can prevent.
    const isLying = liars.has(`${this.#group}/syncer`);
    return isOn && !isFrozen && !isLying && this.#machine.runs(this.#group, 'syncer');
  }

  #wake(): void {
    const { head } = this.#machine;
    if (!this.#isRunning || this.#isCopying || head === undefined || !head.isUp) return;
    const isDrawn = this.#around.random.data.chance(this.#around.options.pace.rewritePercent);
    const isRewriting = isDrawn || this.#isRewriteOpen;
    this.#isRewriteOpen = isRewriting;
    this.#asked = undefined;
    head.type({ kind: 'syncBegin', group: this.#group, isRewriting }, (request) => {
      this.#asked = { request, isRewriting };
    });
  }

  #copy(isRewriting: boolean): void {
    const { schedule, random, options } = this.#around;
    const boot = this.#machine.bootCount;
    if (isRewriting) this.#machine.copyOf(this.#group).isTorn = true;
    this.#isCopying = true;
    schedule.after(random.data.timeMs(options.pace.syncMs), () => {
      this.#isCopying = false;
      if (!this.#isRunning || this.#machine.bootCount !== boot) return;
      if (!this.#around.copyData(this.#machine, this.#group, isRewriting ? 'rewrite' : 'append')) return;
      this.#isRewriteOpen = false;
      this.#machine.head?.type({ kind: 'syncEnd', group: this.#group });
    });
  }
}
