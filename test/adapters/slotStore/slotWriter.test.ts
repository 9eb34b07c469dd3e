import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import { decodeSlot, payloadBytesMax, slotBytes } from '../../../src/adapters/slotStore/slot.ts';
import { type SlotFile, SlotWriter } from '../../../src/adapters/slotStore/slotWriter.ts';
import { stateWithEpoch } from './states.ts';

test('one write is under way at a time; of the states that wait only the newest is written, and all are answered in order', async () => {
  const file = new SlowFile();
  const writer = new SlotWriter(file, '/state', undefined, '1.2.3');
  const answers: number[] = [];
  for (const counter of [1, 2, 3, 4]) writer.save(stateWithEpoch(counter), () => answers.push(counter));
  assert.equal(answers.length, 0, 'nothing is answered on the stack of the caller');
  await turn();
  assert.equal(file.writes.length, 1);
  for (const counter of [5, 6, 7]) writer.save(stateWithEpoch(counter), () => answers.push(counter));
  await turn();
  assert.equal(file.writes.length, 1, 'the disk has not answered yet');
  file.finish();
  await turn();
  assert.deepEqual(answers, [1, 2, 3, 4]);
  assert.equal(file.writes.length, 2);
  file.finish();
  await turn();
  assert.deepEqual(answers, [1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(file.epochs(), [4, 7]);
  assert.deepEqual(file.slots(), [0, 1]);
});

test('a save from within an answer is written next', async () => {
  const file = new SlowFile();
  const writer = new SlotWriter(file, '/state', undefined, '1.2.3');
  const answers: number[] = [];
  writer.save(stateWithEpoch(1), () => {
    answers.push(1);
    writer.save(stateWithEpoch(2), () => answers.push(2));
  });
  await turn();
  file.finish();
  await turn();
  file.finish();
  await turn();
  assert.deepEqual(answers, [1, 2]);
});

test('a failed write is answered with the reason, and never touches the slot with the newest state', async () => {
  const file = new SlowFile();
  const writer = new SlotWriter(file, '/state', { slot: 1, sequence: 41 }, '1.2.3');
  const results: unknown[] = [];
  const save = async (counter: number, error: Error | undefined): Promise<void> => {
    writer.save(stateWithEpoch(counter), (result) => results.push(result));
    await turn();
    file.finish(error);
    await turn();
  };
  await save(1, new Error('EIO: i/o error'));
  await save(2, new Error('ENOSPC: no space left on device'));
  await save(3, undefined);
  await save(4, undefined);
  assert.deepEqual(results, [
    { ok: false, reason: '/state cannot be written: EIO: i/o error' },
    { ok: false, reason: '/state cannot be written: ENOSPC: no space left on device' },
    { ok: true },
    { ok: true },
  ]);
  assert.deepEqual(file.slots(), [0, 0, 0, 1]);
  assert.deepEqual(file.sequences(), [42, 43, 44, 45], 'what a failed write left behind loses against the next one');
});

test('a state that does not fit into a slot is refused before anything is written', async () => {
  const file = new SlowFile();
  const writer = new SlotWriter(file, '/state', undefined, '1.2.3');
  const result = await new Promise<{ readonly ok: boolean }>((resolve) =>
    writer.save(stateWithEpoch(1, 'x'.repeat(payloadBytesMax)), resolve),
  );
  assert.equal(result.ok, false);
  assert.equal(file.writes.length, 0);
});

test('closing waits for the write under way, and later saves fail', async () => {
  const file = new SlowFile();
  const writer = new SlotWriter(file, '/state', undefined, '1.2.3');
  const results: boolean[] = [];
  writer.save(stateWithEpoch(1), (result) => results.push(result.ok));
  await turn();
  const closed = writer.close();
  await turn();
  assert.equal(file.isClosed, false);
  file.finish();
  await closed;
  assert.equal(file.isClosed, true);
  writer.save(stateWithEpoch(2), (result) => results.push(result.ok));
  await turn();
  assert.deepEqual(results, [true, false]);
});

/** A disk that answers when the test says so. */
class SlowFile implements SlotFile {
  readonly writes: { readonly bytes: Uint8Array; readonly position: number }[] = [];
  isClosed = false;
  #settle: ((error: Error | undefined) => void) | undefined;

  write(bytes: Uint8Array, position: number): Promise<void> {
    this.writes.push({ bytes, position });
    return new Promise((resolve, reject) => {
      this.#settle = (error) => (error === undefined ? resolve() : reject(error));
    });
  }

  datasync(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  finish(error?: Error): void {
    const settle = this.#settle;
    assert.ok(settle !== undefined, 'nothing is being written');
    this.#settle = undefined;
    settle(error);
  }

  slots(): readonly number[] {
    return this.writes.map(({ position }) => position / slotBytes);
  }

  sequences(): readonly number[] {
    return this.#contents().map(({ sequence }) => sequence);
  }

  epochs(): readonly number[] {
    return this.#contents().map(({ payload }) => JSON.parse(payload).groups[0].epoch.counter as number);
  }

  #contents(): readonly { readonly sequence: number; readonly payload: string }[] {
    return this.writes.map(({ bytes }) => {
      const content = decodeSlot(bytes);
      assert.equal(content.kind, 'intact');
      return content;
    });
  }
}
