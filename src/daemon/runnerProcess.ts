import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';

import { findRunner, noteRunner } from './runnerPid.ts';

export interface RunnerProcessOptions {
  /** Where the runner has its socket. */
  readonly runDir: string;
  readonly command: string;
  readonly args: readonly string[];
}

export type OnNote = (level: 'info' | 'error', sentence: string) => void;

const probeMs = 1000;
/** Somebody else may be starting it: systemd, or the runner itself after a crash. */
const patienceMs = 1000;
/** A start, and some deaths. */
const unheardMax = 8;
const pauseFirstMs = 500;
const pauseMaxMs = 30_000;
/** One that lived so long does not die of what killed the one before. */
const soundMs = 60_000;

/**
 * Keeps a runner there, where no service manager does: starts one when nobody listens, and another one when it dies.
 *
 * It is a session of its own and outlives the daemon: it has the dead-man orders. Starting it is the only fork of the
 * daemon, at its start and after a death of the runner.
 */
export class RunnerProcess {
  readonly #options: RunnerProcessOptions;
  #onNote: OnNote | undefined;
  /** What nobody was there to hear yet. */
  #unheard: Parameters<OnNote>[] = [];
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = pauseFirstMs;
  #isConnected = false;
  #isClosed = false;

  constructor(options: RunnerProcessOptions) {
    this.#options = options;
  }

  /**
   * Starts one, unless somebody listens. That may be the runner of a daemon that has just stopped, on its way out:
   * until the head is connected, it is looked at again.
   */
  async ensure(): Promise<void> {
    if (this.#isClosed || this.#child !== undefined) return;
    if (await isListening(join(this.#options.runDir, 'runner.sock'))) this.#ensureLater(patienceMs);
    // The daemon may have ended, or found a runner, while it looked.
    else if (!this.#isClosed && !this.#isConnected && this.#child === undefined) this.#start();
  }

  /** The head has a runner, whoever started it. */
  noteConnected(): void {
    this.#isConnected = true;
    clearTimeout(this.#timer);
  }

  /** Who hears of starts and deaths; of those before, too. */
  noteTo(onNote: OnNote): void {
    this.#onNote = onNote;
    for (const [level, sentence] of this.#unheard.splice(0)) onNote(level, sentence);
  }

  /** The connection is lost: if nobody is back soon, starts one. */
  noteLost(): void {
    this.#isConnected = false;
    this.#ensureLater(patienceMs);
  }

  /** Ends the runner that a daemon started here: for one that has released everything. */
  async end(): Promise<void> {
    this.leave();
    const pid = this.#child?.pid ?? (await findRunner(this.#options.runDir));
    try {
      if (pid !== undefined) process.kill(pid, 'SIGTERM');
    } catch {
      // It has just ended by itself.
    }
  }

  /** Ends the runner if it was started here: for a daemon that cannot begin. Another one's stays. */
  abandon(): void {
    this.leave();
    this.#child?.kill('SIGTERM');
  }

  /** Looks after it no more; it stays. */
  leave(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #start(): void {
    const { command, args } = this.#options;
    // Its words would count for the daemon's.
    const { NOTIFY_SOCKET: _, ...env } = process.env;
    const startedMs = performance.now();
    let child: ChildProcess;
    try {
      child = spawn(command, args, { detached: true, env, stdio: ['ignore', 'inherit', 'inherit'] });
    } catch (error) {
      // No memory, or a disk that gives errors: what `spawn` does not leave to its event.
      this.#onOver(startedMs, `could not be started: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    this.#child = child;
    let isOver = false;
    const onOver = (reason: string): void => {
      if (isOver) return;
      isOver = true;
      this.#onOver(startedMs, reason);
    };
    child.once('error', (error) => onOver(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => onOver(signal === null ? `ended with ${code}` : `was ended by ${signal}`));
    child.once('spawn', () => {
      this.#note('info', `started ${command} as process ${child.pid}`);
      if (child.pid !== undefined) void noteRunner(this.#options.runDir, child.pid);
    });
    child.unref();
  }

  #onOver(startedMs: number, reason: string): void {
    this.#child = undefined;
    this.#isConnected = false;
    if (this.#isClosed) return;
    if (performance.now() - startedMs > soundMs) this.#pauseMs = pauseFirstMs;
    this.#note('error', `the runner ${reason}; starting it again in ${this.#pauseMs} ms`);
    this.#ensureLater(this.#pauseMs);
    this.#pauseMs = Math.min(2 * this.#pauseMs, pauseMaxMs);
  }

  #note(...note: Parameters<OnNote>): void {
    if (this.#onNote === undefined) this.#unheard = [...this.#unheard, note].slice(-unheardMax);
    else this.#onNote(...note);
  }

  #ensureLater(ms: number): void {
    if (this.#isClosed || this.#isConnected) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.ensure(), ms);
  }
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path, timeout: probeMs });
    const done = (answer: boolean): void => {
      probe.destroy();
      resolve(answer);
    };
    probe.once('connect', () => done(true));
    // A full backlog, or one that hangs: it is there.
    probe.once('timeout', () => done(true));
    probe.on('error', (error: NodeJS.ErrnoException) => done(error.code !== 'ENOENT' && error.code !== 'ECONNREFUSED'));
  });
}
