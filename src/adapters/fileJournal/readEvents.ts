import { open } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';

import { eventOfLine, type JournalEvent, lineCharsMax, timeOfLine } from './journalLine.ts';

/** Which events a reader wants: the newest `limit` of those at or after `since`. */
export interface EventQuery {
  /** As `timeOf` writes it. */
  readonly since: string | undefined;
  readonly limit: number;
}

/** Read at once: a few hundred lines, well below a millisecond of work between two turns of the loop. */
const chunkBytes = 64 * 1024;
/** Parsed at once; a line takes a few microseconds. */
const parsedAtOnce = 100;

/**
 * The newest matching events of one journal file, oldest first; none when the file cannot be read.
 *
 * Lines that are no events are passed over. Works in small pieces: beats leave in between.
 */
export async function readEvents(
  path: string,
  query: EventQuery,
  isWanted: (event: JournalEvent) => boolean,
): Promise<readonly JournalEvent[]> {
  let lines: string[] = [];
  for await (const line of linesOf(path)) {
    const time = timeOfLine(line);
    if (time === undefined || (query.since !== undefined && time < query.since)) continue;
    lines.push(line);
    if (lines.length >= 2 * query.limit + parsedAtOnce) lines = lines.slice(-query.limit);
  }
  const events: JournalEvent[] = [];
  for (const [index, line] of lines.slice(-query.limit).entries()) {
    if (index % parsedAtOnce === parsedAtOnce - 1) await turn();
    const event = eventOfLine(line);
    if (event !== undefined && isWanted(event)) events.push(event);
  }
  return events;
}

async function* linesOf(path: string): AsyncGenerator<string, void, undefined> {
  const handle = await open(path, 'r').catch(() => undefined);
  if (handle === undefined) return;
  try {
    const decoder = new TextDecoder();
    const chunk = new Uint8Array(chunkBytes);
    let rest = '';
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.length);
      if (bytesRead === 0) return; // What is left has no line feed yet.
      const lines = (rest + decoder.decode(chunk.subarray(0, bytesRead), { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      // No line of ours is so long; a file of somebody else must not fill the memory.
      if (rest.length > 2 * lineCharsMax) rest = '';
      yield* lines;
    }
  } catch {
    return;
  } finally {
    await handle.close().catch(() => undefined);
  }
}
