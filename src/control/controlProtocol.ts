import type { GuardsReport } from './guardsReport.ts';

/**
 * What `hactl` and other clients say to the head: one JSON request a line, answered by JSON lines.
 *
 * `control.sock` (0600) takes every verb; `status.sock` (group `twinbeat`) only the reading ones;
 * `sync.sock` (for the syncer's user) only `sync-begin` and `sync-end`.
 */
/** A longer request closes the connection with an error. */
export const requestBytesMax = 16 * 1024;

export type Request =
  | { readonly verb: 'status' }
  /**
   * Streams one `status` a change until the client hangs up: at most ten a second, and at least one,
   * because a client takes three seconds of silence for a daemon that stalls.
   */
  | { readonly verb: 'watch' }
  /** Entries of the journal, oldest first; with `follow` the stream goes on. */
  | { readonly verb: 'events'; readonly since?: string; readonly follow?: boolean; readonly limit?: number }
  /** All that the core knows now, as `piece` lines of one JSON text: see `snapshot/snapshot.ts`. */
  | { readonly verb: 'snapshot' }
  /** The newest events with what was decided, in the same way: see `recording/recording.ts`. */
  | { readonly verb: 'recording' }
  | {
      readonly verb: 'takeover';
      /** Empty: all groups that this node does not own. */
      readonly groups: readonly string[];
      readonly force?: boolean;
      readonly reason?: string;
      readonly dryRun?: boolean;
      /** Streams `step` lines until the groups are active here, or failed. */
      readonly wait?: boolean;
    }
  | {
      readonly verb: 'release';
      readonly groups: readonly string[];
      readonly force?: boolean;
      readonly reason?: string;
      readonly dryRun?: boolean;
      readonly wait?: boolean;
    }
  | { readonly verb: 'confirm-dead'; readonly node: string; readonly reason: string; readonly force?: boolean }
  | { readonly verb: 'confirm-stopped'; readonly group: string; readonly reason: string }
  | { readonly verb: 'ack'; readonly group?: string }
  /** Writes what an operator has done or seen to the journal. */
  | { readonly verb: 'note'; readonly sentence: string }
  /** Reads the config files again: all or nothing. */
  | { readonly verb: 'reload' }
  | {
      readonly verb: 'maintenance';
      /** Empty: all groups. */
      readonly groups: readonly string[];
      readonly on: boolean;
      readonly reason?: string;
    }
  | { readonly verb: 'standby'; readonly force?: boolean; readonly reason?: string; readonly wait?: boolean }
  | { readonly verb: 'online' }
  | {
      readonly verb: 'resource';
      readonly action: ResourceAction;
      readonly group: string;
      readonly resource: string;
      /** Streams `step` lines until it has come to something. */
      readonly wait?: boolean;
    }
  /** `rewrites`: the sync will change more than append; the copy counts as none until `sync-end`. */
  | { readonly verb: 'sync-begin'; readonly group: string; readonly rewrites?: boolean }
  | { readonly verb: 'sync-end'; readonly group: string };

export type Verb = Request['verb'];

/** What an operator may do with one resource by hand. */
export const resourceActions = ['start', 'stop', 'restart', 'cleanup'] as const;
export type ResourceAction = (typeof resourceActions)[number];

/** Verbs that change nothing: all that `status.sock` takes. */
export const readingVerbs: readonly Verb[] = ['status', 'watch', 'events', 'snapshot', 'recording'];
export const syncVerbs: readonly Verb[] = ['sync-begin', 'sync-end'];

/** Every line of an answer. A request is over with `done`, `refused` or `failed`; `exitCode` is the one that `hactl` ends with. */
export type ResponseLine =
  | { readonly type: 'status'; readonly status: StatusReport }
  | { readonly type: 'event'; readonly event: Readonly<Record<string, unknown>> }
  /** The next part of a text that is longer than a line may be. */
  | { readonly type: 'piece'; readonly text: string }
  /** Progress of a `wait`. */
  | { readonly type: 'step'; readonly group: string; readonly sentence: string }
  | { readonly type: 'done'; readonly sentence: string; readonly epoch?: number; readonly exitCode: number }
  /** Refused as unsafe or impossible now: nothing was done. `next` says what to type. */
  | { readonly type: 'refused'; readonly sentence: string; readonly next: string; readonly exitCode: number }
  | { readonly type: 'failed'; readonly sentence: string; readonly next: string; readonly exitCode: number };

export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  degraded: 3,
  unreachable: 4,
  refused: 5,
  configInvalid: 6,
  timedOut: 7,
  notConfirmed: 8,
} as const;

