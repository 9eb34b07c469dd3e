import type { Reply } from './reply.ts';

/** A piece with all its escapes stays far below a line's bound, and a few of them below that of a client's queue. */
const pieceCharsMax = 32 * 1024;

/** Sends a long text as `piece` lines, as fast as the client reads, and ends the answer. */
export function sendPieces(text: string, reply: Reply): void {
  const isTaken = reply.line({ type: 'piece', text: text.slice(0, pieceCharsMax) });
  const rest = text.slice(pieceCharsMax);
  if (rest === '') reply.end();
  else if (isTaken) queueMicrotask(() => sendPieces(rest, reply));
  else reply.onDrained(() => sendPieces(rest, reply));
}
