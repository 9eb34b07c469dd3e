import type { FenceOutcome, FenceTestOutcome } from '../core/fenceOutcome.ts';
import type { JobOutcome, JobSpec } from '../core/job.ts';
import type { WatchdogReport } from '../core/watchdog.ts';

/**
 * What the head and the hands say to each other: one JSON object a line, on
 * the unix socket `runner.sock` (0600, owner is the head's user) in the run directory.
 *
 * The runner reads the same config files as the head, and runs only what they name: a head
 * that was taken over cannot run a command of its own choice. One head at a time: a second
 * connection with a newer incarnation replaces the first.
 */
export const runnerProtocolVersion = 1;
/** No message is longer; a longer line closes the connection. */
export const runnerLineBytesMax = 64 * 1024;

export type ToRunner =
  | { readonly type: 'hello'; readonly version: number; readonly incarnation: string }
  | ({ readonly type: 'run' } & JobSpec)
  /** `sentAtMs` is CLOCK_MONOTONIC of this machine; an order older than 250 ms is dropped. `order` grows. */
  | {
      readonly type: 'renew';
      readonly group: string;
      readonly order: number;
      readonly sentAtMs: number;
      readonly epochCounter: number;
    }
  | { readonly type: 'ask'; readonly ask: number; readonly group: string; readonly waitMs: number }
  /** Fence the peer, as the config says; answered by `fenced`. An order that is given twice is carried out once. */
  | { readonly type: 'fence'; readonly fence: string }
  /** Ask its devices whether they answer; nothing is switched. Answered by `fenceTested`. */
  | { readonly type: 'testFence'; readonly fence: string }
  | { readonly type: 'announce'; readonly group: string }
  | { readonly type: 'dropAddresses'; readonly group: string }
  | { readonly type: 'deadMan'; readonly group: string; readonly afterMs: number | null; readonly epochCounter: number }
  /** To the watchdog of the config; `pet` is dropped when it is older than 250 ms. Answered by `watchdog` where it changes something. */
  | { readonly type: 'watchdog'; readonly order: 'arm' | 'pet' | 'disarm'; readonly sentAtMs: number }
  /** The files changed: read them again. Answered by `config`. Running jobs go on. */
  | { readonly type: 'reload' };

export type FromRunner =
  | {
      readonly type: 'hello';
      readonly version: number;
      /** 16 hex digits: a digest of the kernel's boot id. */
      readonly bootId: string;
      /** Jobs that still run, started for an earlier head. */
      readonly jobs: readonly RunningJob[];
      readonly groups: readonly RunnerGroup[];
    }
  | { readonly type: 'jobExited'; readonly job: string; readonly outcome: JobOutcome; readonly tookMs: number }
  /** `missing` names resources whose address should have been renewed and is not there (it is not put back by a renewal). */
  | { readonly type: 'renewed'; readonly group: string; readonly order: number; readonly missing: readonly string[] }
  | { readonly type: 'asked'; readonly ask: number; readonly answer: RunnerAskAnswer }
  | { readonly type: 'fenced'; readonly fence: string; readonly outcome: FenceOutcome }
  | { readonly type: 'fenceTested'; readonly fence: string; readonly outcome: FenceTestOutcome }
  /** Carrier of a device that carries addresses; sent at hello and at each change. `mac` is the device's. */
  | { readonly type: 'link'; readonly device: string; readonly hasCarrier: boolean; readonly mac: string }
  /** A ping target of the config answers, or has not for a while; sent at hello, as far as known, and at each change. */
  | { readonly type: 'ping'; readonly target: string; readonly isUp: boolean }
  /** The watchdog of the config: sent at hello where there is one, and at each change. */
  | ({ readonly type: 'watchdog' } & WatchdogReport)
  /** The dead-man order of a group was carried out (for the journal of the head that comes back). */
  | { readonly type: 'deadManDone'; readonly group: string; readonly outcome: JobOutcome }
  | { readonly type: 'output'; readonly job: string; readonly resource: string; readonly line: string }
  | { readonly type: 'config'; readonly ok: boolean; readonly problems: readonly string[] };

export type RunnerAskAnswer =
  | { readonly kind: 'silent' }
  | { readonly kind: 'answered'; readonly mac: string; readonly address: string }
  | { readonly kind: 'impossible'; readonly detail: string };

export interface RunningJob extends JobSpec {
  /** CLOCK_MONOTONIC of the order. */
  readonly sinceMs: number;
}

export interface RunnerGroup {
  readonly name: string;
  /** Devices that carry its addresses. */
  readonly devices: readonly string[];
  /** Since the last renewal that found every address; null when there was none in this boot. */
  readonly renewedAgoMs: number | null;
  /** The epoch of that renewal. */
  readonly renewedEpochCounter: number | null;
  /** What became of the dead-man order while no head was there. */
  readonly deadMan: 'none' | 'armed' | 'running' | 'done' | 'failed';
}
