import type { AnswerToOperator } from './answer.ts';
import type { Echo, GroupBeat, Latch, Phase } from './beat.ts';
import type { ConfirmedDead, DurableGroup } from './durable.ts';
import type { Evidence } from './evidence.ts';
import type { BootId, Incarnation, MacAddress } from './identity.ts';
import type { JobAction, JobId } from './job.ts';
import type { GroupConfig, NodeConfig } from './nodeConfig.ts';
import type { PeerState } from './peerState.ts';
import type { WatchdogState } from './watchdog.ts';
import type { WitnessReply, WitnessWish } from './witnessWords.ts';

/** All that one node knows, wants and is doing. Rebuilt by every step, never changed in place. */
export interface NodeState {
  readonly config: NodeConfig;
  readonly incarnation: Incarnation;
  readonly bootId: BootId;
  /** The disk was last written in this boot of the machine: what ran then may still run. */
  readonly isSameBoot: boolean;
  readonly startedAtMs: number;
  readonly isHoldMode: boolean;
  readonly isObserver: boolean;
  /** The highest version of the beat that this daemon speaks. */
  readonly beatVersionMax: number;
  readonly leaving: Leaving;
  readonly runner: 'away' | 'connected';
  /** When the engine was told to wake: what comes later than that by warntime is a stall. */
  readonly alarmAtMs: number;
  readonly stall: Stall;
  /** The end of the last time that the loop was later than warntime. */
  readonly lastStallEndMs: number | undefined;
  readonly peer: PeerState;
  readonly confirmedDead: ConfirmedDead | undefined;
  readonly fence: Fence;
  readonly fenceTest: FenceTest;
  readonly channels: readonly ChannelState[];
  readonly isInJeopardy: boolean;
  /** Since when fewer than two media are usable while the peer is heard. */
  readonly fewMediaSinceMs: number | undefined;
  readonly links: Readonly<Record<string, LinkState>>;
  /** What the runner has said of each ping target. */
  readonly pings: Readonly<Record<string, PingState>>;
  readonly watchdog: WatchdogState;
  /** The step in which a claim last waited for the watchdog. */
  readonly watchdogWantedAtMs: number | undefined;
  readonly nextPetAtMs: number;
  readonly beats: BeatsState;
  readonly groups: readonly GroupState[];
  /** What the disk knows of groups that the config no longer has: they may come back, and must find their epochs. */
  readonly retiredGroups: readonly DurableGroup[];
  readonly disk: DiskState;
  /** Since when a witness is configured: a daemon that has just started does not know yet what it said. */
  readonly witnessSinceMs: number;
  /** When the peer was last proven away (it left, or an operator says so); kept only with a witness. */
  readonly provenAtMs: number | undefined;
  /** Counts jobs and questions, so that each has a name of its own. */
  readonly jobCount: number;
}

/** What is being done to have the peer off. It is of one peer, whatever the number of groups. */
export type Fence =
  | { readonly kind: 'idle' }
  /** The other node may be nearer to being the owner: it fires first. */
  | { readonly kind: 'waiting'; readonly untilMs: number }
  | {
      readonly kind: 'running';
      readonly id: string;
      /** The peer as it was when the order was given. */
      readonly incarnation: Incarnation | undefined;
      /** Another daemon of it was heard since: what comes of this proves nothing any more. */
      readonly isOvertaken: boolean;
      /** What went before. */
      readonly failures: number;
      readonly detail: string;
    }
  | { readonly kind: 'failed'; readonly failures: number; readonly detail: string; readonly retryAtMs: number }
  | { readonly kind: 'person'; readonly detail: string }
  /** Evidence E2, until the peer is heard again. */
  | { readonly kind: 'done'; readonly by: string; readonly incarnation: Incarnation | undefined; readonly atMs: number }
  /** It said that the peer was off, and the peer went on. Nothing is believed of it until an operator acknowledges. */
  | { readonly kind: 'lied'; readonly by: string };

export interface FenceTest {
  readonly running: string | undefined;
  readonly nextAtMs: number;
  /** Why the newest test failed. */
  readonly failure: string | undefined;
}

export type Leaving =
  | { readonly kind: 'no' }
  | { readonly kind: 'releasing'; readonly sinceMs: number }
  /** Everything is verified stopped; stays for a few more beats, so that the peer hears it. */
  | { readonly kind: 'left'; readonly untilMs: number }
  /** The daemon has ended and its services run on: whatever is decided now would be of nobody. */
  | { readonly kind: 'gone' };

export type Stall =
  | { readonly kind: 'none' }
  /** Nothing is renewed or claimed before a beat echoes one that was sent after `endedAtMs`, or a while without any. */
  | { readonly kind: 'unsettled'; readonly endedAtMs: number; readonly lastedMs: number; readonly sequence: number };

