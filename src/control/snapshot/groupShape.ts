import type { GroupBeat, Latch } from '../../core/beat.ts';
import { armedReasons, roles } from '../../core/beat.ts';
import type { DurableGroup } from '../../core/durable.ts';
import type { Epoch } from '../../core/identity.ts';
import type {
  Activity,
  Ask,
  AskVerdict,
  BeforeReclaim,
  GroupState,
  HeldLatch,
  Monitor,
  ResourceState,
  RunningJob,
  Trouble,
  Wish,
} from '../../core/state.ts';
import { type Check, flag, list, number, object, oneOf, optional, record, tagged, text } from '../shapes.ts';
import { groupConfigShape } from './configShape.ts';
import { leaseShape } from './leaseShape.ts';

const epoch = object<Epoch>({ counter: number, node: text });
const evidence = text;
const holding = oneOf(['nothing', 'claimed', 'serving', 'stopping']);

const latch = object<Latch>({
  epochCounter: number,
  yields: flag,
  isLanHealthy: flag,
  transactions: number,
  isByOperator: flag,
});

export const groupBeatShape: Check = object<GroupBeat>({
  name: text,
  digest: text,
  role: oneOf(roles),
  epoch,
  servedEpoch: epoch,
  copyEpoch: epoch,
  armed: oneOf(armedReasons),
  lagSeconds: optional(number),
  isVerifiedStopped: flag,
  isReleasedToPeer: flag,
  wish: oneOf(['none', 'takeover', 'forcedTakeover']),
  latch: optional(latch),
  mac: optional(text),
});

export const durableGroupShape: Check = object<DurableGroup>({
  name: text,
  holding,
  epoch,
  heldEpoch: epoch,
  servedEpoch: epoch,
  copyEpoch: epoch,
  isCopyWithdrawn: flag,
  sync: optional(object<NonNullable<DurableGroup['sync']>>({ beganWallMs: number, endedWallMs: number })),
  openSync: optional(object<NonNullable<DurableGroup['openSync']>>({ epoch, beganWallMs: number })),
  ownerHeardWallMs: optional(number),
  staleSinceWallMs: optional(number),
  isDiverged: flag,
  isReleasingToPeer: flag,
  isDownByOrder: flag,
  isMaintained: flag,
  isPeerMaintained: flag,
  isStandbyByOrder: flag,
  stopFailed: optional(object<NonNullable<DurableGroup['stopFailed']>>({ resource: text, detail: text })),
  hasPeerStopFailed: flag,
  isPeerProvenAway: flag,
  isPeerSilent: flag,
  isByOperator: flag,
  hasFaltered: flag,
  movesWallMs: list(number),
  sinceWallMs: number,
  incident: optional(
    object<NonNullable<DurableGroup['incident']>>({
      atWallMs: number,
      epochCounter: number,
      peerEpochCounter: number,
      sentence: text,
    }),
  ),
  peerMac: optional(text),
  fenceLiedBy: optional(text),
});

const beforeServing = object<NonNullable<Extract<Activity, { kind: 'starting' }>['beforeServing']>>({
  holding,
  servedEpoch: epoch,
  copyEpoch: epoch,
  isCopyWithdrawn: flag,
});

const beforeReclaim = object<BeforeReclaim>({
  durable: object<BeforeReclaim['durable']>({
    heldEpoch: epoch,
    servedEpoch: epoch,
    copyEpoch: epoch,
    hasFaltered: flag,
  }),
  isUnconfirmed: flag,
});

const activity = tagged<Activity, 'kind'>('kind', {
  checking: { next: number, adopted: list(text), running: list(text) },
  idle: {},
  syncing: {},
  claiming: { sinceMs: number, evidence, needsEcho: flag, toldInSequence: optional(number) },
  starting: { next: number, beforeServing: optional(beforeServing) },
  active: {},
  unconfirmed: { sinceMs: number, canConfirmAlone: flag },
  stopping: {
    next: number,
    downTo: number,
    afterwards: oneOf(['release', 'releaseToPeer', 'yield', 'restart']),
    failures: number,
    retryAtMs: number,
  },
});

const wish = tagged<Wish, 'kind'>('kind', {
  takeover: { isForced: flag, reason: text, untilMs: number, isAccepted: flag },
  release: { isForced: flag, reason: text },
});

const verdict = tagged<AskVerdict, 'kind'>('kind', {
  never: {},
  silent: { askedAtMs: number },
  answered: { askedAtMs: number, mac: text, address: text, byPeer: flag },
  impossible: { askedAtMs: number, sinceMs: number, detail: text },
});

const ask = tagged<Ask, 'kind'>('kind', {
  none: {},
  pending: { id: number, sinceMs: number, last: verdict },
  known: { last: verdict },
});

const job = object<RunningJob>({ id: text, resource: text, action: oneOf(['start', 'stop', 'status', 'sync']) });

/** What a node knows, wants and does about one group. */
export const groupShape: Check = object<GroupState>({
  config: groupConfigShape,
  durable: durableGroupShape,
  activity,
  job: optional(job),
  monitors: record(object<Monitor>({ job: optional(text), nextAtMs: number, unclear: number })),
  resources: record(
    object<ResourceState>({
      state: oneOf(['running', 'stopped', 'starting', 'stopping', 'failed', 'unknown']),
      detail: text,
    }),
  ),
  isVerifiedStopped: flag,
  hasLostByRestart: flag,
  because: object<GroupState['because']>({ rule: text, sentence: text }),
  wish: optional(wish),
  trouble: object<Trouble>({
    failedAtMs: list(number),
    sentence: optional(text),
    isGivingUp: flag,
    backoffUntilMs: number,
    backoffs: number,
  }),
  ask,
  latch: optional(
    object<HeldLatch>({
      mine: latch,
      toldInSequence: optional(number),
      verdict: oneOf(['open', 'won', 'lost', 'reclaimed']),
      isDiskFailing: flag,
      before: optional(beforeReclaim),
    }),
  ),
  echoedSequence: number,
  untoldEcho: optional(object<NonNullable<GroupState['untoldEcho']>>({ sequence: number, inSequence: number })),
  lease: leaseShape,
  nextRenewAtMs: number,
  isDeadManWithdrawn: flag,
  renewedAtMs: optional(number),
  isAddressDropped: flag,
  lanBadAtMs: optional(number),
  canFailBackSinceMs: optional(number),
  position: object<GroupState['position']>({ atCommonBeat: number, newest: number }),
  releasedInSequence: optional(number),
  declinedUntilMs: number,
});
