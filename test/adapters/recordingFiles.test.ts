import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { RecordingFiles, type RecordingLimits } from '../../src/adapters/recordingFiles.ts';

const soon: Partial<RecordingLimits> = { afterMs: 1, gapMs: 1, filesMax: 3, bytesMax: 100 };

suite('recordings of decisions', () => {
  test('are written after a decision, once for many, and the oldest are removed', async (t) => {
    const directory = folder(t);
    const files = new RecordingFiles({ directory, texts: () => ['a\n', 'b\n'], onTrouble: assert.fail, limits: soon });
    for (let round = 1; round <= 5; round += 1) {
      files.noteDecision();
      files.noteDecision();
      await until(() => names(directory).length === Math.min(round, 3) && !names(directory).includes('.half'));
      await pause(5);
    }
    assert.equal(names(directory).length, 3);
    for (const name of names(directory)) assert.equal(readFileSync(join(directory, name), 'utf8'), 'a\nb\n');
    await files.close();
  });

  test('that are too long, or that the disk does not take, are left out, and said so once', async (t) => {
    const directory = folder(t);
    const said: string[] = [];
    const onTrouble = (sentence: string): void => void said.push(sentence);
    const long = new RecordingFiles({ directory, texts: () => ['x'.repeat(101)], onTrouble, limits: soon });
    long.noteDecision();
    await until(() => said.length === 1);
    assert.match(said[0] ?? '', /it is longer than 100 bytes; going on without it/);
    writeFileSync(join(directory, 'file'), '');
    const blocked = new RecordingFiles({
      directory: join(directory, 'file'),
      texts: () => ['x'],
      onTrouble,
      limits: soon,
    });
    for (let round = 0; round < 3; round += 1) {
      blocked.noteDecision();
      await pause(10);
    }
    await until(() => said.length === 2);
    await blocked.close();
    assert.equal(said.length, 2);
    assert.deepEqual(names(directory), ['file']);
  });

  test('are not written after the end', async (t) => {
    const directory = folder(t);
    const files = new RecordingFiles({ directory, texts: () => ['a'], onTrouble: assert.fail, limits: soon });
    files.noteDecision();
    await files.close();
    await pause(20);
    assert.deepEqual(names(directory), []);
  });
});

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'twinbeat-recordings-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function names(directory: string): readonly string[] {
  return readdirSync(directory);
}

async function until(isSo: () => boolean): Promise<void> {
  for (let round = 0; round < 2_000 && !isSo(); round += 1) await pause(5);
  assert(isSo(), 'it has come so');
}