export interface ChannelState {
  readonly nextBeatAtMs: number;
  /** The group that the next short beat tells of. */
  readonly nextGroup: number;
  readonly isOpen: boolean;
  readonly detail: string;
  readonly highestSequence: number;
  /** When a fresh beat last arrived here. */
  readonly heardAtMs: number | undefined;
  /** When a new beat last arrived here, fresh or not. */
  readonly arrivedAtMs: number | undefined;
  /** Send time of the newest beat of this node that a beat on this channel echoed. */
  readonly freshAsOfMs: number | undefined;
  readonly isReportedUp: boolean;
  readonly loss: LossWindow;
}

/** Sequences that arrived and that were missed, in this half minute and the one before. */
export interface LossWindow {
  readonly sinceMs: number;
  readonly heard: number;
  readonly missed: number;
  readonly heardBefore: number;
  readonly missedBefore: number;
}

export interface LinkState {
  readonly hasCarrier: boolean;
  readonly sinceMs: number;
  readonly mac: MacAddress;
}

export interface PingState {
  readonly isUp: boolean;
  readonly sinceMs: number;
}

export interface BeatsState {
  readonly sequence: number;
  /** Beats sent and their times, oldest first; bounded. */
  readonly sent: readonly SentBeat[];
  /** What the groups and the phase looked like in the newest beat: a change is told at once. */
  readonly lastTold: Told | undefined;
  readonly lastSentAtMs: number;
  /** A beat that must echo an incarnation other than the peer's, once. */
  readonly answerTo: Echo | undefined;
  readonly isDueNow: boolean;
}

export interface Told {
  readonly phase: Phase;
  readonly groups: readonly GroupBeat[];
}

export interface SentBeat {
  readonly sequence: number;
  readonly atMs: number;
  /** The one group that it named on every channel, where it went out in the short form too; undefined: it named all. */
  readonly only: string | undefined;
}

export interface DiskState {
  /** What the groups were when `revision` was last asked for. */
  readonly asked: readonly DurableGroup[];
  readonly revision: number;
  readonly saved: readonly DurableGroup[];
  readonly isInFlight: boolean;
  /** Writes that failed since the last success: any of them may be on the disk all the same. Newest last. */
  readonly doubted: readonly (readonly DurableGroup[])[];
  /** Why the last write failed; undefined while slots are writable. */
  readonly failure: string | undefined;
  readonly retryAtMs: number;
  /** Answers that are given once `revision` is on disk. */
  readonly waiting: readonly WaitingAnswer[];
}

export interface WaitingAnswer {
  readonly revision: number;
  readonly request: string;
  readonly answer: AnswerToOperator;
}

export interface GroupState {
  readonly config: GroupConfig;
  readonly durable: DurableGroup;
  readonly activity: Activity;
  readonly job: RunningJob | undefined;
  readonly monitors: Readonly<Record<string, Monitor>>;
  readonly resources: Readonly<Record<string, ResourceState>>;
  /** Nothing of it runs here, and that was checked. */
  readonly isVerifiedStopped: boolean;
  /** The disk said that this node held the group, and after the restart nothing of it ran. */
  readonly hasLostByRestart: boolean;
  readonly because: Because;
  readonly wish: Wish | undefined;
  readonly trouble: Trouble;
  readonly ask: Ask;
  readonly latch: HeldLatch | undefined;
  /**
   * The highest of this node's sequences that told of this group for certain and that the peer has echoed, where a beat
   * of the peer not older than that echo has told of the group: a claim of its own would be known.
   */
  readonly echoedSequence: number;
  /** A higher one that was echoed in beats which named other groups, since the peer's sequence `inSequence`. */
  readonly untoldEcho: { readonly sequence: number; readonly inSequence: number } | undefined;
  readonly lease: Lease;
  readonly nextRenewAtMs: number;
  /** The runner was told that there is no dead-man order any more. */
  readonly isDeadManWithdrawn: boolean;
  readonly renewedAtMs: number | undefined;
  /** The address was taken down because nobody is reachable through the device. */
  readonly isAddressDropped: boolean;
  /** When the service LAN was last seen broken here: no carrier, or no ping target. */
  readonly lanBadAtMs: number | undefined;
  /** The peer's transaction count of a monitor at the last common beat, and the newest one. */
  readonly position: { readonly atCommonBeat: number; readonly newest: number };
  /** Since when nothing but the settle time keeps the group from going back to the preferred node. */
  readonly canFailBackSinceMs: number | undefined;
  /** First sequence that told `released to the peer`, 0: maybe one of an earlier daemon; none: the peer cannot have acted. */
  readonly releasedInSequence: number | undefined;
  /** Until then the copy counts as lagging: the last sync of a planned move failed. */
  readonly declinedUntilMs: number;
}

