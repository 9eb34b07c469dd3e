import type { Beat } from './beat.ts';
import type { FenceOutcome, FenceTestOutcome } from './fenceOutcome.ts';
import type { MacAddress } from './identity.ts';
import type { JobId, JobOutcome, JobSpec } from './job.ts';
import type { NodeConfig } from './nodeConfig.ts';
import type { WatchdogReport } from './watchdog.ts';
import type { WitnessAnswer } from './witnessWords.ts';

/** What has happened, and when. */
export type Event = Happening & Now;

/**
 * `atMs` is monotonic with an arbitrary origin and decides; `wallMs` is the wall clock, for people and for
 * what must be compared across restarts. The core reads no clock: it is told the time with each happening.
 */
export interface Now {
  readonly atMs: number;
  readonly wallMs: number;
}

/** Everything that can happen to a node. */
export type Happening =
  | { readonly type: 'alarm' }
  | ({ readonly type: 'beatHeard' } & HeardBeat)
  | { readonly type: 'jobExited'; readonly job: JobId; readonly outcome: JobOutcome }
  | { readonly type: 'runnerConnected'; readonly jobs: readonly JobSpec[]; readonly renewals: readonly Renewal[] }
  | { readonly type: 'runnerLost'; readonly reason: string }
  /** No head was heard in time, and the runner carried the dead-man order out, or tried to. */
  | { readonly type: 'deadManDone'; readonly group: string; readonly outcome: JobOutcome }
  /** A renewal was carried out; `missing` are addresses that were not there. */
  | { readonly type: 'renewed'; readonly group: string; readonly missing: readonly string[] }
  | { readonly type: 'asked'; readonly group: string; readonly ask: number; readonly answer: AskResult }
  | { readonly type: 'witnessAnswered'; readonly group: string; readonly ask: number; readonly answer: WitnessAnswer }
  | { readonly type: 'fenced'; readonly fence: string; readonly outcome: FenceOutcome }
  | { readonly type: 'fenceTested'; readonly fence: string; readonly outcome: FenceTestOutcome }
  | { readonly type: 'linkChanged'; readonly device: string; readonly hasCarrier: boolean; readonly mac: MacAddress }
  /** A ping target answers, or has not for a while; told again by a runner that was found again. */
  | { readonly type: 'pingChanged'; readonly target: string; readonly isUp: boolean }
  /** What became of an order to the watchdog; told again by a runner that was found again. */
  | { readonly type: 'watchdogChanged'; readonly report: WatchdogReport }
  | { readonly type: 'saved'; readonly revision: number }
  | { readonly type: 'saveFailed'; readonly revision: number; readonly reason: string }
  | { readonly type: 'channelChanged'; readonly channel: number; readonly isOpen: boolean; readonly detail: string }
  | { readonly type: 'hint'; readonly channel: number; readonly reason: string }
  | { readonly type: 'operatorAsked'; readonly request: string; readonly wish: OperatorWish }
  /** `keep`: the services run on and the runner holds the dead-man order. */
  | { readonly type: 'stopAsked'; readonly services: 'release' | 'keep' }
  | { readonly type: 'configChanged'; readonly config: NodeConfig };

/** An authentic beat of the peer. */
export interface HeardBeat {
  /** The index of the channel. */
  readonly channel: number;
  readonly beat: Beat;
  /** It names one of the peer's groups at the most; another one names all that the peer's config has. */
  readonly isShort: boolean;
}

export type AskResult =
  | { readonly kind: 'silent' }
  | { readonly kind: 'answered'; readonly mac: MacAddress; readonly address: string }
  | { readonly kind: 'impossible'; readonly detail: string };

/** The last renewal that the runner carried out in this boot. */
export interface Renewal {
  readonly group: string;
  readonly agoMs: number;
  readonly epochCounter: number;
}

export type OperatorWish =
  | {
      readonly kind: 'takeover';
      readonly groups: readonly string[];
      readonly isForced: boolean;
      readonly reason: string;
      readonly isDryRun: boolean;
    }
  | {
      readonly kind: 'release';
      readonly groups: readonly string[];
      readonly isForced: boolean;
      readonly reason: string;
      readonly isDryRun: boolean;
    }
  | { readonly kind: 'confirmDead'; readonly node: string; readonly reason: string; readonly isForced: boolean }
  | { readonly kind: 'confirmStopped'; readonly group: string; readonly reason: string }
  /** Without groups: all of them. */
  | {
      readonly kind: 'maintenance';
      readonly groups: readonly string[];
      readonly isOn: boolean;
      readonly reason: string;
    }
  | { readonly kind: 'standby'; readonly isForced: boolean; readonly reason: string }
  | { readonly kind: 'online' }
  | { readonly kind: 'resource'; readonly group: string; readonly resource: string; readonly action: ResourceAction }
  | { readonly kind: 'ack'; readonly group: string | undefined }
  | { readonly kind: 'syncBegin'; readonly group: string; readonly isRewriting: boolean }
  | { readonly kind: 'syncEnd'; readonly group: string };

/** `cleanup` forgets failures and pauses, and checks again. */
export type ResourceAction = 'start' | 'stop' | 'restart' | 'cleanup';