/** `hactl status --json`. Fields are only ever added. */
export interface StatusReport {
  readonly schema: 1;
  readonly cluster: string;
  readonly node: string;
  readonly version: string;
  readonly incarnation: string;
  readonly phase: string;
  /** Wall clock, RFC 3339. */
  readonly at: string;
  readonly upMs: number;
  readonly isHoldMode: boolean;
  readonly isObserver: boolean;
  readonly jeopardy: boolean;
  readonly nodes: Readonly<Record<string, NodeReport>>;
  readonly channels: readonly ChannelReport[];
  /** Absent where none is configured. */
  readonly guards?: GuardsReport;
  readonly groups: readonly GroupReport[];
  readonly recovery: { readonly required: boolean; readonly step: string | null };
  readonly warnings: readonly { readonly id: string; readonly sentence: string; readonly next: string }[];
  /** Memory, load and disk of this node; absent until first measured. */
  readonly machine?: MachineReport;
  readonly beats: BeatsReport;
  readonly keys?: KeysReport;
  /**
   * What each group's configuration is in one word, here and in the peer's newest beat: equal words, equal files. `absent`
   * where the peer has no such group, null while that is not known.
   */
  readonly digests?: Readonly<Record<string, { readonly here: string; readonly peer: string | null }>>;
}

export interface KeysReport {
  readonly signsWith: number;
  readonly accepts: readonly { readonly id: number; readonly fingerprint: string }[];
  /** Of the peer's newest beat; null before the first one. */
  readonly peerSignsWith: number | null;
}

export interface NodeReport {
  /** By how many seconds its clock is ahead of this node's, to a second; null or absent: not known. */
  readonly clockAheadSeconds?: number | null;
  readonly self: boolean;
  readonly state: 'online' | 'suspect' | 'silent' | 'left' | 'dead' | 'starting';
  readonly heardAgoMs: number | null;
  readonly incarnation: string | null;
  readonly bootId: string | null;
}

export interface ChannelReport {
  readonly name: string;
  readonly type: string;
  readonly medium: string;
  readonly state: 'up' | 'one-way' | 'down';
  readonly heardAgoMs: number | null;
  /** Over the last minute; null before the first beat. */
  readonly lossPct: number | null;
  readonly isOpen: boolean;
  readonly detail: string;
  /** Packets that were not believed, by reason. */
  readonly rejected: Readonly<Record<string, number>>;
}

export interface Because {
  readonly rule: string;
  readonly sentence: string;
}

export interface GroupReport {
  readonly name: string;
  /** The node that holds it as far as this node knows; null for none. */
  readonly owner: string | null;
  /** This node's role. */
  readonly role: string;
  readonly peerRole: string | null;
  readonly epoch: { readonly counter: number; readonly node: string };
  readonly data: 'none' | 'shared' | 'copied';
  /** This node's copy is older than what has served. */
  readonly stale: boolean;
  readonly staleSince: string | null;
  /** Seconds since this node's last completed sync began; null when it needs none or had none. */
  readonly lag: number | null;
  readonly armed: Readonly<Record<string, { readonly armed: boolean; readonly because: Because }>>;
  readonly since: string;
  readonly wish: string | null;
  readonly because: Because;
  readonly resources: readonly {
    readonly name: string;
    readonly state: 'running' | 'stopped' | 'starting' | 'stopping' | 'failed' | 'unknown';
    readonly detail?: string;
  }[];
}

export interface MachineReport {
  readonly memoryUsedPct: number;
  readonly load1: number;
  readonly diskUsedPct: number | null;
}

/** Of times in milliseconds, since the daemon's start. */
export interface SpreadReport {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface BeatsReport {
  readonly sent: number;
  readonly heard: number;
  /** How late this node's own beats leave, in milliseconds, since the start. */
  readonly latenessMs: { readonly p50: number; readonly p99: number; readonly p999: number; readonly max: number };
  /** How old the newest proof of the peer's life was when the next one came; absent before the first. */
  readonly silenceMs?: SpreadReport;
  /** Times in which the peer was silent for deadtime and came back. */
  readonly overdue?: number;
  /** From a beat to its echo, by the channel of the answer. */
  readonly echoMs?: Readonly<Record<string, SpreadReport>>;
  /** In which they are sent; absent from a build that speaks version 1 only and does not say so. */
  readonly version?: number;
  /** The highest that this build speaks. */
  readonly versionMax?: number;
  /** The highest that the peer speaks; null before its first beat. */
  readonly peerVersionMax?: number | null;
}
