import type { AnswerToOperator } from './answer.ts';
import type { ArmedReason, Echo, GroupBeat, Latch, Phase } from './beat.ts';
import type { ConfirmedDead, DurableGroup, DurableState } from './durable.ts';
import { newDurableGroup } from './durable.ts';
import type { Evidence } from './evidence.ts';
import type { BootId, Incarnation, MacAddress } from './identity.ts';
import type { JobAction, JobId } from './job.ts';
import type { GroupConfig, NodeConfig } from './nodeConfig.ts';

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
  readonly leaving: Leaving;
  readonly runner: 'away' | 'connected';
  /** When the engine was told to wake: what comes later than that by warntime is a stall. */
  readonly alarmAtMs: number;
  readonly stall: Stall;
  /** The end of the last time that the loop was later than warntime. */
  readonly lastStallEndMs: number | undefined;
  readonly peer: PeerState;
  readonly confirmedDead: ConfirmedDead | undefined;
  readonly channels: readonly ChannelState[];
  readonly isInJeopardy: boolean;
  /** Since when fewer than two media are usable while the peer is heard. */
  readonly fewMediaSinceMs: number | undefined;
  readonly links: Readonly<Record<string, LinkState>>;
  readonly beats: BeatsState;
  readonly groups: readonly GroupState[];
  readonly disk: DiskState;
  /** Counts jobs and questions, so that each has a name of its own. */
  readonly jobCount: number;
}

export type Leaving =
  | { readonly kind: 'no' }
  | { readonly kind: 'releasing'; readonly sinceMs: number }
  /** Everything is verified stopped; stays for a few more beats, so that the peer hears it. */
  | { readonly kind: 'left'; readonly untilMs: number };

export type Stall =
  | { readonly kind: 'none' }
  /** Nothing is renewed or claimed before a beat echoes one that was sent after `endedAtMs`, or a while without any. */
  | { readonly kind: 'unsettled'; readonly endedAtMs: number; readonly lastedMs: number; readonly sequence: number };

export interface PeerState {
  /** The incarnation whose beats are the truth: it has echoed this node's. */
  readonly incarnation: Incarnation | undefined;
  readonly bootId: BootId | undefined;
  readonly highestSequence: number;
  readonly phase: Phase;
  /** The phase in the newest beat, fresh or not. */
  readonly newestPhase: Phase;
  readonly hearsOn: number;
  /** Send time of the newest beat of this node that the peer has echoed: the peer was alive after it. */
  readonly freshAsOfMs: number | undefined;
  /** The highest of this node's sequences that the peer has echoed. */
  readonly echoedSequence: number;
  /** When a new, in-sequence, authentic beat last arrived, fresh or not. */
  readonly newAtMs: number | undefined;
  /** Since when such beats arrive without a gap of warntime. */
  readonly arrivingSinceMs: number | undefined;
  readonly newAtWallMs: number | undefined;
  /** An incarnation that beats but has not echoed this node yet. */
  readonly candidate: Candidate | undefined;
  /** Incarnations that were replaced: their beats are old news for ever. */
  readonly retired: readonly Incarnation[];
  /** What fresh beats said. */
  readonly groups: Readonly<Record<string, PeerGroup>>;
  /** What any in-sequence beat said, old ones too: enough to yield to, never to claim by. */
  readonly latest: Readonly<Record<string, PeerGroup>>;
  readonly reported: 'nothing' | 'heard' | 'late' | 'silent' | 'left';
  /** When it was first heard by this incarnation, and whether it had been up before. */
  readonly met: { readonly atMs: number; readonly isUp: boolean } | undefined;
}

export interface Candidate {
  readonly incarnation: Incarnation;
  readonly highestSequence: number;
  readonly atMs: number;
}

