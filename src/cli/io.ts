import { once } from 'node:events';

/** What `hactl` may touch of the terminal; a test passes arrays instead. */
export interface Io {
  /** Whole lines to standard output. Waits while the reader (a pager) does. */
  out(text: string): void | Promise<void>;
  /** Whole lines to standard error. */
  err(text: string): void;
  /** Standard output is a terminal: it may be redrawn. */
  readonly isTerminal: boolean;
  readonly hasColours: boolean;
  /** Columns that text may fill. */
  width(): number;
  height(): number;
  /** Aborted by Ctrl-C. Asking for it replaces the default, which ends the process. */
  interrupted(): AbortSignal;
}

export function processIo(): Io {
  const { stdout, stderr, env } = process;
  // The reader closed the pipe (`hactl events | head`): there is nobody left to tell.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
  stderr.on('error', () => undefined);
  return {
    async out(text) {
      if (!stdout.write(`${text}\n`)) await once(stdout, 'drain');
    },
    err: (text) => void stderr.write(`${text}\n`),
    isTerminal: stdout.isTTY,
    hasColours: stdout.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
    // A serial console says 0.
    width: () => Math.min(widthMax, Math.max(widthMin, stdout.columns || widthDefault)),
    height: () => stdout.rows || heightDefault,
    interrupted() {
      const controller = new AbortController();
      process.once('SIGINT', () => controller.abort());
      process.once('SIGTERM', () => controller.abort());
      return controller.signal;
    },
  };
}

/** A rescue console has 80 by 25; longer lines than 100 are hard to read, and narrower ones than 40 hold no fact. */
const widthDefault = 80;
const heightDefault = 25;
const widthMin = 40;
const widthMax = 100;
