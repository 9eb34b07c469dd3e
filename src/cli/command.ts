import { type Command, InvalidArgumentError, Option } from 'commander';
import { eventsLimitMax } from '../control/parseRequest.ts';
import type { Call } from './daemon.ts';
import { parseDuration, parseMoment } from './text/parseTime.ts';

/** A verb as it was typed. */
export interface Invocation {
  readonly call: Call;
  /** The words after the verb that are no options; commander has counted them. */
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly command: Command;
}

/**
 * Adds a verb: its name with its words, one line of help, and what it does, which ends with the exit code. A verb's
 * code is loaded when it is called, so that `hactl status` does not wait for what only `hactl check` needs.
 */
export type Add = (
  name: string,
  summary: string,
  run: (invocation: Invocation) => Promise<number>,
  /** `hidden`: not for people, and not in the help. */
  look?: { readonly hidden: boolean },
) => Command;

/** Ends with a wrong command line, before anything is asked of the daemon. */
export function requireReason({ force, reason }: Readonly<Record<string, unknown>>, command: Command): void {
  if (force === true && reason === undefined) {
    command.error('error: --force needs --reason TEXT, which is kept in the journal', { exitCode: 2 });
  }
}

export function timeoutOption(): Option {
  return new Option('--timeout <time>', 'give up waiting after it; what was ordered goes on')
    .default(60_000, '60s')
    .argParser((text) => {
      const ms = parseDuration(text);
      // The longest that a timer takes is 24 days.
      if (ms === undefined || ms < 1 || ms > 86_400_000) throw new InvalidArgumentError('Say it like 60s, 5min or 1h.');
      return ms;
    });
}

export function momentOption(text: string): string {
  const moment = parseMoment(text, new Date());
  if (moment === undefined) throw new InvalidArgumentError('Say it like 1h, 12:03 or 2026-11-20T12:03:11Z.');
  return moment;
}

export function limitOption(text: string): number {
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > eventsLimitMax)
    throw new InvalidArgumentError(`A whole number from 1 to ${eventsLimitMax}.`);
  return limit;
}
