import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { FileJournal, type JournalLimits } from '../../../src/adapters/fileJournal/fileJournal.ts';
import type { JournalEvent } from '../../../src/adapters/fileJournal/journalLine.ts';
import type { Entry } from '../../../src/core/entry.ts';

const root = await mkdtemp(join(tmpdir(), 'twinbeat-journal-'));
after(() => rm(root, { recursive: true, force: true }));

test('an entry becomes one line of JSON with its time, incarnation and number', async () => {
  const directory = await newDirectory();
  const journal = open(directory);
  journal.append({
    id: 'decided',
    atMs: 5,
    wallMs: Date.parse('2026-11-20T06:00:00.120Z'),
    level: 'info',
    group: 'site',
    rule: 'owner',
    sentence: 'this node owns it',
    facts: { heardAgoMs: 12 },
  });
  await journal.close();
  assert.equal(
    await readFile(join(directory, 'journal.jsonl'), 'utf8'),
    '{"time":"2026-11-20T06:00:00.120Z","incarnation":"00000000000000aa","n":1,"id":"decided","atMs":5,"wallMs":1795154400120,"level":"info",' +
      '"group":"site","rule":"owner","sentence":"this node owns it","facts":{"heardAgoMs":12}}\n',
  );
});

test('events are found across restarts and files, oldest first, the newest when there are too many', async () => {
  const directory = await newDirectory();
  const limits = { fileBytesMax: 2000, filesMax: 3, ringLengthMax: 3 };
  for (const [incarnation, from] of [
    ['00000000000000aa', 0],
    ['00000000000000bb', 10],
  ] as const) {
    const journal = open(directory, limits, incarnation);
    for (let at = from; at < from + 10; at += 1) {
      journal.append(entryAt(at));
      await sleep(1); // Lets it be written, so that the files fill and turn.
    }
    assert.deepEqual(times(await journal.events({ limit: 3 })), [from + 7, from + 8, from + 9]);
    await journal.close();
  }
  const journal = open(directory, limits, '00000000000000cc');
  journal.append(entryAt(20));
  assert.deepEqual(
    times(await journal.events({ limit: 100 })),
    Array.from({ length: 21 }, (_, at) => at),
  );
  assert.deepEqual(times(await journal.events({ limit: 4 })), [17, 18, 19, 20]);
  assert.deepEqual(times(await journal.events({ since: timeAt(15), limit: 100 })), [15, 16, 17, 18, 19, 20]);
  assert.deepEqual(times(await journal.events({ since: timeAt(15).replace('Z', '+00:00'), limit: 2 })), [19, 20]);
  assert.deepEqual(times(await journal.events({ since: timeAt(21), limit: 100 })), []);
  await journal.close();
});

test('events are found although the clock was set back after them', async () => {
  const directory = await newDirectory();
  const earlier = open(directory, {}, '00000000000000aa');
  earlier.append(entryAt(30));
  await earlier.close();
  const journal = open(directory, { ringLengthMax: 2 }, '00000000000000bb');
  for (const at of [31, 10, 11, 12, 13, 32]) {
    journal.append(entryAt(at));
    await sleep(1);
  }
  await journal.close();
  assert.deepEqual(times(await journal.events({ since: timeAt(20), limit: 100 })), [30, 31, 32]);
});

test('the files stay within their number and size', async () => {
  const directory = await newDirectory();
  const journal = open(directory, { fileBytesMax: 1000, filesMax: 3 });
  for (let at = 0; at < 60; at += 1) {
    journal.append(entryAt(at));
    await sleep(1);
  }
  await journal.close();
  const names = (await readdir(directory)).toSorted();
  assert.deepEqual(names, ['journal.1.jsonl', 'journal.2.jsonl', 'journal.jsonl']);
  for (const name of names) assert.ok((await stat(join(directory, name))).size <= 1000);
});

test('the files stay within their number and size, also when a slow disk gets many lines at once', async () => {
  const directory = await newDirectory();
  const journal = open(directory, { fileBytesMax: 1000, filesMax: 3 });
  for (let at = 0; at < 60; at += 1) journal.append(entryAt(at));
  await journal.close();
  const names = (await readdir(directory)).toSorted();
  assert.deepEqual(names, ['journal.1.jsonl', 'journal.2.jsonl', 'journal.jsonl']);
  for (const name of names) {
    const text = await readFile(join(directory, name), 'utf8');
    assert.ok(text.length <= 1000 && text.endsWith('\n'), `${name} has ${text.length} bytes`);
  }
});

test('a line that a crash cut short, and lines of somebody else, cost only themselves', async () => {
  const directory = await newDirectory();
  const path = join(directory, 'journal.jsonl');
  const before = open(directory);
  before.append(entryAt(1));
  await before.close();
  await appendFile(path, `not ours\n{"time":"${timeAt(1)}","n":{}}\n{"time":"${timeAt(2)}","incarnation":"00`);
  const journal = open(directory, {}, '00000000000000bb');
  journal.append(entryAt(3));
  await journal.close();
  const again = open(directory, {}, '00000000000000cc');
  assert.deepEqual(times(await again.events({ limit: 100 })), [1, 3]);
});

