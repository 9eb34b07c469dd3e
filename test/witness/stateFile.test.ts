import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import type { GroupLease } from '../../src/witness/leases.ts';
import { readState, stateFileOf, writeState } from '../../src/witness/stateFile.ts';

const nodes = ['node1', 'node2'];
const groups = new Map<string, GroupLease>([
  [
    'site',
    {
      holder: 'node1',
      epoch: { counter: 7, node: 'node1' },
      servedEpoch: { counter: 6, node: 'node2' },
      leaseMs: 15_000,
    },
  ],
  ['ma"il\u00e4', { holder: '', epoch: { counter: 0, node: '' }, servedEpoch: { counter: 0, node: '' }, leaseMs: 0 }],
]);

suite('what a witness writes down', () => {
  let directory: string;
  let file: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'twinbeat-witness-'));
    file = stateFileOf(directory, 'plone');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  test('is read as it was written', () => {
    assert.equal(writeState(file, groups), undefined);
    assert.deepEqual(readState(file, nodes), { kind: 'known', groups });
  });

  test('is not believed with one byte less, or another one', () => {
    writeState(file, groups);
    const text = readFileSync(file, 'utf8');
    for (let length = 0; length < text.length - 1; length += 7) {
      truncateSync(file, length);
      assert.equal(readState(file, nodes).kind, 'spoilt', `${length} bytes`);
      writeFileSync(file, text);
    }
    writeFileSync(file, text.replace('node1', 'node2'));
    assert.equal(readState(file, nodes).kind, 'spoilt');
  });

  test('is not believed of nodes that the pair does not have', () => {
    writeState(file, groups);
    assert.equal(readState(file, ['node1', 'node3']).kind, 'spoilt');
  });

  test('is nothing at first', () => {
    assert.deepEqual(readState(file, nodes), { kind: 'missing' });
  });

  test('stays as it was where the disk takes nothing', () => {
    writeState(file, groups);
    const problem = writeState(join(directory, 'gone', 'plone.json'), new Map());
    assert.match(problem?.sentence ?? '', /ENOENT/);
    assert.equal(problem?.isUncertain, false);
    assert.deepEqual(readState(file, nodes), { kind: 'known', groups });
  });

  test('stays as it was where the disk takes a part of it', () => {
    writeState(file, groups);
    const [lease] = groups.values();
    const many = Array.from({ length: 64 }, (_, index) => [`group${index}`, lease]);
    const module = join(import.meta.dirname, '..', '..', 'src', 'witness', 'stateFile.ts');
    const script = `const { writeState } = await import(${JSON.stringify(module)});
      console.log(JSON.stringify(writeState(${JSON.stringify(file)}, new Map(${JSON.stringify(many)}))));`;
    // Like a full disk, a bound on the length of files (setrlimit(2)) takes the first bytes and refuses the rest.
    const command = ['-c', 'ulimit -f 4 && exec "$0" --input-type=module -e "$1"', process.execPath, script];
    const ran = spawnSync('sh', command, { encoding: 'utf8' });
    assert.match(ran.stdout, /EFBIG/, ran.stderr);
    assert.deepEqual(readState(file, nodes), { kind: 'known', groups });
  });
});
