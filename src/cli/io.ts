import { once } from 'node:events';
import { exitCodes } from '../control/controlProtocol.ts';
import { openScreen, type Screen, type ScreenEvents } from './watch/screen.ts';

/** What `hactl` may touch of the terminal; a test passes arrays instead. */
export interface Io {
  /** Whole lines to standard output. Waits while the reader (a pager) does. */
  out(text: string): void | Promise<void>;
  /** Whole lines to standard error. */
  err(text: string): void;
  /** Standard output is a terminal: it may be redrawn. */
  readonly isTerminal: boolean;
  readonly hasColours: boolean;
  /** From here on this is the exit code, also where nobody reads what comes. */
  settle(exitCode: number): void;
  /** Columns that text may fill. */
  width(): number;
  /** Takes the whole terminal until the screen is closed. */
  openScreen(events: ScreenEvents): Screen;
  /** Aborted by Ctrl-C. Asking for it replaces the default, which ends the process. */
  interrupted(): AbortSignal;
}

export function processIo(): Io {
  const { stdin, stdout, stderr, env } = process;
  let interruption: AbortController | undefined;
  let isRead = true;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') {
      stderr.write(`failed: cannot write to standard output: ${error.message}\n`);
      process.exit(exitCodes.failed);
    }
    // The reader closed the pipe (`hactl events | head`): there is nobody left to tell. What waits ends as by Ctrl-C,
    // with the exit code that is true then.
    if (interruption === undefined) process.exit(process.exitCode ?? exitCodes.ok);
    isRead = false;
    interruption.abort();
  });
  stderr.on('error', () => undefined);
  const isTerminal = stdout.isTTY && env['TERM'] !== 'dumb';
  return {
    async out(text) {
      if (!isRead || stdout.write(`${text}\n`)) return;
      // What goes wrong meanwhile is dealt with above.
      await once(stdout, 'drain').catch(() => undefined);
    },
    err: (text) => void stderr.write(`${text}\n`),
    isTerminal,
    hasColours: isTerminal && !env['NO_COLOR'],
    settle(exitCode) {
      process.exitCode = exitCode;
    },
    width: () => textWidth(stdout.columns),
    openScreen: (events) => openScreen(stdin, stdout, events),
    interrupted() {
      const controller = new AbortController();
      interruption = controller;
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => controller.abort());
      return controller.signal;
    },
  };
}

/** A rescue console has 80 by 25; longer lines than 100 are hard to read, and narrower ones than 40 hold no fact. */
const widthDefault = 80;
const widthMin = 40;
const widthMax = 100;

/** A serial console says 0 columns. */
export function textWidth(columns: number | undefined): number {
  return Math.min(widthMax, Math.max(widthMin, columns === undefined || columns === 0 ? widthDefault : columns));
}
