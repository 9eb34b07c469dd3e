// Run by fullDisk.test.ts with a small file system of its own as the first argument. Prints what it saw as JSON.
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { FileJournal } from '../../src/adapters/fileJournal/fileJournal.ts';
import { openSlotStore } from '../../src/adapters/slotStore/slotStore.ts';
import { isHeldByFatals, noteFatal } from '../../src/daemon/holdMode.ts';
import { epochOf, stateWithEpoch } from './slotStore/states.ts';

const directory = process.argv[2] ?? '';
const options = { directory, cluster: 'plone', node: 'node1', peer: 'node2', build: '1.2.3' };
const opened = await openSlotStore(options);
if (!opened.ok) throw new Error(opened.sentence);
// As each daemon does that starts.
await isHeldByFatals(directory, 0);
const troubles: string[] = [];
const journal = new FileJournal({
  directory,
  incarnation: '00000000000000aa',
  onTrouble: (text) => troubles.push(text),
});
journal.append({ id: 'started', atMs: 1, wallMs: 1, level: 'info', sentence: 'before' });
await new Promise((resolve) => setTimeout(resolve, 50));

const filledBytes = await fill(join(directory, 'filler'));
for (let at = 0; at < 200; at += 1) {
  journal.append({ id: 'decided', atMs: at, wallMs: at, level: 'info', sentence: 'x'.repeat(200) });
}
const saves: unknown[] = [];
for (let counter = 1; counter <= 4; counter += 1) {
  saves.push(await new Promise((resolve) => opened.store.save(stateWithEpoch(counter, 'y'.repeat(200_000)), resolve)));
}
await noteFatal(directory, 1_000);
await noteFatal(directory, 2_000);
await journal.close();
await opened.store.close();

const again = await openSlotStore(options);
const second = await openSlotStore({ ...options, directory: join(directory, 'second') });
process.stdout.write(
  JSON.stringify({
    filledBytes,
    saves,
    troubles,
    epoch: again.ok ? epochOf(again.durable) : again.sentence,
    isHeld: await isHeldByFatals(directory, 3_000),
    second: second.ok ? 'opened' : { kind: second.kind, sentence: second.sentence },
    leftBehind: await readdir(join(directory, 'second')).catch(() => []),
  }),
);

async function fill(path: string): Promise<number> {
  const handle = await open(path, 'w');
  let bytes = 0;
  try {
    for (let size = 64 * 1024; size >= 1; size = Math.floor(size / 2)) {
      for (;;) {
        const { bytesWritten } = await handle.write(Buffer.alloc(size)).catch(() => ({ bytesWritten: 0 }));
        if (bytesWritten === 0) break;
        bytes += bytesWritten;
      }
    }
  } finally {
    await handle.close();
  }
  return bytes;
}
