import type { FileHandle } from 'node:fs/promises';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';

import type { DurableState } from '../../core/durable.ts';
import type { Store } from '../../engine/ports.ts';
import { stateVersion } from './encodeDurable.ts';
import { parseDurable } from './parseDurable.ts';
import type { SlotContent } from './slot.ts';
import { decodeSlot, slotBytes, slotCount } from './slot.ts';
import type { SlotFile } from './slotWriter.ts';
import { SlotWriter } from './slotWriter.ts';

export interface SlotStoreOptions {
  readonly directory: string;
  readonly cluster: string;
  readonly node: string;
  readonly peer: string;
  /** Version of the program, as people know it; written beside the state. */
  readonly build: string;
}

export interface SlotStore extends Store {
  /** Waits for the write under way, if any, and closes the file; later saves fail. */
  close(): Promise<void>;
}

export type OpenedSlotStore =
  | {
      readonly ok: true;
      readonly store: SlotStore;
      /** Undefined on a node that never saved anything. */
      readonly durable: DurableState | undefined;
      readonly warning: string | undefined;
    }
  | { readonly ok: false; readonly kind: StoreProblem; readonly sentence: string };

export type StoreProblem =
  /** The directory or the file cannot be made, read or written. */
  | 'unusable'
  /** Neither slot is intact. */
  | 'damaged'
  /** Written for another cluster or node. */
  | 'foreign'
  /** Written by a later version of the daemon. */
  | 'newer';

/** The two slots, one after the other. */
export const slotFileName = 'state';

/**
 * Opens the state file in `directory`, making both where they are missing.
 *
 * All its blocks are written once at the start, and then only in place: a full disk costs the journal, not the claim.
 * A new state goes to the slot that does not hold the newest one, so that a write cut short costs only itself.
 */
export async function openSlotStore(options: SlotStoreOptions): Promise<OpenedSlotStore> {
  const path = join(options.directory, slotFileName);
  let handle: FileHandle | undefined;
  try {
    await makeDirectory(options.directory);
    handle = await openOrCreate(options.directory, path);
    const slots = await readSlots(handle);
    const chosen = choose(slots, path, options);
    if (!chosen.ok) {
      await handle.close();
      return chosen;
    }
    await extend(handle);
    const store = new SlotWriter(asSlotFile(handle), path, chosen.newest, options.build);
    return { ok: true, store, durable: chosen.durable, warning: chosen.warning };
  } catch (error) {
    await handle?.close().catch(() => undefined);
    const sentence = `the state file ${path} cannot be used: ${messageOf(error)}; it must be writable by the daemon's user, on a disk with ${(slotCount * slotBytes) / 1024} KiB to spare`;
    return { ok: false, kind: 'unusable', sentence };
  }
}

type Chosen =
  | {
      readonly ok: true;
      readonly durable: DurableState | undefined;
      readonly newest: { readonly slot: number; readonly sequence: number } | undefined;
      readonly warning: string | undefined;
    }
  | { readonly ok: false; readonly kind: StoreProblem; readonly sentence: string };

