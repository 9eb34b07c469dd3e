import type { DurableGroup, DurableState, Holding } from '../../core/durable.ts';
import { movesMax } from '../../core/durable.ts';
import type { Epoch } from '../../core/identity.ts';
import { stateVersion } from './encodeDurable.ts';

export type ParsedDurable =
  | { readonly ok: true; readonly durable: DurableState }
  /** The state is of a later version of the daemon: not damaged, but not for this one. */
  | { readonly ok: false; readonly kind: 'newer'; readonly version: number; readonly writer: string }
  | { readonly ok: false; readonly kind: 'malformed'; readonly detail: string };

/**
 * Checks the payload of an intact slot, field by field. A field that is missing, of another type or unknown to the
 * version that it says it has refuses the whole: the checksum says that somebody meant it, and half of a claim is
 * worse than none. Fields that came after that version have the values of a build that did not know them. Never throws.
 */
export function parseDurable(payload: string): ParsedDurable {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    return { ok: false, kind: 'malformed', detail: 'it is not JSON' };
  }
  const version = isRecord(value) ? value['version'] : undefined;
  if (!isRecord(value) || typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1) {
    return { ok: false, kind: 'malformed', detail: 'state.version must be a whole number from 1' };
  }
  if (version > stateVersion) return { ok: false, kind: 'newer', version, writer: writerOf(value['writtenBy']) };
  const problems: string[] = [];
  const { version: _, writtenBy: __, ...durable } = state(value, { path: 'state', version, problems });
  const [detail] = problems;
  return detail === undefined ? { ok: true, durable } : { ok: false, kind: 'malformed', detail };
}

/** It is printed: nothing of a state that this build cannot check may steer a terminal. */
function writerOf(writtenBy: unknown): string {
  const isName = typeof writtenBy === 'string' && /^[\w.+~-]{1,64}$/.test(writtenBy);
  return isName ? `twinbeatd ${writtenBy}` : 'a later version of twinbeatd';
}

interface WrittenState extends DurableState {
  readonly version: number;
  readonly writtenBy: string;
}

/** Where the reader is, and what it did not like. Readers go on with a stand-in, so that they need no exceptions. */
interface Place {
  readonly path: string;
  /** Of the state that is read. */
  readonly version: number;
  readonly problems: string[];
}

type Reader<T> = (value: unknown, place: Place) => T;

const text: Reader<string> = (value, place) => (typeof value === 'string' ? value : wrong(place, 'must be a text', ''));
const flag: Reader<boolean> = (value, place) =>
  typeof value === 'boolean' ? value : wrong(place, 'must be true or false', false);
const counter: Reader<number> = (value, place) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? value
    : wrong(place, 'must be a whole number', 0);
const wallMs: Reader<number> = (value, place) =>
  typeof value === 'number' && Number.isFinite(value) ? value : wrong(place, 'must be a time in milliseconds', 0);
const digits: Reader<string> = (value, place) =>
  typeof value === 'string' && /^[0-9a-f]{16}$/.test(value) ? value : wrong(place, 'must be 16 hex digits', '');
const mac: Reader<string> = (value, place) =>
  typeof value === 'string' && /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(value)
    ? value
    : wrong(place, 'must be a MAC address', '');
const holdings: readonly Holding[] = ['nothing', 'claimed', 'serving', 'stopping'];
const holding: Reader<Holding> = (value, place) =>
  holdings.find((known) => known === value) ?? wrong(place, `must be one of ${holdings.join(', ')}`, 'nothing');

/** A beat has four bytes for it. */
const epochCounterMax = 2 ** 32 - 1;
const epochCounter: Reader<number> = (value, place) =>
  counter(value, place) <= epochCounterMax
    ? counter(value, place)
    : wrong(place, `must be at most ${epochCounterMax}`, 0);
const epoch: Reader<Epoch> = record({ counter: epochCounter, node: text });
const group: Reader<DurableGroup> = record({
  name: text,
  holding,
  epoch,
  heldEpoch: epoch,
  servedEpoch: epoch,
  copyEpoch: epoch,
  isCopyWithdrawn: flag,
  sync: maybe(record({ beganWallMs: wallMs, endedWallMs: wallMs })),
  openSync: maybe(record({ epoch, beganWallMs: wallMs })),
  ownerHeardWallMs: maybe(wallMs),
  staleSinceWallMs: maybe(wallMs),
  isDiverged: flag,
  isReleasingToPeer: flag,
  isDownByOrder: flag,
  stopFailed: maybe(record({ resource: text, detail: text })),
  isMaintained: flag,
  isPeerMaintained: flag,
  isStandbyByOrder: flag,
  hasPeerStopFailed: flag,
  isPeerProvenAway: flag,
  isPeerSilent: flag,
  isByOperator: flag,
  hasFaltered: flag,
  movesWallMs: list(wallMs, movesMax),
  sinceWallMs: wallMs,
  incident: since(
    2,
    maybe(record({ atWallMs: wallMs, epochCounter, peerEpochCounter: epochCounter, sentence: text })),
    undefined,
  ),
  peerMac: maybe(mac),
  fenceLiedBy: since(3, maybe(text), undefined),
});
/** As many groups as `hactl` can name in one request. */
const groupsMax = 256;
const state: Reader<WrittenState> = record({
  version: counter,
  writtenBy: since(2, text, ''),
  cluster: text,
  node: text,
  bootId: digits,
  groups: list(group, groupsMax),
});

/** An object with exactly these fields; one that may be undefined may be missing. */
function record<T extends object>(fields: { readonly [K in keyof T]-?: Reader<T[K]> }): Reader<T> {
  return (value, place) => {
    const given: Readonly<Record<string, unknown>> = isRecord(value) ? value : wrong(place, 'must be an object', {});
    for (const key of Object.keys(given)) {
      if (!Object.hasOwn(fields, key)) wrong({ ...place, path: `${place.path}.${key}` }, 'is not known', undefined);
    }
    const entries = Object.entries<Reader<unknown>>(fields).map(([key, read]) => {
      const field = Object.hasOwn(given, key) ? given[key] : undefined;
      return [key, read(field, { ...place, path: `${place.path}.${key}` })] as const;
    });
    // One entry for each field of T, by the type of `fields`.
    return Object.fromEntries(entries) as T;
  };
}

function list<T>(item: Reader<T>, lengthMax: number): Reader<readonly T[]> {
  return (value, place) => {
    if (!Array.isArray(value)) return wrong(place, 'must be a list', []);
    if (value.length > lengthMax) return wrong(place, `must have at most ${lengthMax} items`, []);
    return value.map((one: unknown, index) => item(one, { ...place, path: `${place.path}[${index}]` }));
  };
}

/** A field that came with a version of the state: an older state has none, and means `before`. */
function since<T>(version: number, read: Reader<T>, before: T): Reader<T> {
  return (value, place) => {
    if (place.version >= version) return read(value, place);
    return value === undefined ? before : wrong(place, `is not known to version ${place.version}`, before);
  };
}

/** JSON leaves out what is undefined. */
function maybe<T>(read: Reader<T>): Reader<T | undefined> {
  return (value, place) => (value === undefined ? undefined : read(value, place));
}

function wrong<T>(place: Place, problem: string, standIn: T): T {
  place.problems.push(`${place.path} ${problem}`);
  return standIn;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
