import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { encodeDurable } from '../../../src/adapters/slotStore/encodeDurable.ts';
import { encodeSlot, headerBytes, slotBytes, slotCount } from '../../../src/adapters/slotStore/slot.ts';
import { type OpenedSlotStore, openSlotStore, type SlotStore } from '../../../src/adapters/slotStore/slotStore.ts';
import { newDurableGroup } from '../../../src/core/durable.ts';
import { epochOf, stateWithEpoch } from './states.ts';

const build = '1.2.3';
const root = await mkdtemp(join(tmpdir(), 'twinbeat-slots-'));
after(() => rm(root, { recursive: true, force: true }));

test('a node that never saved anything has no state and no warning', async () => {
  const opened = await open(newDirectory());
  assert.ok(opened.ok);
  assert.equal(opened.durable, undefined);
  assert.equal(opened.warning, undefined);
  await opened.store.close();
});

test('the newest saved state is the one that is found again, whatever slot it is in', async () => {
  const directory = newDirectory();
  for (let counter = 1; counter <= 5; counter += 1) {
    const opened = await open(directory);
    assert.ok(opened.ok);
    assert.equal(epochOf(opened.durable), counter === 1 ? undefined : counter - 1);
    assert.deepEqual(await save(opened.store, counter), { ok: true });
    await opened.store.close();
  }
  const opened = await open(directory);
  assert.ok(opened.ok);
  assert.deepEqual(opened.durable, stateWithEpoch(5));
  await opened.store.close();
});

test('the file has its full size before the first save, and never grows', async () => {
  const directory = newDirectory();
  const opened = await open(directory);
  assert.ok(opened.ok);
  const { size, blocks } = await stat(join(directory, 'state'));
  assert.equal(size, slotCount * slotBytes);
  assert.ok(blocks * 512 >= size, 'blocks that were never written could be missing when the disk is full');
  for (let counter = 1; counter <= 3; counter += 1) await save(opened.store, counter);
  assert.equal((await stat(join(directory, 'state'))).size, size);
  await opened.store.close();
});

test('a write that is cut short at any byte leaves the state before it or the state itself', async () => {
  const directory = newDirectory();
  const path = join(directory, 'state');
  const opened = await open(directory);
  assert.ok(opened.ok);
  await save(opened.store, 1, 'a longer text that the next write to this slot does not cover to its end');
  await save(opened.store, 2);
  const before = await readFile(path);
  await save(opened.store, 3);
  const whole = await readFile(path);
  await opened.store.close();

  const end = encodeSlot(3, encodeDurable(stateWithEpoch(3), build)).length;
  assert.ok(end < slotBytes);
  for (let cut = 0; cut <= end; cut += 1) {
    await writeFile(path, Buffer.concat([whole.subarray(0, cut), before.subarray(cut)]));
    const again = await open(directory);
    assert.ok(again.ok, `cut after ${cut} bytes`);
    const expected = whole.subarray(cut, end).equals(before.subarray(cut, end)) ? 3 : 2;
    assert.equal(epochOf(again.durable), expected, `cut after ${cut} bytes`);
    await again.store.close();
  }
});

test('a flipped bit anywhere in the newest slot falls back to the older one, and says so', async () => {
  const directory = newDirectory();
  const path = join(directory, 'state');
  const opened = await open(directory);
  assert.ok(opened.ok);
  await save(opened.store, 1);
  await save(opened.store, 2);
  await opened.store.close();
  const whole = await readFile(path);
  const length = headerBytes + JSON.stringify(stateWithEpoch(2)).length;
  for (let at = 0; at < length; at += 1) {
    const flipped = Buffer.from(whole);
    flipped.writeUInt8(flipped.readUInt8(slotBytes + at) ^ (1 << (at % 8)), slotBytes + at);
    await writeFile(path, flipped);
    const again = await open(directory);
    assert.ok(again.ok, `bit ${at % 8} of byte ${at}`);
    assert.equal(epochOf(again.durable), 1, `bit ${at % 8} of byte ${at}`);
    assert.match(again.warning ?? '', /one of the two states .* is damaged/);
    await again.store.close();
  }
});

test('after falling back, the next save repairs the damaged slot and wins', async () => {
  const directory = newDirectory();
  const opened = await open(directory);
  assert.ok(opened.ok);
  await save(opened.store, 1);
  await save(opened.store, 2);
  await opened.store.close();
  await damage(directory, slotBytes + 100);
  const again = await open(directory);
  assert.ok(again.ok);
  await save(again.store, 7);
  await again.store.close();
  const last = await open(directory);
  assert.ok(last.ok);
  assert.equal(epochOf(last.durable), 7);
  assert.equal(last.warning, undefined);
  await last.store.close();
});

