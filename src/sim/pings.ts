import type { Machine } from './machine.ts';
import type { Process } from './process.ts';
import type { Surroundings } from './surroundings.ts';

interface Known {
  isUp: boolean | undefined;
  misses: number;
  answers: number;
}

/** As `src/runner/pinger.ts`: what lasts is told, one lost packet is not. */
const missesMax = 3;
const answersMin = 2;

/** The runner's questions to the ping targets of the LAN. */
export class Pings {
  readonly #machine: Machine;
  readonly #process: Process;
  readonly #around: Surroundings;
  readonly #onChange: (target: string, isUp: boolean) => void;
  readonly #known = new Map<string, Known>();

  constructor(
    machine: Machine,
    process: Process,
    around: Surroundings,
    onChange: (target: string, isUp: boolean) => void,
  ) {
    this.#machine = machine;
    this.#process = process;
    this.#around = around;
    this.#onChange = onChange;
    for (const target of machine.config.guards.ping?.targets ?? []) {
      this.#known.set(target, { isUp: undefined, misses: 0, answers: 0 });
    }
    if (this.#known.size > 0) this.#around.schedule.after(0, () => this.#process.run(() => this.#ask(), 'timer'));
  }

  /** What is known, for a head that has just come. */
  known(): readonly (readonly [target: string, isUp: boolean])[] {
    return [...this.#known].flatMap(([target, { isUp }]) => (isUp === undefined ? [] : [[target, isUp] as const]));
  }

  #ask(): void {
    const { random, options } = this.#around;
    for (const [target, known] of this.#known) {
      const isAnswered = this.#around.reaches(this.#machine, target) && !random.pings.chance(options.pace.lossPercent);
      this.#note(target, known, isAnswered);
    }
    const intervalMs = this.#machine.config.guards.ping?.intervalMs ?? Number.POSITIVE_INFINITY;
    this.#around.schedule.after(intervalMs, () => this.#process.run(() => this.#ask(), 'timer'));
  }

  #note(target: string, known: Known, isAnswered: boolean): void {
    known.answers = isAnswered ? known.answers + 1 : 0;
    known.misses = isAnswered ? 0 : known.misses + 1;
    const isFirst = known.isUp === undefined;
    const isBack = isAnswered && known.isUp !== true && (isFirst || known.answers >= answersMin);
    const isGone = !isAnswered && known.isUp !== false && known.misses >= missesMax;
    if (!isBack && !isGone) return;
    known.isUp = isAnswered;
    this.#onChange(target, isAnswered);
  }
}
