import type { AnswerToOperator } from '../../core/answer.ts';
import type { Echo } from '../../core/beat.ts';
import { phases } from '../../core/beat.ts';
import type { ConfirmedDead } from '../../core/durable.ts';
import type { Candidate, Newcomer } from '../../core/newcomer.ts';
import { lacks, type PeerGroup, type PeerState } from '../../core/peerState.ts';
import type {
  BeatsState,
  ChannelState,
  DiskState,
  Fence,
  FenceTest,
  Leaving,
  LinkState,
  LossWindow,
  NodeState,
  PingState,
  SentBeat,
  Stall,
  Told,
  WaitingAnswer,
} from '../../core/state.ts';
import type { WatchdogState } from '../../core/watchdog.ts';
import { type Check, flag, list, number, object, oneOf, optional, record, tagged, text } from '../shapes.ts';
import { nodeConfigShape } from './configShape.ts';
import { durableGroupShape, groupBeatShape, groupShape } from './groupShape.ts';

/** Of a node that has never beaten it is below every time: -Infinity. */
const lastTime: Check = (value, path) => (value === Number.NEGATIVE_INFINITY ? undefined : number(value, path));
const echo = object<Echo>({ incarnation: text, sequence: number });

const peerGroup = object<PeerGroup>({
  sequence: number,
  beat: optional(groupBeatShape),
  lack: optional(oneOf(lacks)),
  phase: oneOf(phases),
  ownsSinceWallMs: optional(number),
  isBack: flag,
  wasSeenOwning: flag,
  hasLostByRestart: flag,
});

const peer = object<PeerState>({
  incarnation: optional(text),
  bootId: optional(text),
  highestSequence: number,
  beatVersionMax: optional(number),
  phase: oneOf(phases),
  newestPhase: oneOf(phases),
  hearsOn: number,
  selfFenceMs: number,
  pingsAnswering: optional(number),
  clockAheadSeconds: optional(number),
  freshAsOfMs: optional(number),
  echoedSequence: number,
  heardSinceSequence: number,
  newAtMs: optional(number),
  newUntilMs: optional(number),
  arrivingSinceMs: optional(number),
  candidate: optional(
    object<Candidate>({
      incarnation: text,
      beatVersionMax: number,
      highestSequence: number,
      atMs: number,
      untilMs: number,
    }),
  ),
  newcomers: list(
    object<Newcomer>({
      incarnation: text,
      highestSequence: number,
      atMs: number,
      first: object<Newcomer['first']>({ sequence: number, atMs: number }),
    }),
  ),
  retired: list(text),
  groups: record(peerGroup),
  latest: record(peerGroup),
  reported: oneOf(['nothing', 'heard', 'late', 'silent', 'left']),
  met: optional(object<NonNullable<PeerState['met']>>({ atMs: number, isUp: flag })),
});

const channel = object<ChannelState>({
  nextBeatAtMs: number,
  nextGroup: number,
  isOpen: flag,
  detail: text,
  highestSequence: number,
  heardAtMs: optional(number),
  arrivedAtMs: optional(number),
  freshAsOfMs: optional(number),
  isReportedUp: flag,
  loss: object<LossWindow>({
    sinceMs: number,
    heard: number,
    missed: number,
    heardBefore: number,
    missedBefore: number,
  }),
});

const durables = list(durableGroupShape);

const disk = object<DiskState>({
  asked: durables,
  revision: number,
  saved: durables,
  isInFlight: flag,
  doubted: list(durables),
  failure: optional(text),
  retryAtMs: number,
  waiting: list(
    object<WaitingAnswer>({
      revision: number,
      request: text,
      answer: tagged<AnswerToOperator, 'kind'>('kind', {
        accepted: { sentence: text, epochCounter: optional(number) },
        refused: { sentence: text, next: text },
        unsaved: { sentence: text, next: text },
      }),
    }),
  ),
});

const fields = object<NodeState>({
  config: nodeConfigShape,
  incarnation: text,
  bootId: text,
  isSameBoot: flag,
  startedAtMs: number,
  isHoldMode: flag,
  isObserver: flag,
  beatVersionMax: number,
  leaving: tagged<Leaving, 'kind'>('kind', {
    no: {},
    releasing: { sinceMs: number },
    left: { untilMs: number },
    gone: {},
  }),
  runner: oneOf(['away', 'connected']),
  alarmAtMs: number,
  stall: tagged<Stall, 'kind'>('kind', {
    none: {},
    unsettled: { endedAtMs: number, lastedMs: number, sequence: number },
  }),
  lastStallEndMs: optional(number),
  peer,
  confirmedDead: optional(object<ConfirmedDead>({ incarnation: optional(text), reason: text, isForced: flag })),
  fence: tagged<Fence, 'kind'>('kind', {
    idle: {},
    waiting: { untilMs: number },
    running: { id: text, incarnation: optional(text), isOvertaken: flag, failures: number, detail: text },
    failed: { failures: number, detail: text, retryAtMs: number },
    person: { detail: text },
    done: { by: text, incarnation: optional(text), atMs: number },
    lied: { by: text },
  }),
  fenceTest: object<FenceTest>({ running: optional(text), nextAtMs: number, failure: optional(text) }),
  channels: list(channel),
  isInJeopardy: flag,
  fewMediaSinceMs: optional(number),
  links: record(object<LinkState>({ hasCarrier: flag, sinceMs: number, mac: text })),
  pings: record(object<PingState>({ isUp: flag, sinceMs: number })),
  watchdog: tagged<WatchdogState, 'kind'>('kind', {
    unknown: { boundMs: number },
    off: {},
    arming: {},
    armed: { boundMs: number, canDisarm: flag },
    disarming: {},
    failed: { detail: text },
  }),
  watchdogWantedAtMs: optional(number),
  nextPetAtMs: number,
  beats: object<BeatsState>({
    sequence: number,
    sent: list(object<SentBeat>({ sequence: number, atMs: number, only: optional(text) })),
    lastTold: optional(object<Told>({ phase: oneOf(phases), groups: list(groupBeatShape) })),
    lastSentAtMs: lastTime,
    answerTo: optional(echo),
    isDueNow: flag,
  }),
  groups: list(groupShape),
  retiredGroups: durables,
  disk,
  witnessSinceMs: number,
  provenAtMs: optional(number),
  jobCount: number,
});

/** The shape of `NodeState`, and that its parts belong together: a core that is given it does not trip over it. */
export const stateShape: Check = (value, path) => fields(value, path) ?? belongTogether(value as NodeState, path);

function belongTogether(state: NodeState, path: string): string | undefined {
  const { config, channels, groups } = state;
  if (channels.length !== config.channels.length) return `${path}.channels is not as long as those of the config`;
  const isSame =
    groups.length === config.groups.length &&
    groups.every((group, index) => group.config.name === config.groups[index]?.name);
  if (!isSame) return `${path}.groups are not those of the config`;
  if (new Set(config.groups.map(({ name }) => name)).size !== config.groups.length)
    return `${path}.groups has a name twice`;
  return config.self === config.peer ? `${path}.config.peer is the node itself` : undefined;
}
