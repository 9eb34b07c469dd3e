import type { NodeState } from '../../core/state.ts';
import { basic, number, object, text } from '../shapes.ts';
import { stateShape } from './stateShape.ts';

/**
 * All that the core of one node knows at one moment: what `hactl explain`, `simulate` and `plan` think with.
 * No key and no secret is part of it: keys are the codec's.
 */
export interface Snapshot {
  /** The version of this format. */
  readonly snapshot: 1;
  /** Of the daemon. */
  readonly version: string;
  /** Wall clock, RFC 3339. */
  readonly at: string;
  readonly atMs: number;
  readonly wallMs: number;
  /** Eight hex digits over everything that the node decides by; the same digest, the same config. */
  readonly digest: string;
  readonly state: NodeState;
}

export type ParsedSnapshot =
  | { readonly ok: true; readonly snapshot: Snapshot }
  /** Where the text differs from the format, `state.groups[0].config.name is no text`. */
  | { readonly ok: false; readonly sentence: string };

/** A pair of 16 groups has some 100 KiB. */
export const snapshotCharsMax: number = 8 * 1024 * 1024;

export function snapshotText(snapshot: Snapshot): string {
  return JSON.stringify(snapshot, writeNumber);
}

/** Checks a snapshot from a socket or a file. Never throws. */
export function parseSnapshot(source: string): ParsedSnapshot {
  const read = readJson(source);
  if (!read.ok) return read;
  const problem = shape(read.value, '');
  return problem === undefined
    ? { ok: true, snapshot: read.value as Snapshot }
    : { ok: false, sentence: `it is no snapshot that this version reads: ${problem}` };
}

/** JSON of the core: a number that JSON does not know stands in it as `{ "number": "-Infinity" }`. */
export function readJson(
  source: string,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly sentence: string } {
  if (source.length > snapshotCharsMax) {
    return { ok: false, sentence: `it has more than ${snapshotCharsMax} characters` };
  }
  try {
    return { ok: true, value: JSON.parse(source, readNumber) as unknown };
  } catch {
    return { ok: false, sentence: 'it is no JSON' };
  }
}

export function writeNumber(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value;
}

const unwritable: ReadonlySet<string> = new Set(['Infinity', '-Infinity', 'NaN']);

function readNumber(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('number' in value)) return value;
  const { number: written } = value;
  return typeof written === 'string' && unwritable.has(written) ? Number(written) : value;
}

const shape = object<Snapshot>({
  snapshot: basic('1', (value) => value === 1),
  version: text,
  at: text,
  atMs: number,
  wallMs: number,
  digest: text,
  state: stateShape,
});
