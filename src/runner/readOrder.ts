import type { ToRunner } from '../control/runnerProtocol.ts';
import type { JobAction } from '../core/job.ts';

export type OrderResult =
  | { readonly kind: 'order'; readonly order: ToRunner }
  | { readonly kind: 'rejected'; readonly detail: string };

/** Judges one value from the socket. What it does not know it rejects by name, and never throws. */
export function readOrder(value: unknown): OrderResult {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return rejected('not an object');
  const fields = new Fields(value as Readonly<Record<string, unknown>>);
  const order = orderOf(fields);
  if (fields.firstProblem !== '') return rejected(fields.firstProblem);
  return order === undefined ? rejected('no such type of message') : { kind: 'order', order };
}

/** A day: longer than any script may take, and safely inside what a timer can hold. */
const durationMsMax = 86_400_000;
const nameCharsMax = 512;
const actions: readonly JobAction[] = ['start', 'stop', 'status', 'sync'];

const watchdogOrders = ['arm', 'pet', 'disarm'] as const;

function orderOf(fields: Fields): ToRunner | undefined {
  const type = fields.text('type');
  switch (type) {
    case 'hello':
      return { type, version: fields.count('version'), incarnation: fields.text('incarnation') };
    case 'run':
      return {
        type,
        job: fields.jobId('job'),
        group: fields.text('group'),
        resource: fields.text('resource'),
        action: fields.action('action'),
        epochCounter: fields.count('epochCounter'),
        timeoutMs: fields.duration('timeoutMs'),
      };
    case 'renew':
      return {
        type,
        group: fields.text('group'),
        order: fields.count('order'),
        sentAtMs: fields.time('sentAtMs'),
        epochCounter: fields.count('epochCounter'),
      };
    case 'ask':
      return { type, ask: fields.count('ask'), group: fields.text('group'), waitMs: fields.duration('waitMs') };
    case 'fence':
    case 'testFence':
      return { type, fence: fields.jobId('fence') };
    case 'announce':
    case 'dropAddresses':
      return { type, group: fields.text('group') };
    case 'deadMan':
      return {
        type,
        group: fields.text('group'),
        afterMs: fields.isNull('afterMs') ? null : fields.duration('afterMs'),
        epochCounter: fields.count('epochCounter'),
      };
    case 'watchdog':
      return { type, order: fields.watchdogOrder('order'), sentAtMs: fields.time('sentAtMs') };
    case 'reload':
      return { type };
    default:
      return undefined;
  }
}

function rejected(detail: string): OrderResult {
  return { kind: 'rejected', detail };
}

/** Reads fields and remembers the first one that is not what it should be. */
class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;
  firstProblem = '';

  constructor(fields: Readonly<Record<string, unknown>>) {
    this.#fields = fields;
  }

  text(key: string): string {
    const value = this.#fields[key];
    if (typeof value === 'string' && value !== '' && value.length <= nameCharsMax && value.isWellFormed()) return value;
    return this.#bad(key, `text of 1 to ${nameCharsMax} characters`, '');
  }

  /** It becomes a file name. */
  jobId(key: string): string {
    const value = this.#fields[key];
    return typeof value === 'string' && /^[\w.:@/-]{1,100}$/.test(value)
      ? value
      : this.#bad(key, 'the name of a job', '');
  }

  action(key: string): JobAction {
    const value = this.#fields[key];
    return actions.find((action) => action === value) ?? this.#bad(key, actions.join(', '), 'status');
  }

  watchdogOrder(key: string): 'arm' | 'pet' | 'disarm' {
    const value = this.#fields[key];
    return watchdogOrders.find((order) => order === value) ?? this.#bad(key, watchdogOrders.join(', '), 'pet');
  }

  count(key: string): number {
    const value = this.#fields[key];
    return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : this.#bad(key, 'a whole number', 0);
  }

  duration(key: string): number {
    const value = this.#fields[key];
    const isFine = typeof value === 'number' && value >= 1 && value <= durationMsMax;
    return isFine ? value : this.#bad(key, `milliseconds, 1 to ${durationMsMax}`, 1);
  }

  time(key: string): number {
    const value = this.#fields[key];
    return typeof value === 'number' && Number.isFinite(value) ? value : this.#bad(key, 'milliseconds', 0);
  }

  isNull(key: string): boolean {
    return this.#fields[key] === null;
  }

  #bad<T>(key: string, expected: string, stand: T): T {
    this.firstProblem ||= `${key} is not ${expected}`;
    return stand;
  }
}
