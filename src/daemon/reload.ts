import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../adapters/log.ts';
import type { RunnerSocket } from '../adapters/runnerSocket.ts';
import { exitCodes } from '../control/controlProtocol.ts';
import type { FinalLine } from '../control/reply.ts';
import { isPeerAlive } from '../core/peerView.ts';
import { isBeingChecked, whyNotReconfigure } from '../core/reconfigure.ts';
import type { Engine } from '../engine/engine.ts';
import type { BeatCodec } from '../wire/beatCodec.ts';
import type { ChannelSet } from './channelSet.ts';
import { whyNotTheseKeys } from './keys.ts';
import type { ConfigRead, DaemonConfig } from './readConfig.ts';

export interface ReloaderOptions {
  readonly engine: Engine;
  readonly channels: ChannelSet;
  readonly runner: RunnerSocket;
  readonly log: Log;
  /** What is in force when the daemon starts. */
  readonly config: DaemonConfig;
  nowMs(): number;
  readConfig(): Promise<ConfigRead>;
  codecOf(config: DaemonConfig): BeatCodec;
  moveWitness(config: DaemonConfig): void;
}

export type ReloadOutcome =
  | { readonly ok: true }
  /** `invalid`: the files are wrong. `refused`: they are right, and cannot be taken over now. */
  | { readonly ok: false; readonly kind: 'invalid' | 'refused'; readonly problems: readonly string[] };

/** The first problem in one line; `hactl check` shows them all. */
export function reloadAnswer(outcome: ReloadOutcome): FinalLine {
  if (outcome.ok) return { type: 'done', sentence: 'the files are in force', exitCode: exitCodes.ok };
  const [first = '', ...more] = outcome.problems.map((problem) => problem.split('\n')[0] ?? '');
  const sentence = `nothing changes: ${first}${more.length === 0 ? '' : `; and ${more.length} more`}`;
  return outcome.kind === 'refused'
    ? { type: 'refused', sentence, next: '', exitCode: exitCodes.refused }
    : { type: 'failed', sentence, next: 'run hactl check', exitCode: exitCodes.configInvalid };
}

type RunnerAnswer = { readonly isOk: boolean; readonly problems: readonly string[] };

/** The runner reads two small files. */
const runnerAnswerMs = 5000;

/** With the runner's answer it is less than what `hactl reload` waits. A script may take longer: then it is said so. */
const checksMs = 8000;
const checkedEachMs = 50;

/** Takes changed files over, whole or not at all. What did not change goes on untouched. */
export class Reloader {
  readonly #options: ReloaderOptions;
  #inForce: DaemonConfig;
  #running: Promise<ReloadOutcome> | undefined;
  #next: Promise<ReloadOutcome> | undefined;
  #onRunnerAnswer: ((answer: RunnerAnswer) => void) | undefined;

  constructor(options: ReloaderOptions) {
    this.#options = options;
    this.#inForce = options.config;
  }

  get inForce(): DaemonConfig {
    return this.#inForce;
  }

  /** What is wrong goes to the log too, and the old config stays in force. */
  reload(): Promise<ReloadOutcome> {
    if (this.#running === undefined) return this.#begin();
    // The one that runs may have read the files before they changed.
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return this.#begin();
    });
    return this.#next;
  }

  noteRunnerConfig(isOk: boolean, problems: readonly string[]): void {
    if (this.#onRunnerAnswer === undefined) {
      if (!isOk) this.#options.log.error(`the runner does not accept the config: ${problems.join('; ')}`);
      return;
    }
    this.#onRunnerAnswer({ isOk, problems });
  }

  async #begin(): Promise<ReloadOutcome> {
    const run = this.#reloadOnce();
    this.#running = run;
    try {
      return await run;
    } finally {
      if (this.#running === run) this.#running = undefined;
    }
  }

  async #reloadOnce(): Promise<ReloadOutcome> {
    const { engine, channels, log } = this.#options;
    const read = await this.#options.readConfig();
    if (!read.ok) return this.#refuse('invalid', read.problems);
    for (const warning of read.config.warnings) log.warning(warning);
    await this.#checksOver();
    const before = this.#whyNot(read.config);
    if (before !== undefined) return this.#refuse('refused', [before]);
    // The runner first: it must know a new group before it is asked about it.
    const answer = await this.#askRunner();
    if (!answer.isOk) return this.#refuse('refused', answer.problems);
    const reason = this.#whyNot(read.config);
    if (reason !== undefined) return this.#refuse('refused', [reason]);
    this.#inForce = read.config;
    engine.replaceCodec(this.#options.codecOf(read.config));
    const opened = channels.apply(read.config.channels);
    if (opened.length > 0) log.info(`opening channel ${opened.join(', ')} anew`);
    this.#options.moveWitness(read.config);
    engine.dispatch({ type: 'configChanged', config: read.config.node });
    return { ok: true };
  }

  /** Of a daemon that has just started: what it asks of a group that is another one now would refuse the whole. */
  async #checksOver(): Promise<void> {
    const { engine } = this.#options;
    const untilMs = this.#options.nowMs() + checksMs;
    while (engine.state.groups.some(isBeingChecked) && this.#options.nowMs() < untilMs) await sleep(checkedEachMs);
  }

  #whyNot(next: DaemonConfig): string | undefined {
    const { engine } = this.#options;
    const isPeerHeard = isPeerAlive(engine.state, this.#options.nowMs());
    return (
      whyNotReconfigure(engine.state, next.node) ??
      whyNotTheseKeys({
        inForce: this.#inForce.keys,
        next: next.keys,
        peer: next.node.peer,
        peerKeyId: isPeerHeard ? engine.peerKeyId : undefined,
      })
    );
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

  #refuse(kind: 'invalid' | 'refused', problems: readonly string[]): ReloadOutcome {
    for (const problem of problems) this.#options.log.error(problem);
    this.#options.log.error('the changed config is not taken over; the one from before stays in force');
    return { ok: false, kind, problems };
  }
}