test('a file without a single line end does not fill the memory', async () => {
  const directory = await newDirectory();
  await writeFile(join(directory, 'journal.jsonl'), 'x'.repeat(3_000_000));
  const journal = open(directory, { fileBytesMax: 10_000_000 });
  assert.deepEqual(await journal.events({ limit: 100 }), []);
  await journal.close();
});

test('on a full disk the newest events stay in memory, what is missing is counted, and nothing throws', async () => {
  const directory = await newDirectory();
  await symlink('/dev/full', join(directory, 'journal.jsonl'));
  const troubles: string[] = [];
  const journal = open(directory, { queueBytesMax: 500, ringLengthMax: 5, retryMs: 5 }, undefined, troubles);
  for (let at = 0; at < 20; at += 1) journal.append(entryAt(at));
  await until(() => troubles.length > 0);
  assert.match(troubles[0] ?? '', /cannot be written: ENOSPC.*going on without it/);
  assert.ok(journal.droppedCount >= 15);
  assert.deepEqual(times(await journal.events({ limit: 5 })), [15, 16, 17, 18, 19]);
  await sleep(30);
  assert.equal(troubles.length, 1, 'one sentence for one trouble');
  await journal.close();
});

test('when the disk has room again the journal goes on, and says how much is missing', async () => {
  const directory = join(root, 'appears-later');
  const troubles: string[] = [];
  const journal = open(directory, { queueBytesMax: 500, retryMs: 5 }, undefined, troubles);
  for (let at = 0; at < 20; at += 1) journal.append(entryAt(at));
  await until(() => troubles.length === 1);
  const lost = journal.droppedCount;
  assert.ok(lost > 0);
  await mkdir(directory);
  await until(() => troubles.length === 2);
  journal.append(entryAt(30));
  await journal.close();
  const lines = (await readFile(join(directory, 'journal.jsonl'), 'utf8')).trim().split('\n');
  const events = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  assert.equal(events.length, 20 - lost + 2);
  assert.match(String(events.at(-2)?.['sentence']), new RegExp(`; ${lost} entries before this one are missing`));
  assert.equal(events.at(-1)?.['n'], 21);
});

test('facts that are too long or cannot be written are left out, the sentence stays', async () => {
  const directory = await newDirectory();
  const journal = open(directory);
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  journal.append({ ...entryAt(1), facts: { long: 'x'.repeat(100_000) } });
  journal.append({ ...entryAt(2), facts: circle });
  journal.append({ ...entryAt(3), facts: { big: 1n } });
  journal.append({ ...entryAt(4), sentence: 's'.repeat(100_000), group: 'g'.repeat(100_000) });
  journal.append({ ...entryAt(5), wallMs: Number.NaN });
  const events = await journal.events({ limit: 10 });
  assert.equal(events.length, 5);
  assert.deepEqual(
    events.map((event) => event['factsLeftOut']),
    [true, true, true, true, undefined],
  );
  assert.equal(events[0]?.['sentence'], 'something happened');
  for (const event of events) assert.ok(JSON.stringify(event).length < 17_000);
  await journal.close();
});

test('a follower hears every event from then on, until it stops', async () => {
  const journal = open(await newDirectory());
  const heard: unknown[] = [];
  journal.append(entryAt(1));
  const stop = journal.follow((event) => heard.push(event.n));
  journal.append(entryAt(2));
  journal.append(entryAt(3));
  stop();
  journal.append(entryAt(4));
  assert.deepEqual(heard, [2, 3]);
  await journal.close();
});

test('a hundred thousand lines are searched in small pieces, with beats in between', async () => {
  const directory = await newDirectory();
  const line = (n: number): string =>
    `${JSON.stringify({ time: timeAt(n % 60), incarnation: '00000000000000aa', n, id: 'decided', sentence: 'x'.repeat(60) })}\n`;
  await writeFile(join(directory, 'journal.jsonl'), Array.from({ length: 100_000 }, (_, n) => line(n)).join(''));
  const journal = open(directory, {}, '00000000000000bb');
  let turns = 0;
  const count = (): void => {
    turns += 1;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  const events = await journal.events({ limit: 10_000 });
  clearImmediate(next);
  assert.equal(events.length, 10_000);
  // 16 MB in pieces of 64 KB, and 10 000 lines by the hundred.
  assert.ok(turns > 200, `beats could leave only ${turns} times in between`);
  await journal.close();
});

function open(
  directory: string,
  limits: Partial<JournalLimits> = {},
  incarnation = '00000000000000aa',
  troubles: string[] = [],
): FileJournal {
  return new FileJournal({ directory, incarnation, limits, onTrouble: (sentence) => troubles.push(sentence) });
}

async function newDirectory(): Promise<string> {
  return mkdtemp(join(root, 'state-'));
}

function timeAt(second: number): string {
  return new Date(Date.UTC(2026, 10, 20, 6, 0, second)).toISOString();
}

function entryAt(second: number): Entry {
  return {
    id: 'decided',
    atMs: second,
    wallMs: Date.parse(timeAt(second)),
    level: 'info',
    sentence: 'something happened',
  };
}

function times(events: readonly JournalEvent[]): readonly number[] {
  return events.map(({ time }) => (Date.parse(time) - Date.parse(timeAt(0))) / 1000);
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries += 1) {
    assert.ok(tries < 4000, 'it did not happen within twenty seconds');
    await sleep(5);
  }
}