test('with both slots damaged the daemon does not begin, and the sentence says what to do', async () => {
  const directory = await savedDirectory();
  await damage(directory, 100);
  await damage(directory, slotBytes + 100);
  assertRefused(await open(directory), 'damaged', /state is damaged .*remove the file/);
});

test('a file of something else is not taken for a new one', async () => {
  const directory = newDirectory();
  await mkdir(directory);
  await writeFile(join(directory, 'state'), 'my notes\n');
  assertRefused(await open(directory), 'damaged', /the file ends after 9 bytes/);
  await writeFile(join(directory, 'state'), '');
  assertRefused(await open(directory), 'damaged', /the file ends after 0 bytes/);
});

test('a file that lost its end keeps the slot that is still there, and gets its full size back', async () => {
  const directory = await savedDirectory();
  await truncate(join(directory, 'state'), slotBytes + 10);
  const opened = await open(directory);
  assert.ok(opened.ok);
  assert.equal(epochOf(opened.durable), 1);
  assert.match(opened.warning ?? '', /the file ends after 10 bytes of it/);
  await save(opened.store, 3);
  await opened.store.close();
  assert.equal((await stat(join(directory, 'state'))).size, slotCount * slotBytes);
});

test('a state that knows an owner outside the pair is refused: no beat could name it', async () => {
  const directory = await savedDirectory();
  const opened = await open(directory);
  assert.ok(opened.ok);
  const state = stateWithEpoch(7);
  const groups = state.groups.map((group) => ({ ...group, servedEpoch: { counter: 6, node: 'node3' } }));
  await new Promise((resolve) => opened.store.save({ ...state, groups }, resolve));
  await opened.store.close();
  assertRefused(await open(directory), 'foreign', /knows an owner node3, which is not a node of this pair/);
});

test('the state of another node or cluster is refused', async () => {
  const directory = await savedDirectory();
  const sentence = /belongs to node node1 of cluster plone/;
  assertRefused(
    await openSlotStore({ directory, cluster: 'plone', node: 'node2', peer: 'node1', build }),
    'foreign',
    sentence,
  );
  assertRefused(
    await openSlotStore({ directory, cluster: 'other', node: 'node1', peer: 'node2', build }),
    'foreign',
    sentence,
  );
});

test('a state of a later version is refused, even beside an intact one, and the sentence names who wrote it and both ways out', async () => {
  const directory = await savedDirectory();
  await writeSlot(directory, 1, 9, JSON.stringify({ version: 4, writtenBy: '1.4.0~rc1', news: true }));
  const opened = await open(directory);
  assert.ok(!opened.ok && opened.kind === 'newer');
  assert.equal(
    opened.sentence.replace(directory, ''),
    'the state file /state was written by twinbeatd 1.4.0~rc1 (state version 4), and this is 1.2.3, which reads up to version 3; install that version again, or, when node2 owns every group and nothing of them runs here, remove the file to go on with this one as a node that has owned nothing',
  );
  for (const writtenBy of [undefined, 7, '', '\u001b[2J', 'x'.repeat(65), ['1.4.0']]) {
    await writeSlot(directory, 1, 9, JSON.stringify({ version: 4, writtenBy }));
    assertRefused(await open(directory), 'newer', /was written by a later version of twinbeatd \(state version 4\)/);
  }
});

test('slots of a later format are refused, even beside an intact one', async () => {
  const directory = await savedDirectory();
  const slot = Buffer.from(encodeSlot(10, Buffer.from('{}')));
  slot.writeUInt32BE(2, 8);
  const path = join(directory, 'state');
  const file = await readFile(path);
  // The checksum covers the format: made again, as a later version would make it.
  const hash = createHash('sha256').update(slot.subarray(0, 24)).update(slot.subarray(headerBytes)).digest();
  hash.copy(slot, 24);
  slot.copy(file, slotBytes);
  await writeFile(path, file);
  assertRefused(await open(directory), 'newer', /slots of format 2/);
});

