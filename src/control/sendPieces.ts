import type { Reply } from './reply.ts';

/** A piece with all its escapes stays far below a line's bound, and a few of them below that of a client's queue. */
const pieceCharsMax = 32 * 1024;

/** Sends a long text as `piece` lines, as fast as the client reads, and ends the answer. Each text is made when its turn comes. */
export function sendPieces(texts: Iterable<string>, reply: Reply): void {
  sendNext(piecesOf(texts), reply);
}

function sendNext(pieces: Iterator<string>, reply: Reply): void {
  const next = pieces.next();
  if (next.done === true) return reply.end();
  const isTaken = reply.line({ type: 'piece', text: next.value });
  // Beats leave in between.
  if (isTaken) setImmediate(() => sendNext(pieces, reply));
  else reply.onDrained(() => sendNext(pieces, reply));
}

function* piecesOf(texts: Iterable<string>): Generator<string, void, undefined> {
  for (const text of texts) {
    for (let from = 0; from < text.length; from += pieceCharsMax) yield text.slice(from, from + pieceCharsMax);
  }
}
