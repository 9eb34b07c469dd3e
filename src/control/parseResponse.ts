import type { ResponseLine } from './controlProtocol.ts';
import type { GuardsReport, PingReport, WatchdogStatus, WitnessReport } from './guardsReport.ts';
import { basic, type Check, flag, isRecord, list, nullable, number, object, optional, record, text } from './shapes.ts';

export type ParsedResponse =
  | { readonly ok: true; readonly line: ResponseLine }
  /** Where the line differs from the protocol, `groups[0].name is no text`. */
  | { readonly ok: false; readonly sentence: string };

/**
 * Checks one line of an answer, as it came out of JSON, so that whoever prints it need not.
 *
 * Words that this version does not know (a new state of a channel) are let through as text, and unknown fields
 * are skipped: a daemon that was upgraded a minute ago must stay readable. Never throws.
 */
export function parseResponse(value: unknown): ParsedResponse {
  const type = isRecord(value) ? value['type'] : undefined;
  const check = typeof type === 'string' && Object.hasOwn(lines, type) ? lines[type] : undefined;
  if (check === undefined) return { ok: false, sentence: 'it is no line of an answer' };
  const problem = check(value, '');
  return problem === undefined ? { ok: true, line: value as ResponseLine } : { ok: false, sentence: problem };
}

const because = object({ rule: text, sentence: text });

const node = object({
  clockAheadSeconds: optional(nullable(number)),
  self: flag,
  state: text,
  heardAgoMs: nullable(number),
  incarnation: nullable(text),
  bootId: nullable(text),
});

const channel = object({
  name: text,
  type: text,
  medium: text,
  state: text,
  heardAgoMs: nullable(number),
  lossPct: nullable(number),
  isOpen: flag,
  detail: text,
  rejected: record(number),
});

const guards = object<GuardsReport>({
  watchdog: optional(
    object<WatchdogStatus>({
      device: text,
      state: text,
      detail: text,
      boundMs: nullable(number),
      peerBoundMs: nullable(number),
    }),
  ),
  ping: optional(
    object<PingReport>({
      targets: list(object<PingReport['targets'][number]>({ address: text, state: text })),
      peerAnswering: nullable(number),
    }),
  ),
  witness: optional(
    object<WitnessReport>({
      state: text,
      answeredAgoMs: nullable(number),
      peerHeardAgoMs: nullable(number),
      leases: list(
        object<WitnessReport['leases'][number]>({
          group: text,
          holder: nullable(text),
          renewedAgoMs: nullable(number),
          servesForMs: nullable(number),
        }),
      ),
    }),
  ),
});

const group = object({
  name: text,
  owner: nullable(text),
  role: text,
  peerRole: nullable(text),
  epoch: object({ counter: number, node: text }),
  data: text,
  stale: flag,
  staleSince: nullable(text),
  lag: nullable(number),
  armed: record(object({ armed: flag, because })),
  since: text,
  wish: nullable(text),
  because,
  resources: list(object({ name: text, state: text, detail: optional(text) })),
});

const spread = object({ count: number, p50: number, p99: number, p999: number, max: number });

const status = object({
  schema: basic('1', (value) => value === 1),
  cluster: text,
  node: text,
  version: text,
  incarnation: text,
  phase: text,
  at: text,
  upMs: number,
  isHoldMode: flag,
  isObserver: flag,
  jeopardy: flag,
  nodes: record(node),
  channels: list(channel),
  guards: optional(guards),
  groups: list(group),
  recovery: object({ required: flag, step: nullable(text) }),
  warnings: list(object({ id: text, sentence: text, next: text })),
  machine: optional(object({ memoryUsedPct: number, load1: number, diskUsedPct: nullable(number) })),
  beats: object({
    sent: number,
    heard: number,
    silenceMs: optional(spread),
    overdue: optional(number),
    echoMs: optional(record(spread)),
    latenessMs: object({ p50: number, p99: number, p999: number, max: number }),
    version: optional(number),
    versionMax: optional(number),
    peerVersionMax: optional(nullable(number)),
  }),
  keys: optional(
    object({
      signsWith: number,
      accepts: list(object({ id: number, fingerprint: text })),
      peerSignsWith: nullable(number),
    }),
  ),
  digests: optional(record(object({ here: text, peer: nullable(text) }))),
});

/** `hactl` ends with it, so that it must be one that a process can have. */
const exitCode = basic('exit code', (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 125);

const lines: Readonly<Record<string, Check>> = {
  status: object({ status }),
  event: object({ event: record(() => undefined) }),
  piece: object({ text }),
  step: object({ group: text, sentence: text }),
  done: object({ sentence: text, epoch: optional(number), exitCode }),
  refused: object({ sentence: text, next: text, exitCode }),
  failed: object({ sentence: text, next: text, exitCode }),
};
