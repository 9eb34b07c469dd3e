import type { PingConfig } from '../core/nodeConfig.ts';
import type { Ping, PingResult } from './icmp.ts';
import { monotonicMs } from './monotonic.ts';

export interface PingerOptions {
  readonly ping: Ping;
  onChange(target: string, isUp: boolean): void;
  onProblem(sentence: string): void;
}

/** So many questions in a row without an answer, and a target counts as gone: one lost packet is no news. */
export const missesMax = 3;
/** So many answers in a row, and one that was gone counts as back. */
const answersMin = 2;

/** Asks each target in turn, for ever, and tells of what lasts. A question ends before the next one to its target. */
export class Pinger {
  readonly #options: PingerOptions;
  readonly #watches = new Map<string, Watch>();
  #config: PingConfig | undefined;

  constructor(options: PingerOptions) {
    this.#options = options;
  }

  /** The config in force; what did not change goes on, with what is known of it. */
  apply(config: PingConfig | undefined): void {
    const isSamePace = config?.intervalMs === this.#config?.intervalMs && config?.timeoutMs === this.#config?.timeoutMs;
    this.#config = config;
    for (const [target, watch] of this.#watches) {
      if (isSamePace && config?.targets.includes(target) === true) continue;
      watch.end();
      this.#watches.delete(target);
    }
    for (const target of config?.targets ?? []) {
      if (config === undefined || this.#watches.has(target)) continue;
      this.#watches.set(target, new Watch(target, config, this.#options));
    }
  }

  /** What is known, for a head that has just come. */
  known(): readonly { readonly target: string; readonly isUp: boolean }[] {
    return [...this.#watches].flatMap(([target, { isUp }]) => (isUp === undefined ? [] : [{ target, isUp }]));
  }

  close(): void {
    this.apply(undefined);
  }
}

/** One target. */
class Watch {
  readonly #target: string;
  readonly #config: PingConfig;
  readonly #options: PingerOptions;
  #next: NodeJS.Timeout | undefined;
  #isEnded = false;
  #misses = 0;
  #answers = 0;
  #detail = '';
  /** Undefined: not known yet. */
  isUp: boolean | undefined;

  constructor(target: string, config: PingConfig, options: PingerOptions) {
    this.#target = target;
    this.#config = config;
    this.#options = options;
    void this.#ask();
  }

  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#next);
  }

  async #ask(): Promise<void> {
    const beganMs = monotonicMs();
    const result = await this.#options.ping(this.#target, this.#config.timeoutMs);
    if (this.#isEnded) return;
    this.#note(result);
    const pauseMs = Math.max(1, this.#config.intervalMs - (monotonicMs() - beganMs));
    this.#next = setTimeout(() => void this.#ask(), pauseMs);
  }

  #note(result: PingResult): void {
    const isAnswer = result.kind === 'answered';
    this.#answers = isAnswer ? this.#answers + 1 : 0;
    this.#misses = isAnswer ? 0 : this.#misses + 1;
    this.#tellWhy(result.kind === 'unsent' ? result.detail : '');
    if (isAnswer && this.isUp !== true && (this.isUp === undefined || this.#answers >= answersMin)) this.#turn(true);
    if (!isAnswer && this.isUp !== false && this.#misses >= missesMax) this.#turn(false);
  }

  #turn(isUp: boolean): void {
    this.isUp = isUp;
    this.#options.onChange(this.#target, isUp);
  }

  /** A way that is missing is told once, not with each question. */
  #tellWhy(detail: string): void {
    if (detail !== '' && detail !== this.#detail) {
      this.#options.onProblem(`ping target ${this.#target} cannot be asked: ${detail}`);
    }
    this.#detail = detail;
  }
}
