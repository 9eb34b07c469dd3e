import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Epoch, NodeName } from '../core/identity.ts';
import type { NotWritten } from './desk.ts';
import { type GroupLease, groupsPerClusterMax } from './leases.ts';

/** Far above what so many groups take. */
const bytesMax = 256 * 1024;

export type StateRead =
  | { readonly kind: 'known'; readonly groups: ReadonlyMap<string, GroupLease> }
  | { readonly kind: 'missing' }
  /** It is there, and says nothing that can be believed. */
  | { readonly kind: 'spoilt'; readonly sentence: string };

/** Of one cluster, below the state directory: a text that a person can read, and a checksum. */
export function stateFileOf(directory: string, cluster: string): string {
  return join(directory, `${cluster}.json`);
}

export function readState(file: string, nodes: readonly NodeName[]): StateRead {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { kind: 'missing' };
    return { kind: 'spoilt', sentence: `${file} cannot be read: ${sentenceOf(error)}` };
  }
  const groups = text.length > bytesMax ? undefined : parseState(text, nodes);
  return groups === undefined
    ? { kind: 'spoilt', sentence: `${file} is not as a witness writes it` }
    : { kind: 'known', groups };
}

/**
 * Writes beside the file, makes sure that it is on the disk, and puts it in its place. Waits for the disk: nothing is
 * told before.
 */
export function writeState(file: string, groups: ReadonlyMap<string, GroupLease>): NotWritten | undefined {
  let isUncertain = false;
  try {
    const fd = openSync(`${file}.new`, 'w', 0o640);
    try {
      // To its end, or it throws: one write may take a part only.
      writeFileSync(fd, textOf(groups));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    isUncertain = true;
    renameSync(`${file}.new`, file);
    syncDirectory(join(file, '..'));
    return undefined;
  } catch (error) {
    return { sentence: sentenceOf(error), isUncertain };
  }
}

function syncDirectory(directory: string): void {
  const fd = openSync(directory, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function textOf(groups: ReadonlyMap<string, GroupLease>): string {
  const body = JSON.stringify([...groups].map(([name, lease]) => ({ name, ...lease })));
  return `${JSON.stringify({ version: 1, checksum: checksumOf(body), groups: JSON.parse(body) as unknown })}\n`;
}

function parseState(text: string, nodes: readonly NodeName[]): ReadonlyMap<string, GroupLease> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || value['version'] !== 1 || !Array.isArray(value['groups'])) return undefined;
  const written: readonly unknown[] = value['groups'];
  if (value['checksum'] !== checksumOf(JSON.stringify(written)) || written.length > groupsPerClusterMax)
    return undefined;
  const groups = new Map<string, GroupLease>();
  for (const one of written) {
    const lease = leaseOf(one, ['', ...nodes]);
    if (lease === undefined) return undefined;
    groups.set(lease.name, lease.lease);
  }
  return groups;
}

function leaseOf(
  value: unknown,
  nodes: readonly NodeName[],
): { readonly name: string; readonly lease: GroupLease } | undefined {
  if (!isRecord(value)) return undefined;
  const { name, holder, leaseMs } = value;
  const epoch = epochOf(value['epoch'], nodes);
  const servedEpoch = epochOf(value['servedEpoch'], nodes);
  if (typeof name !== 'string' || typeof holder !== 'string' || !nodes.includes(holder)) return undefined;
  if (typeof leaseMs !== 'number' || !Number.isInteger(leaseMs) || leaseMs < 0 || leaseMs > 2 ** 32) return undefined;
  if (epoch === undefined || servedEpoch === undefined) return undefined;
  return { name, lease: { holder, epoch, servedEpoch, leaseMs } };
}

function epochOf(value: unknown, nodes: readonly NodeName[]): Epoch | undefined {
  if (!isRecord(value)) return undefined;
  const { counter, node } = value;
  if (typeof counter !== 'number' || !Number.isInteger(counter) || counter < 0 || counter >= 2 ** 32) return undefined;
  return typeof node === 'string' && nodes.includes(node) ? { counter, node } : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checksumOf(body: string): string {
  return createHash('sha256').update(body, 'utf8').digest('hex').slice(0, 16);
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
