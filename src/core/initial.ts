import { beatVersions } from './beat.ts';
import type { DurableGroup, DurableState } from './durable.ts';
import { newGroupBeside } from './durable.ts';
import type { BootId, Incarnation } from './identity.ts';
import type { GroupConfig, NodeConfig } from './nodeConfig.ts';
import type { PeerState } from './peerState.ts';
import type { ChannelState, GroupState, NodeState } from './state.ts';

export interface StartOptions {
  readonly config: NodeConfig;
  readonly incarnation: Incarnation;
  readonly bootId: BootId;
  /** What the slots held; undefined on a machine that never ran. */
  readonly durable: DurableState | undefined;
  readonly isHoldMode: boolean;
  /** The highest version of the beat that this daemon speaks. @default the newest of this build */
  readonly beatVersionMax?: number;
  readonly atMs: number;
  readonly wallMs: number;
}

/** The state of a daemon that was just started: beats its disk's roles as unconfirmed, and claims nothing yet. */
export function initialState(options: StartOptions): NodeState {
  const { config, durable, atMs, wallMs } = options;
  const isSameBoot = durable?.bootId === options.bootId;
  const onDisk = durable?.groups ?? [];
  const groups = config.groups.map((group) => {
    const known = onDisk.find((candidate) => candidate.name === group.name);
    return newGroup(group, afterBoot(known ?? newGroupBeside(onDisk, group.name, wallMs), isSameBoot), atMs);
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
    beatVersionMax: options.beatVersionMax ?? beatVersions.newest,
    leaving: { kind: 'no' },
    runner: 'away',
    alarmAtMs: atMs,
    stall: { kind: 'none' },
    lastStallEndMs: undefined,
    peer: newPeer,
    confirmedDead: undefined,
    fence: { kind: 'idle' },
    fenceTest: { running: undefined, nextAtMs: atMs + firstTestMs, failure: undefined },
    channels: config.channels.map(() => newChannel(atMs)),
    isInJeopardy: false,
    fewMediaSinceMs: undefined,
    links: {},
    pings: {},
    watchdog: { kind: 'unknown', boundMs: 0 },
    watchdogWantedAtMs: undefined,
    nextPetAtMs: atMs,
    beats: {
      sequence: 0,
      sent: [],
      lastTold: undefined,
      lastSentAtMs: Number.NEGATIVE_INFINITY,
      answerTo: undefined,
      isDueNow: true,
    },
    groups,
    retiredGroups: onDisk.filter(({ name }) => !config.groups.some((group) => group.name === name)),
    disk: {
      asked: onDisk,
      revision: 0,
      saved: durable?.groups ?? durableGroups,
      isInFlight: false,
      doubted: [],
      failure: undefined,
      retryAtMs: 0,
      waiting: [],
    },
    witnessSinceMs: atMs,
    provenAtMs: undefined,
    jobCount: 0,
  };
}

/** The start of a daemon has other things to do first. */
const firstTestMs = 10_000;

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
    because: { rule: 'checking', sentence: 'this daemon has just started and asks what runs' },
    wish: undefined,
    trouble: { failedAtMs: [], sentence: undefined, isGivingUp: false, backoffUntilMs: atMs, backoffs: 0 },
    ask: { kind: 'none' },
    latch: undefined,
    echoedSequence: 0,
    untoldEcho: undefined,
    lease: {
      grantedFromMs: undefined,
      asked: undefined,
      wish: undefined,
      nextAskAtMs: atMs,
      answer: undefined,
      unanswered: 0,
    },
    nextRenewAtMs: atMs,
    isDeadManWithdrawn: false,
    renewedAtMs: undefined,
    isAddressDropped: false,
    lanBadAtMs: undefined,
    canFailBackSinceMs: undefined,
    position: { atCommonBeat: 0, newest: 0 },
    // An earlier daemon may have told it.
    releasedInSequence: durable.isReleasingToPeer ? 0 : undefined,
    declinedUntilMs: atMs,
  };
}

/**
 * A reboot proves that nothing runs any more: also what could not be stopped before. What runs all the same was started
 * by the OS, and is on its way down, for the next daemon of this boot too: the disk soon says that it was written in it.
 */
function afterBoot(group: DurableGroup, isSameBoot: boolean): DurableGroup {
  if (isSameBoot) return group;
  return { ...group, stopFailed: undefined, holding: group.holding === 'nothing' ? 'nothing' : 'stopping' };
}

const newPeer: PeerState = {
  incarnation: undefined,
  bootId: undefined,
  highestSequence: 0,
  beatVersionMax: undefined,
  phase: 'starting',
  newestPhase: 'starting',
  hearsOn: 0,
  selfFenceMs: 0,
  pingsAnswering: undefined,
  clockAheadSeconds: undefined,
  freshAsOfMs: undefined,
  echoedSequence: 0,
  heardSinceSequence: 0,
  newAtMs: undefined,
  newUntilMs: undefined,
  arrivingSinceMs: undefined,
  candidate: undefined,
  newcomers: [],
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
    arrivedAtMs: undefined,
    freshAsOfMs: undefined,
    isReportedUp: false,
    loss: { sinceMs: atMs, heard: 0, missed: 0, heardBefore: 0, missedBefore: 0 },
  };
}