function choose(slots: readonly SlotContent[], path: string, options: SlotStoreOptions): Chosen {
  const { cluster, node } = options;
  // Also when the other slot is intact and older: what the later version saved since may be a claim.
  const later = slots.find((slot) => slot.kind === 'newer');
  if (later !== undefined)
    return newer(path, `a later version of twinbeatd (slots of format ${later.format})`, options);

  const newest = slots
    .flatMap((slot, index) => (slot.kind === 'intact' ? [{ ...slot, slot: index }] : []))
    .toSorted((a, b) => b.sequence - a.sequence)
    .at(0);
  const damage = slots.flatMap((slot, index) => (slot.kind === 'damaged' ? [`slot ${index + 1}: ${slot.detail}`] : []));
  if (newest === undefined) {
    return damage.length === 0
      ? { ok: true, durable: undefined, newest: undefined, warning: undefined }
      : damaged(path, damage.join('; '));
  }

  const parsed = parseDurable(newest.payload);
  if (!parsed.ok) {
    return parsed.kind === 'newer'
      ? newer(path, `${parsed.writer} (state version ${parsed.version})`, options)
      : damaged(path, parsed.detail);
  }
  const { durable } = parsed;
  if (durable.cluster !== cluster || durable.node !== node) {
    const sentence = `the state file ${path} belongs to node ${durable.node} of cluster ${durable.cluster}, this is node ${node} of cluster ${cluster}; give each node a state directory of its own (--state-dir), or remove the file to begin as a node that has owned nothing`;
    return { ok: false, kind: 'foreign', sentence };
  }
  const stranger = strangerIn(durable, options);
  if (stranger !== undefined) {
    const sentence = `the state file ${path} knows an owner ${stranger}, which is not a node of this pair; remove the file to begin as a node that has owned nothing`;
    return { ok: false, kind: 'foreign', sentence };
  }
  const warning =
    damage.length === 0
      ? undefined
      : `one of the two states in ${path} is damaged (${damage.join('; ')}), going on with the other one; after a power cut that is normal, else look at the disk`;
  return { ok: true, durable, newest, warning };
}

/** An owner that no beat could name: the nodes were renamed, or the file is of another pair. */
function strangerIn(durable: DurableState, { node, peer }: SlotStoreOptions): string | undefined {
  const epochs = durable.groups.flatMap(({ epoch, heldEpoch, servedEpoch, copyEpoch, openSync }) => [
    epoch,
    heldEpoch,
    servedEpoch,
    copyEpoch,
    ...(openSync === undefined ? [] : [openSync.epoch]),
  ]);
  return epochs.find((one) => one.counter > 0 && one.node !== node && one.node !== peer)?.node;
}

/** What the later version wrote may be a claim, or that the copy here is behind: neither may be forgotten unseen. */
function newer(path: string, writer: string, { build, peer }: SlotStoreOptions): Chosen {
  const sentence = `the state file ${path} was written by ${writer}, and this is ${build}, which reads up to version ${stateVersion}; install that version again, or, when ${peer} owns every group and nothing of them runs here, remove the file to go on with this one as a node that has owned nothing`;
  return { ok: false, kind: 'newer', sentence };
}

/** A crash damages one slot at most, so this is the disk or a person, and what was claimed here is not known. */
function damaged(path: string, detail: string): Chosen {
  const sentence = `the state file ${path} is damaged (${detail}); make sure that nothing of the groups runs here, then remove the file to begin as a node that has owned nothing`;
  return { ok: false, kind: 'damaged', sentence };
}

/** One level only: Node's recursive mkdir never returns below /proc. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o750 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/** A new file appears under its name only when all its blocks are on the disk. */
async function openOrCreate(directory: string, path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  const draft = `${path}.new`;
  const handle = await open(draft, 'w+', 0o600);
  try {
    await extend(handle);
    await rename(draft, path);
    await syncDirectory(directory);
    return handle;
  } catch (error) {
    await handle.close().catch(() => undefined);
    throw error;
  }
}

/** Writes zeros up to the full size: blocks that were never written could be missing when the disk is full. */
async function extend(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  const missing = slotCount * slotBytes - size;
  if (missing <= 0) return;
  await writeAll(handle, new Uint8Array(missing), size);
  await handle.sync();
}

async function readSlots(handle: FileHandle): Promise<readonly SlotContent[]> {
  const bytes = new Uint8Array(slotCount * slotBytes);
  let end = 0;
  while (end < bytes.length) {
    const { bytesRead } = await handle.read(bytes, end, bytes.length - end, end);
    if (bytesRead === 0) break;
    end += bytesRead;
  }
  const found = bytes.subarray(0, end);
  return Array.from({ length: slotCount }, (_, slot) =>
    decodeSlot(found.subarray(slot * slotBytes, (slot + 1) * slotBytes)),
  );
}

function asSlotFile(handle: FileHandle): SlotFile {
  return {
    write: (bytes, position) => writeAll(handle, bytes, position),
    datasync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