/** What the peer last said of a group, by the highest sequence that named it. */
export interface PeerGroup {
  readonly sequence: number;
  readonly beat: GroupBeat;
  /** It has restarted, and has not been active since. */
  readonly isBack: boolean;
  /** This node saw this incarnation, or the one before it, own the group. */
  readonly wasSeenOwning: boolean;
  /** It owned, and came back without it: its new incarnation does not hold what the old one held. */
  readonly hasLostByRestart: boolean;
}

export interface ChannelState {
  readonly nextBeatAtMs: number;
  /** The group that the next short beat tells of. */
  readonly nextGroup: number;
  readonly isOpen: boolean;
  readonly detail: string;
  readonly highestSequence: number;
  /** When a fresh beat last arrived here. */
  readonly heardAtMs: number | undefined;
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

export interface BeatsState {
  readonly sequence: number;
  /** Beats sent and their times, oldest first; bounded. */
  readonly sent: readonly SentBeat[];
  /** What the groups and the phase looked like in the newest beat: a change is told at once. */
  readonly lastTold: string;
  readonly lastSentAtMs: number;
  /** A beat that must echo an incarnation other than the peer's, once. */
  readonly answerTo: Echo | undefined;
  readonly isDueNow: boolean;
}

export interface SentBeat {
  readonly sequence: number;
  readonly atMs: number;
}

export interface DiskState {
  /** What the groups were when `revision` was last asked for. */
  readonly asked: readonly DurableGroup[];
  readonly revision: number;
  readonly savedRevision: number;
  readonly saved: readonly DurableGroup[];
  readonly isInFlight: boolean;
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
  readonly nextRenewAtMs: number;
  readonly renewedAtMs: number | undefined;
  /** The address was taken down because nobody is reachable through the device. */
  readonly isAddressDropped: boolean;
  /** The peer's transaction count of a monitor at the last common beat, and the newest one. */
  readonly position: { readonly atCommonBeat: number; readonly newest: number };
  /** First sequence in which `released to the peer` was told; until then the peer cannot have acted on it. */
  readonly releasedInSequence: number | undefined;
  /** Until then the copy counts as lagging: the last sync of a planned move failed. */
  readonly declinedUntilMs: number;
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
  | { readonly kind: 'syncing'; readonly evidence: Evidence }
  | {
      readonly kind: 'claiming';
      readonly sinceMs: number;
      readonly evidence: Evidence;
      /** The peer is heard: nothing starts before it has echoed a beat with the claim. */
      readonly needsEcho: boolean;
      readonly toldInSequence: number | undefined;
    }
  /** `next` counts the steps of the start plan. */
  | { readonly kind: 'starting'; readonly next: number }
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
  | { readonly kind: 'impossible'; readonly askedAtMs: number; readonly detail: string };

export interface HeldLatch {
  readonly mine: Latch;
  /** First sequence that told it. */
  readonly toldInSequence: number | undefined;
  /** `reclaimed`: won, and the epoch above both is taken. */
  readonly verdict: 'open' | 'won' | 'lost' | 'reclaimed';
}

export interface StartOptions {
  readonly config: NodeConfig;
  readonly incarnation: Incarnation;
  readonly bootId: BootId;
  /** What the slots held; undefined on a machine that never ran. */
  readonly durable: DurableState | undefined;
  readonly isHoldMode: boolean;
  readonly atMs: number;
  readonly wallMs: number;
}

/** The state of a daemon that was just started: beats its disk's roles as unconfirmed, and claims nothing yet. */
export function initialState(options: StartOptions): NodeState {
  const { config, durable, atMs, wallMs } = options;
  const isSameBoot = durable?.bootId === options.bootId;
  const groups = config.groups.map((group) => {
    const known = durable?.groups.find((candidate) => candidate.name === group.name);
    return newGroup(group, afterBoot(known ?? newDurableGroup(group.name, wallMs), isSameBoot), atMs);
  });
  const durableGroups = groups.map((group) => group.durable);
  return {
    config,
    incarnation: options.incarnation,
    bootId: options.bootId,
    isSameBoot,
    startedAtMs: atMs,
    isHoldMode: options.isHoldMode,
    isObserver: config.isObserver,
    leaving: { kind: 'no' },
    runner: 'away',
    alarmAtMs: atMs,
    stall: { kind: 'none' },
    lastStallEndMs: undefined,
    peer: newPeer,
    confirmedDead: undefined,
    channels: config.channels.map(() => newChannel(atMs)),
    isInJeopardy: false,
    fewMediaSinceMs: undefined,
    links: {},
    beats: {
      sequence: 0,
      sent: [],
      lastTold: '',
      lastSentAtMs: Number.NEGATIVE_INFINITY,
      answerTo: undefined,
      isDueNow: true,
    },
    groups,
    disk: {
      asked: durable?.groups ?? [],
      revision: 0,
      savedRevision: 0,
      saved: durable?.groups ?? durableGroups,
      isInFlight: false,
      failure: undefined,
      retryAtMs: 0,
      waiting: [],
    },
    jobCount: 0,
  };
}

export function newGroup(config: GroupConfig, durable: DurableGroup, atMs: number): GroupState {
  return {
    config,
    durable,
    activity: { kind: 'checking', next: 0, adopted: [], running: [] },
    job: undefined,
    monitors: {},
    resources: Object.fromEntries(config.resources.map(({ name }) => [name, { state: 'unknown', detail: '' }])),
    isVerifiedStopped: false,
    hasLostByRestart: false,
    because: { rule: 'standby', sentence: 'this node has just started and checks what runs' },
    wish: undefined,
    trouble: { failedAtMs: [], sentence: undefined, isGivingUp: false, backoffUntilMs: atMs, backoffs: 0 },
    ask: { kind: 'none' },
    latch: undefined,
    nextRenewAtMs: atMs,
    renewedAtMs: undefined,
    isAddressDropped: false,
    position: { atCommonBeat: 0, newest: 0 },
    releasedInSequence: undefined,
    declinedUntilMs: atMs,
  };
}

/** A reboot proves that nothing runs any more: also what could not be stopped before. */
function afterBoot(group: DurableGroup, isSameBoot: boolean): DurableGroup {
  return isSameBoot ? group : { ...group, stopFailed: undefined };
}

const newPeer: PeerState = {
  incarnation: undefined,
  bootId: undefined,
  highestSequence: 0,
  phase: 'starting',
  newestPhase: 'starting',
  hearsOn: 0,
  freshAsOfMs: undefined,
  echoedSequence: 0,
  newAtMs: undefined,
  arrivingSinceMs: undefined,
  newAtWallMs: undefined,
  candidate: undefined,
  retired: [],
  groups: {},
  latest: {},
  reported: 'nothing',
  met: undefined,
};

export function newChannel(atMs: number): ChannelState {
  return {
    nextBeatAtMs: atMs,
    nextGroup: 0,
    isOpen: false,
    detail: 'not open yet',
    highestSequence: 0,
    heardAtMs: undefined,
    freshAsOfMs: undefined,
    isReportedUp: false,
    loss: { sinceMs: atMs, heard: 0, missed: 0, heardBefore: 0, missedBefore: 0 },
  };
}

export const armedSentences: Readonly<Record<ArmedReason, string>> = {
  armed: 'it may take the group over now',
  'copy-stale': 'its copy is older than what has served since; run a sync, or hactl recover',
  'copy-lagging': 'its last completed sync is older than maxLag',
  'copy-withdrawn': 'a sync is rewriting its copy and has not completed',
  'stop-failed': 'a resource could not be stopped there',
  'start-failed': 'a resource failed there a moment ago',
  observing: 'it was started as an observer and claims nothing until an operator says so',
  broken: 'it cannot decide now: its disk, its runner or its own time is in trouble',
  leaving: 'its daemon is stopping',
  unverified: 'it has not yet checked what runs there',
  'no-carrier': 'its service device has no carrier',
  'down-by-order': 'an operator took the group down until somebody takes it over',
};
