import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import { type EventSource, type JournalEvent, streamEvents } from '../../src/daemon/eventStream.ts';
import { RecordedReply } from './recordedReply.ts';

test('without follow the answer is what the journal has, and then it is done', async () => {
  const journal = new PretendedJournal([{ n: 1 }, { n: 2 }]);
  const reply = new RecordedReply();
  streamEvents(journal, { verb: 'events', since: '2026-11-20T06:00:00Z', limit: 7 }, reply);
  await turn();
  assert.deepEqual(journal.queries, [{ since: '2026-11-20T06:00:00Z', limit: 7 }]);
  assert.deepEqual(told(reply), [1, 2]);
  assert.equal(reply.lines.at(-1)?.type, 'done');
});

test('what happens while the older events are read comes after them, once', async () => {
  const journal = new PretendedJournal([{ n: 1 }]);
  const reply = new RecordedReply();
  streamEvents(journal, { verb: 'events', follow: true }, reply);
  journal.append({ n: 2 });
  await turn();
  journal.append({ n: 3 });
  assert.deepEqual(told(reply), [1, 2, 3]);
  assert.equal(reply.isEnded, false);
});

test('a slow client gets the older events at its own pace, and then what came meanwhile', async () => {
  const journal = new PretendedJournal(Array.from({ length: 10 }, (_, n) => ({ n })));
  const reply = new RecordedReply();
  reply.room = 3;
  streamEvents(journal, { verb: 'events', follow: true }, reply);
  await turn();
  assert.equal(reply.lines.length, 3);
  journal.append({ n: 10 });
  reply.drain(4);
  assert.equal(reply.lines.length, 7);
  reply.drain(100);
  assert.deepEqual(
    told(reply),
    Array.from({ length: 11 }, (_, n) => n),
  );
});

test('a client that is too slow to be told of every event is told where to go on', async () => {
  const journal = new PretendedJournal(Array.from({ length: 10 }, (_, n) => ({ n })));
  const reply = new RecordedReply();
  reply.room = 3;
  streamEvents(journal, { verb: 'events', follow: true }, reply);
  await turn();
  for (let n = 10; n < 2000; n += 1) journal.append({ n, time: `2026-11-20T06:00:00.${n}Z` });
  reply.drain(2000);
  assert.equal(told(reply).length, 1010);
  const last = reply.lines.at(-1);
  assert.ok(last?.type === 'failed');
  assert.match(last.sentence, /more than 1000 events came/);
  assert.equal(last.next, 'hactl events --follow --since 2026-11-20T06:00:00.1010Z');
});

test('a client that hangs up is not followed any more', async () => {
  const journal = new PretendedJournal([]);
  const reply = new RecordedReply();
  streamEvents(journal, { verb: 'events', follow: true }, reply);
  await turn();
  assert.equal(journal.followers.size, 1);
  reply.hangUp();
  assert.equal(journal.followers.size, 0);
});

test('a journal that cannot be read is an answer', async () => {
  const journal = new PretendedJournal([]);
  journal.error = new Error('EIO');
  const reply = new RecordedReply();
  streamEvents(journal, { verb: 'events', follow: true }, reply);
  await turn();
  assert.deepEqual(reply.lines, [
    { type: 'failed', sentence: 'the journal cannot be read: EIO', next: '', exitCode: 1 },
  ]);
  assert.equal(journal.followers.size, 0);
});

class PretendedJournal implements EventSource {
  readonly queries: unknown[] = [];
  readonly followers = new Set<(event: JournalEvent) => void>();
  error: Error | undefined;
  readonly #events: readonly JournalEvent[];

  constructor(events: readonly JournalEvent[]) {
    this.#events = events;
  }

  events(query: unknown): Promise<readonly JournalEvent[]> {
    this.queries.push(query);
    return this.error === undefined ? Promise.resolve(this.#events) : Promise.reject(this.error);
  }

  follow(onEvent: (event: JournalEvent) => void): () => void {
    this.followers.add(onEvent);
    return () => this.followers.delete(onEvent);
  }

  append(event: JournalEvent): void {
    for (const follower of this.followers) follower(event);
  }
}

function told(reply: RecordedReply): readonly unknown[] {
  return reply.lines.flatMap((line) => (line.type === 'event' ? [line.event['n']] : []));
}