test('a state of an older version is taken up, and the next save makes it one of this version', async () => {
  const directory = await savedDirectory();
  await writeSlot(directory, 0, 99, firstVersion);
  const opened = await open(directory);
  assert.ok(opened.ok);
  assert.deepEqual(opened.durable, stateWithEpoch(5));
  assert.equal(opened.warning, undefined);
  await save(opened.store, 6);
  await opened.store.close();
  const text = (await readFile(join(directory, 'state'))).toString('latin1');
  assert.match(text.slice(slotBytes), /\{"version":3,"writtenBy":"1\.2\.3"/);
  const again = await open(directory);
  assert.ok(again.ok);
  assert.equal(epochOf(again.durable), 6);
  await again.store.close();
});

test('a crash at any byte of the first save after an upgrade leaves the older state, or the newer', async () => {
  const directory = await savedDirectory();
  await writeSlot(directory, 0, 99, firstVersion);
  const opened = await open(directory);
  assert.ok(opened.ok);
  await save(opened.store, 6);
  await opened.store.close();
  const path = join(directory, 'state');
  const whole = await readFile(path);
  for (const kept of [0, 1, 12, 24, headerBytes, headerBytes + 3, headerBytes + 100]) {
    const torn = Buffer.from(whole);
    torn.fill(0xee, slotBytes + kept, slotBytes + kept + 64);
    await writeFile(path, torn);
    const again = await open(directory);
    assert.ok(again.ok, `${kept} bytes`);
    assert.equal(epochOf(again.durable), 5);
    await again.store.close();
  }
});

test('a state has the fields of the version that it says it has: no fewer, and none that came later', async () => {
  const second: Record<string, unknown> = { version: 2, writtenBy: '1.2.3', ...stateWithEpoch(1) };
  const cases: readonly { readonly name: string; readonly state: unknown; readonly detail: RegExp }[] = [
    { name: 'version 1 with a field of version 2', state: { ...second, version: 1 }, detail: /writtenBy is not known/ },
    { name: 'version 2 without it', state: { ...second, writtenBy: undefined }, detail: /writtenBy must be a text/ },
    {
      name: 'version 2 with a field of version 3',
      state: { ...second, groups: [{ ...stateWithEpoch(1).groups[0], fenceLiedBy: 'a plug' }] },
      detail: /fenceLiedBy is not known to version 2/,
    },
    { name: 'version 0', state: { ...second, version: 0 }, detail: /version must be a whole number/ },
    { name: 'version 1.5', state: { ...second, version: 1.5 }, detail: /version must be a whole number/ },
    { name: 'version "2"', state: { ...second, version: '2' }, detail: /version must be a whole number/ },
    {
      name: 'a version beyond counting',
      state: { ...second, version: 1e300 },
      detail: /version must be a whole number/,
    },
  ];
  for (const { name, state, detail } of cases) {
    const directory = await savedDirectory();
    await writeSlot(directory, 0, 99, JSON.stringify(state));
    const opened = await open(directory);
    assert.ok(!opened.ok && opened.kind === 'damaged', name);
    assert.match(opened.sentence, detail, name);
  }
});

test('an intact slot with a state that nobody could have written is refused, not guessed', async () => {
  const good: Record<string, unknown> = { version: 2, writtenBy: '1.2.3', ...stateWithEpoch(1) };
  const group: Record<string, unknown> = { ...stateWithEpoch(1).groups[0] };
  const cases: readonly { readonly name: string; readonly state: unknown }[] = [
    { name: 'no JSON', state: undefined },
    { name: 'a list', state: [] },
    { name: 'a number', state: 5 },
    { name: 'null', state: null },
    { name: 'no version', state: { ...good, version: undefined } },
    { name: 'an unknown key', state: { ...good, extra: 1 } },
    { name: '__proto__ as a key', state: JSON.parse(`{"__proto__":1,${JSON.stringify(good).slice(1)}`) },
    { name: 'no groups', state: { ...good, groups: undefined } },
    { name: 'a boot id that is none', state: { ...good, bootId: 'xyz' } },
    { name: 'too many groups', state: { ...good, groups: Array.from({ length: 257 }, () => group) } },
    { name: 'a group that is null', state: { ...good, groups: [null] } },
    { name: 'an unknown holding', state: { ...good, groups: [{ ...group, holding: 'perhaps' }] } },
    { name: 'an epoch below zero', state: { ...good, groups: [{ ...group, epoch: { counter: -1, node: 'a' } }] } },
    {
      name: 'an epoch with a fraction',
      state: { ...good, groups: [{ ...group, epoch: { counter: 1.5, node: 'a' } }] },
    },
    {
      name: 'an epoch beyond what a beat can hold',
      state: { ...good, groups: [{ ...group, epoch: { counter: 2 ** 32, node: 'a' } }] },
    },
    { name: 'an epoch without a node', state: { ...good, groups: [{ ...group, epoch: { counter: 1 } }] } },
    { name: 'a flag that is a text', state: { ...good, groups: [{ ...group, isDiverged: 'no' }] } },
    { name: 'too many moves', state: { ...good, groups: [{ ...group, movesWallMs: [1, 2, 3, 4] }] } },
    { name: 'a MAC that is none', state: { ...good, groups: [{ ...group, peerMac: '02:00' }] } },
    { name: 'an unknown key of a group', state: { ...good, groups: [{ ...group, isOwner: true }] } },
  ];
  for (const { name, state } of cases) {
    const directory = await savedDirectory();
    await writeSlot(directory, 0, 99, state === undefined ? '{"version":2' : JSON.stringify(state));
    const opened = await open(directory);
    assert.ok(!opened.ok && opened.kind === 'damaged', name);
  }
});

test('a state without its optional parts is read back as it was', async () => {
  const directory = newDirectory();
  const opened = await open(directory);
  assert.ok(opened.ok);
  const state = { ...stateWithEpoch(1), groups: [newDurableGroup('site', 5)] };
  await new Promise((resolve) => opened.store.save(state, resolve));
  await opened.store.close();
  const again = await open(directory);
  assert.ok(again.ok);
  assert.deepEqual(again.durable, state);
  await again.store.close();
});

test('a directory that cannot be made or used is a sentence, not a crash', async () => {
  const file = join(root, 'a-file');
  await writeFile(file, '');
  assertRefused(await open(join(file, 'below')), 'unusable', /cannot be used: ENOTDIR/);
  assertRefused(await open('/proc/twinbeat'), 'unusable', /cannot be used: ENOENT|cannot be used: EPERM/);
  const directory = newDirectory();
  await mkdir(join(directory, 'state'), { recursive: true });
  assertRefused(await open(directory), 'unusable', /cannot be used: EISDIR/);
});

test('a draft that a crash left behind does not disturb the next start', async () => {
  const directory = newDirectory();
  await mkdir(directory);
  await writeFile(join(directory, 'state.new'), 'half');
  const opened = await open(directory);
  assert.ok(opened.ok);
  assert.equal(opened.durable, undefined);
  await opened.store.close();
});

let directories = 0;

/** As a build wrote it that knew version 1 only: these bytes stay as they are. */
const firstVersion =
  '{"version":1,"cluster":"plone","node":"node1","bootId":"0123456789abcdef","groups":[{"name":"site","holding":"serving","epoch":{"counter":5,"node":"node1"},"heldEpoch":{"counter":0,"node":""},"servedEpoch":{"counter":0,"node":""},"copyEpoch":{"counter":0,"node":""},"isCopyWithdrawn":false,"sync":{"beganWallMs":1,"endedWallMs":2},"isDiverged":false,"isReleasingToPeer":false,"isDownByOrder":false,"isMaintained":false,"isPeerMaintained":false,"isStandbyByOrder":false,"stopFailed":{"resource":"zeo::instance0","detail":""},"hasPeerStopFailed":false,"isPeerProvenAway":false,"isPeerSilent":false,"isByOperator":false,"hasFaltered":false,"movesWallMs":[1,2,3],"sinceWallMs":1700000000000,"peerMac":"02:00:5e:10:00:01"}]}';

/** Does not exist yet. */
function newDirectory(): string {
  directories += 1;
  return join(root, `node-${directories}`);
}

/** Epoch 1 in the first slot, epoch 2 in the second. */
async function savedDirectory(): Promise<string> {
  const directory = newDirectory();
  const opened = await open(directory);
  assert.ok(opened.ok);
  await save(opened.store, 1);
  await save(opened.store, 2);
  await opened.store.close();
  return directory;
}

function open(directory: string): Promise<OpenedSlotStore> {
  return openSlotStore({ directory, cluster: 'plone', node: 'node1', peer: 'node2', build });
}

function save(store: SlotStore, counter: number, detail?: string): Promise<{ readonly ok: boolean }> {
  return new Promise((resolve) => store.save(stateWithEpoch(counter, detail), resolve));
}

async function damage(directory: string, at: number): Promise<void> {
  const path = join(directory, 'state');
  const bytes = await readFile(path);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x40, at);
  await writeFile(path, bytes);
}

async function writeSlot(directory: string, slot: number, sequence: number, payload: string): Promise<void> {
  const path = join(directory, 'state');
  const bytes = await readFile(path);
  bytes.set(encodeSlot(sequence, Buffer.from(payload)), slot * slotBytes);
  await writeFile(path, bytes);
}

function assertRefused(opened: OpenedSlotStore, kind: string, sentence: RegExp): void {
  assert.ok(!opened.ok);
  assert.equal(opened.kind, kind);
  assert.match(opened.sentence, sentence);
}
