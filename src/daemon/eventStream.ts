import { exitCodes, type Request } from '../control/controlProtocol.ts';
import type { Reply } from '../control/reply.ts';

export type JournalEvent = Readonly<Record<string, unknown>>;

/** The journal, as readers see it. */
export interface EventSource {
  events(query: { readonly since?: string; readonly limit: number }): Promise<readonly JournalEvent[]>;
  follow(onEvent: (event: JournalEvent) => void): () => void;
}

const defaultLimit = 1000;
/** Events that may come while the older ones are read and sent. */
const waitingMax = 1000;

/** Answers `events`: what the journal has, oldest first, and with `follow` everything after it without a gap. */
export function streamEvents(source: EventSource, request: Extract<Request, { verb: 'events' }>, reply: Reply): void {
  const { since, follow = false, limit = defaultLimit } = request;
  let waiting: JournalEvent[] | undefined = [];
  let left: JournalEvent | undefined;
  const stop = follow
    ? source.follow((event) => {
        if (waiting === undefined) reply.line({ type: 'event', event });
        else if (waiting.length < waitingMax) waiting.push(event);
        else left ??= event;
      })
    : () => undefined;
  reply.onClosed(stop);

  // Read and followed from the same turn of the loop on: nothing is missed, nothing comes twice.
  source.events({ limit, ...(since === undefined ? {} : { since }) }).then(
    (events) =>
      sendAll(events, reply, () => {
        if (!follow) return reply.end();
        const held = waiting ?? [];
        waiting = undefined;
        for (const event of held) reply.line({ type: 'event', event });
        if (left !== undefined) giveUp(left, reply);
      }),
    (error: unknown) => {
      stop();
      const sentence = `the journal cannot be read: ${error instanceof Error ? error.message : String(error)}`;
      reply.line({ type: 'failed', sentence, next: '', exitCode: exitCodes.failed });
    },
  );
}

/** A follower that is told of everything but some of it would not know. */
function giveUp(left: JournalEvent, reply: Reply): void {
  const sentence = `more than ${waitingMax} events came while the older ones were sent; the journal has them`;
  const next = `hactl events --follow --since ${String(left['time'])}`;
  reply.line({ type: 'failed', sentence, next, exitCode: exitCodes.failed });
}

/** As fast as the client reads. */
function sendAll(events: readonly JournalEvent[], reply: Reply, onSent: () => void): void {
  for (const [index, event] of events.entries()) {
    if (reply.line({ type: 'event', event })) continue;
    reply.onDrained(() => sendAll(events.slice(index + 1), reply, onSent));
    return;
  }
  onSent();
}
