import type { ReadStream, WriteStream } from 'node:tty';
import { type Key, keysOf } from './keys.ts';

export interface ScreenEvents {
  onKey(key: Key): void;
  /** The terminal has another size, or came back from Ctrl-Z: everything is to be drawn again. */
  onResize(): void;
}

/** The whole terminal, until it is closed: what stood there before comes back then. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  /** As many lines as there are rows, each of at most as many columns. */
  draw(lines: readonly string[]): void;
  close(): void;
}

type Input = Pick<ReadStream, 'isTTY' | 'setRawMode' | 'on' | 'off' | 'resume' | 'pause'>;
type Output = Pick<WriteStream, 'columns' | 'rows' | 'write' | 'writableLength' | 'on' | 'off'>;

/** A rescue console, and a serial one that says 0 by 0. */
const columnsDefault = 80;
const rowsDefault = 24;

/** The alternate screen, with a hidden cursor and without the wrapping of long lines. */
const enter = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const leave = '\u001b[?7h\u001b[?25h\u001b[?1049l';

/** Whoever is to be stopped stands still by then. */
const stoppedMs = 200;

export function openScreen(input: Input, output: Output, events: ScreenEvents): Screen {
  let isOpen = true;
  let notStopped: NodeJS.Timeout | undefined;
  const setRaw = (isRaw: boolean): void => {
    if (input.isTTY) input.setRawMode(isRaw);
  };
  const onResize = (): void => events.onResize();
  const onInput = (bytes: Buffer): void => {
    for (const key of keysOf(bytes.toString('latin1'))) {
      if (key === 'suspend') suspend();
      else events.onKey(key);
    }
  };
  const onContinued = (): void => {
    clearTimeout(notStopped);
    setRaw(true);
    output.write(enter);
    events.onResize();
  };
  const suspend = (): void => {
    output.write(leave);
    setRaw(false);
    // Where no shell could continue it (`ssh -t node1 hactl watch`), the kernel stops nothing.
    notStopped = setTimeout(onContinued, stoppedMs);
    process.kill(process.pid, 'SIGTSTP');
  };
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    clearTimeout(notStopped);
    output.off('resize', onResize);
    input.off('data', onInput);
    process.off('SIGCONT', onContinued);
    process.off('exit', close);
    setRaw(false);
    input.pause();
    output.write(leave);
  };
  output.write(enter);
  output.on('resize', onResize);
  // Without a terminal for input there are no keys; Ctrl-C ends it all the same.
  if (input.isTTY) {
    setRaw(true);
    input.on('data', onInput);
    input.resume();
  }
  process.on('SIGCONT', onContinued);
  // However the program ends, the terminal is given back as it was.
  process.on('exit', close);
  return {
    get columns(): number {
      return output.columns || columnsDefault;
    },
    get rows(): number {
      return output.rows || rowsDefault;
    },
    draw(lines) {
      // A terminal that does not take the last picture yet gets the next one instead.
      if (isOpen && output.writableLength === 0) output.write(paintedOver(lines));
    },
    close,
  };
}

/** From the top left, each line cleared to its end, and what is below cleared: no flicker. */
function paintedOver(lines: readonly string[]): string {
  return `\u001b[H${lines.map((line) => `${line}\u001b[K`).join('\r\n')}\u001b[J`;
}
