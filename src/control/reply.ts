import { exitCodes, type ResponseLine } from './controlProtocol.ts';
import { encodeLine } from './jsonLines.ts';

/** The answer to one request. After a final line (`done`, `refused`, `failed`) or `end` nothing more is sent. */
export interface Reply {
  /** The socket by which the request came: `control.sock`, `status.sock` or `sync.sock`. */
  readonly socketName: string;
  /**
   * Sends one line, never waits. False: the client reads too slowly, or is gone. A long answer then goes on
   * in `onDrained`; one that does not, and outgrows the queue, loses its connection.
   */
  line(line: ResponseLine): boolean;
  /** Ends the answer, with a plain `done` if no final line was sent. */
  end(): void;
  /** Once, if the client hangs up before the answer is over; soon, if it already has. */
  onClosed(listener: () => void): void;
  /** Once, when what was sent so far has been taken by the kernel; never after a hang-up. */
  onDrained(listener: () => void): void;
}

export type FinalLine = Extract<ResponseLine, { readonly exitCode: number }>;

export function isFinal(line: ResponseLine): line is FinalLine {
  return line.type === 'done' || line.type === 'refused' || line.type === 'failed';
}

/** What a reply needs of its connection. */
export interface ReplyWire {
  readonly socketName: string;
  /** False when nothing more should be sent for the moment. */
  send(text: string): boolean;
  onDrained(listener: () => void): void;
  onOver(): void;
}

export class OpenReply implements Reply {
  readonly #wire: ReplyWire;
  #closed: (() => void)[] = [];
  #state: 'open' | 'over' | 'gone' = 'open';

  constructor(wire: ReplyWire) {
    this.#wire = wire;
  }

  get socketName(): string {
    return this.#wire.socketName;
  }

  line(line: ResponseLine): boolean {
    if (this.#state !== 'open') return false;
    const isTaken = this.#wire.send(encodeLine(line));
    if (isFinal(line)) {
      this.#state = 'over';
      this.#closed = [];
      this.#wire.onOver();
    }
    return isTaken;
  }

  end(): void {
    this.line({ type: 'done', sentence: '', exitCode: exitCodes.ok });
  }

  onClosed(listener: () => void): void {
    if (this.#state === 'open') this.#closed.push(listener);
    else if (this.#state === 'gone') queueMicrotask(listener);
  }

  onDrained(listener: () => void): void {
    if (this.#state === 'open') this.#wire.onDrained(listener);
  }

  hangUp(): void {
    if (this.#state !== 'open') return;
    this.#state = 'gone';
    for (const listener of this.#closed.splice(0)) listener();
  }
}
