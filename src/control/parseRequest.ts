import { type Request, resourceActions, type Verb } from './controlProtocol.ts';

export type ParsedRequest =
  | { readonly ok: true; readonly request: Request }
  /** One sentence for the client; it quotes at most a few characters of what came. */
  | { readonly ok: false; readonly sentence: string };

/** Longest name of a node or group: a host name has at most 253 characters. */
export const nameLengthMax = 255;
/** Longest name of a resource: a word of haresources, with its arguments. */
export const resourceLengthMax = 1024;
/** Room for two sentences. A reason is kept in the journal and printed by `hactl events`. */
export const reasonLengthMax = 500;
/** More groups than a pair can have. */
export const groupsMax = 256;
/** Entries of the journal in one answer. */
export const eventsLimitMax = 10_000;

/**
 * Checks one request, as it came out of JSON, against its verb.
 *
 * A key that the verb does not know is refused: a daemon that skipped an option of a newer
 * `hactl` (`dryRun`, say) would do what nobody asked for. Never throws.
 */
export function parseRequest(value: unknown): ParsedRequest {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse('a request is one JSON object with a verb');
  }
  const given = new Map<string, unknown>(Object.entries(value));
  const verb = given.get('verb');
  given.delete('verb');
  if (typeof verb !== 'string') return refuse('a request is one JSON object with a verb');
  const fields: Readonly<Record<string, Field>> | undefined = isVerb(verb) ? verbs[verb] : undefined;
  if (fields === undefined) return refuse(`this daemon does not know the verb ${quoted(verb)}`);

  for (const key of given.keys()) {
    if (!Object.hasOwn(fields, key)) return refuse(`${verb} does not know the option ${quoted(key)}`);
  }
  const request: Record<string, unknown> = { verb };
  for (const [name, { check, isRequired }] of Object.entries(fields)) {
    const field = given.get(name);
    if (field === undefined) {
      if (isRequired) return refuse(`${verb} needs ${name}`);
      continue;
    }
    const problem = check(field);
    if (problem !== undefined) return refuse(`${verb}: ${name} ${problem}`);
    request[name] = field;
  }
  if (request['force'] === true && request['reason'] === undefined) {
    return refuse(`${verb}: force needs a reason, which is kept in the journal`);
  }
  // The table below has, for each verb, the fields of its member of `Request`.
  return { ok: true, request: request as unknown as Request };
}

/** The problem, or undefined. */
type Check = (value: unknown) => string | undefined;

interface Field {
  readonly check: Check;
  readonly isRequired: boolean;
}

const trueOrFalse: Check = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false');
const flag = optional(trueOrFalse);
const action: Check = (value) =>
  resourceActions.some((known) => known === value) ? undefined : `must be one of ${resourceActions.join(', ')}`;
const reason: Check = (value) => {
  if (typeof value !== 'string' || value.trim() === '') return 'must be a sentence';
  if (value.length > reasonLengthMax) return `must have at most ${reasonLengthMax} characters`;
  return hasControlCharacter(value) ? 'must be one line of text' : undefined;
};
const name = nameOf(nameLengthMax);
const names: Check = (value) => {
  if (!Array.isArray(value)) return 'must be a list of names';
  if (value.length > groupsMax) return `must have at most ${groupsMax} names`;
  const bad = (value as readonly unknown[]).findIndex((item) => name(item) !== undefined);
  return bad === -1 ? undefined : `has no name in place ${bad + 1}: ${name(value[bad])}`;
};
const since: Check = (value) =>
  typeof value === 'string' && rfc3339.test(value) && !Number.isNaN(Date.parse(value))
    ? undefined
    : 'must be a time like 2026-11-20T12:03:11Z';
const limit: Check = (value) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= eventsLimitMax
    ? undefined
    : `must be a whole number from 1 to ${eventsLimitMax}`;

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;

const move = {
  groups: required(names),
  force: flag,
  reason: optional(reason),
  dryRun: flag,
  wait: flag,
};

/** What each verb takes. A `Request` without an entry here is a compile error. */
const verbs: { readonly [V in Verb]: FieldsOf<V> } = {
  status: {},
  watch: {},
  events: { since: optional(since), follow: flag, limit: optional(limit) },
  snapshot: {},
  recording: {},
  takeover: move,
  release: move,
  'confirm-dead': { node: required(name), reason: required(reason), force: flag },
  'confirm-stopped': { group: required(name), reason: required(reason) },
  ack: { group: optional(name) },
  note: { sentence: required(reason) },
  reload: {},
  maintenance: { groups: required(names), on: required(trueOrFalse), reason: optional(reason) },
  standby: { force: flag, reason: optional(reason), wait: flag },
  online: {},
  resource: {
    action: required(action),
    group: required(name),
    resource: required(nameOf(resourceLengthMax)),
    wait: flag,
  },
  'sync-begin': { group: required(name), rewrites: flag },
  'sync-end': { group: required(name) },
};

export const allVerbs: readonly Verb[] = Object.keys(verbs).filter(isVerb);

type FieldsOf<V extends Verb> = {
  readonly [Key in Exclude<keyof Extract<Request, { readonly verb: V }>, 'verb'>]-?: Field;
};

function isVerb(verb: string): verb is Verb {
  return Object.hasOwn(verbs, verb);
}

function nameOf(lengthMax: number): Check {
  return (value) => {
    if (typeof value !== 'string' || value === '') return 'must be a name';
    if (value.length > lengthMax) return `must have at most ${lengthMax} characters`;
    return hasControlCharacter(value) ? 'must be one line of text' : undefined;
  };
}

function optional(check: Check): Field {
  return { check, isRequired: false };
}

function required(check: Check): Field {
  return { check, isRequired: true };
}

function refuse(sentence: string): ParsedRequest {
  return { ok: false, sentence };
}

/** Also the line separators and the marks that turn the direction of text: nothing of it belongs in a name. */
function hasControlCharacter(text: string): boolean {
  return !text.isWellFormed() || /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(text);
}

function quoted(text: string): string {
  const short = text.length > 40 ? `${text.slice(0, 40)}...` : text;
  return JSON.stringify(short.toWellFormed());
}
