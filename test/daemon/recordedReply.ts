import type { ResponseLine } from '../../src/control/controlProtocol.ts';
import type { Reply } from '../../src/control/reply.ts';

/** A client that takes `room` lines, and more when the test lets it. */
export class RecordedReply implements Reply {
  readonly socketName = 'control.sock';
  readonly lines: ResponseLine[] = [];
  room = Number.POSITIVE_INFINITY;
  isEnded = false;
  readonly #closed: (() => void)[] = [];
  readonly #drained: (() => void)[] = [];

  line(line: ResponseLine): boolean {
    if (this.isEnded) return false;
    this.lines.push(line);
    if (line.type === 'done' || line.type === 'refused' || line.type === 'failed') this.isEnded = true;
    this.room -= 1;
    return this.room > 0;
  }

  end(): void {
    this.line({ type: 'done', sentence: '', exitCode: 0 });
  }

  onClosed(listener: () => void): void {
    this.#closed.push(listener);
  }

  onDrained(listener: () => void): void {
    this.#drained.push(listener);
  }

  drain(room: number): void {
    this.room = room;
    for (const listener of this.#drained.splice(0)) listener();
  }

  hangUp(): void {
    this.isEnded = true;
    for (const listener of this.#closed.splice(0)) listener();
  }
}