/** What this node knows of the witness's lease of a group. */
export interface Lease {
  /** When the newest request that was granted was sent: the lease counts from then. */
  readonly grantedFromMs: number | undefined;
  /** The request that is under way. */
  readonly asked: { readonly id: number; readonly atMs: number } | undefined;
  /** What the newest request asked for. */
  readonly wish: WitnessWish | undefined;
  readonly nextAskAtMs: number;
  readonly answer: (WitnessReply & { readonly atMs: number }) | undefined;
  /** Requests in a row that were not answered; counted no further than it matters. */
  readonly unanswered: number;
}

export interface Because {
  readonly rule: string;
  readonly sentence: string;
}

/** What is being done about a group. What is on disk is in `durable`. */
export type Activity =
  /** After a start: is anything of it running? `next` counts resources; jobs of an earlier head are waited for. */
  | {
      readonly kind: 'checking';
      readonly next: number;
      readonly adopted: readonly JobId[];
      readonly running: readonly string[];
    }
  | { readonly kind: 'idle' }
  | { readonly kind: 'syncing' }
  | {
      readonly kind: 'claiming';
      readonly sinceMs: number;
      readonly evidence: Evidence;
      /** The peer is heard: nothing starts before it has echoed a beat with the claim. */
      readonly needsEcho: boolean;
      readonly toldInSequence: number | undefined;
    }
  /** `next` counts the steps of the start plan. */
  | {
      readonly kind: 'starting';
      readonly next: number;
      /** What the disk said before it said that this ownership serves; there until the first serving start is ordered. */
      readonly beforeServing?: Pick<DurableGroup, 'holding' | 'servedEpoch' | 'copyEpoch' | 'isCopyWithdrawn'>;
    }
  | { readonly kind: 'active' }
  | { readonly kind: 'unconfirmed'; readonly sinceMs: number; readonly canConfirmAlone: boolean }
  /** Right to left. `downTo` is where it ends: 0, or the resource that is restarted. */
  | {
      readonly kind: 'stopping';
      readonly next: number;
      readonly downTo: number;
      readonly afterwards: AfterStop;
      readonly failures: number;
      readonly retryAtMs: number;
    };

export type AfterStop = 'release' | 'releaseToPeer' | 'yield' | 'restart';

export interface RunningJob {
  readonly id: JobId;
  readonly resource: string;
  readonly action: JobAction;
}

export interface Monitor {
  readonly job: JobId | undefined;
  readonly nextAtMs: number;
  /** Checks in a row that gave no clear answer. */
  readonly unclear: number;
}

export interface ResourceState {
  readonly state: 'running' | 'stopped' | 'starting' | 'stopping' | 'failed' | 'unknown';
  readonly detail: string;
}

/** What an operator wants of a group here. */
export type Wish =
  | {
      readonly kind: 'takeover';
      readonly isForced: boolean;
      readonly reason: string;
      readonly untilMs: number;
      readonly isAccepted: boolean;
    }
  | { readonly kind: 'release'; readonly isForced: boolean; readonly reason: string };

export interface Trouble {
  /** Times of failed starts and monitors within the window. */
  readonly failedAtMs: readonly number[];
  readonly sentence: string | undefined;
  readonly isGivingUp: boolean;
  /** Not started again before this time. */
  readonly backoffUntilMs: number;
  readonly backoffs: number;
}

export type Ask =
  | { readonly kind: 'none' }
  | { readonly kind: 'pending'; readonly id: number; readonly sinceMs: number; readonly last: AskVerdict }
  | { readonly kind: 'known'; readonly last: AskVerdict };

export type AskVerdict =
  | { readonly kind: 'never' }
  | { readonly kind: 'silent'; readonly askedAtMs: number }
  | {
      readonly kind: 'answered';
      readonly askedAtMs: number;
      readonly mac: MacAddress;
      readonly address: string;
      readonly byPeer: boolean;
    }
  /** `sinceMs`: of the first of such answers in a row. */
  | { readonly kind: 'impossible'; readonly askedAtMs: number; readonly sinceMs: number; readonly detail: string };

export interface HeldLatch {
  readonly mine: Latch;
  /** First sequence that told it. */
  readonly toldInSequence: number | undefined;
  /** `reclaimed`: won, and the epoch above both is taken. */
  readonly verdict: 'open' | 'won' | 'lost' | 'reclaimed';
  /** The disk took no writes when it was taken. */
  readonly isDiskFailing: boolean;
  /** What the new epoch took the place of; there while the verdict is `reclaimed`. */
  readonly before: BeforeReclaim | undefined;
}

export interface BeforeReclaim {
  readonly durable: Pick<DurableGroup, 'heldEpoch' | 'servedEpoch' | 'copyEpoch' | 'hasFaltered'>;
  readonly isUnconfirmed: boolean;
}
