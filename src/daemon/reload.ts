import type { Log } from '../adapters/log.ts';
import type { RunnerSocket } from '../adapters/runnerSocket.ts';
import { whyNotReconfigure } from '../core/reconfigure.ts';
import type { Engine } from '../engine/engine.ts';
import type { BeatCodec } from '../wire/beatCodec.ts';
import type { ChannelSet } from './channelSet.ts';
import type { ConfigRead, DaemonConfig } from './readConfig.ts';

export interface ReloaderOptions {
  readonly engine: Engine;
  readonly channels: ChannelSet;
  readonly runner: RunnerSocket;
  readonly log: Log;
  readConfig(): Promise<ConfigRead>;
  codecOf(config: DaemonConfig): BeatCodec;
}

type RunnerAnswer = { readonly isOk: boolean; readonly problems: readonly string[] };

/** The runner reads two small files. */
const runnerAnswerMs = 5000;

/** Takes changed files over, whole or not at all. What did not change goes on untouched. */
export class Reloader {
  readonly #options: ReloaderOptions;
  #isReloading = false;
  #isAskedAgain = false;
  #onRunnerAnswer: ((answer: RunnerAnswer) => void) | undefined;

  constructor(options: ReloaderOptions) {
    this.#options = options;
  }

  /** Never fails: what is wrong goes to the log, and the old config stays in force. */
  async reload(): Promise<void> {
    if (this.#isReloading) {
      this.#isAskedAgain = true;
      return;
    }
    this.#isReloading = true;
    try {
      do {
        this.#isAskedAgain = false;
        await this.#reloadOnce();
      } while (this.#isAskedAgain);
    } finally {
      this.#isReloading = false;
    }
  }

  noteRunnerConfig(isOk: boolean, problems: readonly string[]): void {
    if (this.#onRunnerAnswer === undefined) {
      if (!isOk) this.#options.log.error(`the runner does not accept the config: ${problems.join('; ')}`);
      return;
    }
    this.#onRunnerAnswer({ isOk, problems });
  }

  async #reloadOnce(): Promise<void> {
    const { engine, channels, log } = this.#options;
    const read = await this.#options.readConfig();
    if (!read.ok) return this.#refuse(read.problems);
    for (const warning of read.config.warnings) log.warning(warning);
    const before = whyNotReconfigure(engine.state, read.config.node);
    if (before !== undefined) return this.#refuse([before]);
    // The runner first: it must know a new group before it is asked about it.
    const answer = await this.#askRunner();
    if (!answer.isOk) return this.#refuse(answer.problems);
    const reason = whyNotReconfigure(engine.state, read.config.node);
    if (reason !== undefined) return this.#refuse([reason]);
    engine.replaceCodec(this.#options.codecOf(read.config));
    const opened = channels.apply(read.config.channels);
    if (opened.length > 0) log.info(`opening channel ${opened.join(', ')} anew`);
    engine.dispatch({ type: 'configChanged', config: read.config.node });
  }

  #askRunner(): Promise<RunnerAnswer> {
    if (this.#options.engine.state.runner === 'away') {
      return Promise.resolve({ isOk: false, problems: ['the runner is not connected; try again when it is'] });
    }
    return new Promise((resolve) => {
      const settle = (answer: RunnerAnswer): void => {
        clearTimeout(patience);
        this.#onRunnerAnswer = undefined;
        resolve(answer);
      };
      const silent = { isOk: false, problems: [`the runner did not answer within ${runnerAnswerMs} ms`] };
      const patience = setTimeout(() => settle(silent), runnerAnswerMs);
      this.#onRunnerAnswer = settle;
      this.#options.runner.reload();
    });
  }

  #refuse(problems: readonly string[]): void {
    for (const problem of problems) this.#options.log.error(problem);
    this.#options.log.error('the changed config is not taken over; the one from before stays in force');
  }
}
