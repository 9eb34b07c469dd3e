import type { GroupBeat } from '../../core/beat.ts';
import type { DurableGroup } from '../../core/durable.ts';
import { newDurableGroup } from '../../core/durable.ts';
import { type Epoch, isSameEpoch, noEpoch } from '../../core/identity.ts';
import { newGroup } from '../../core/initial.ts';
import { firstMonitors } from '../../core/monitor.ts';
import { stopPlan } from '../../core/plan.ts';
import type { Activity, GroupState, NodeState, ResourceState } from '../../core/state.ts';

/** The moment at which a live pair is looked at. */
export interface LiveMoment {
  readonly state: NodeState;
  readonly atMs: number;
  readonly wallMs: number;
}

/** A reason that ends by time is taken to last so long: beats do not say until when. */
const reasonMs = 60_000;

/** What the peer does about one group, as its newest beat says. What beats do not tell is as in a calm pair. */
export function peerGroupOf(live: LiveMoment, own: GroupState, said: GroupBeat): GroupState {
  const { state, atMs } = live;
  const config = { ...own.config, digest: said.digest };
  const base = newGroup(config, durableOf(live, own, said), atMs);
  const activity = activityOf(live, base, said);
  const isUp = activity.kind === 'active';
  const isWanted = said.wish !== 'none';
  return {
    ...base,
    activity,
    monitors: isUp ? firstMonitors(base, atMs) : {},
    resources: resourcesOf(base, said),
    isVerifiedStopped: said.isVerifiedStopped,
    hasLostByRestart: said.role === 'standby' && isLastOwner(base.durable),
    because: own.because,
    wish: isWanted
      ? {
          kind: 'takeover',
          isForced: said.wish === 'forcedTakeover',
          reason: 'asked at the peer',
          untilMs: atMs + 30_000,
          isAccepted: false,
        }
      : undefined,
    trouble: { ...base.trouble, backoffUntilMs: said.armed === 'start-failed' ? atMs + reasonMs : atMs },
    latch:
      said.latch === undefined
        ? undefined
        : {
            mine: said.latch,
            toldInSequence: state.peer.highestSequence,
            verdict: 'open',
            isDiskFailing: false,
            before: undefined,
          },
    echoedSequence: state.peer.highestSequence,
    untoldEcho: undefined,
    renewedAtMs: isUp ? atMs : undefined,
    releasedInSequence: said.isReleasedToPeer ? state.peer.highestSequence : undefined,
    declinedUntilMs: said.armed === 'copy-lagging' ? atMs + reasonMs : atMs,
  };
}

function durableOf({ state, wallMs }: LiveMoment, own: GroupState, said: GroupBeat): DurableGroup {
  const { peer } = state.config;
  const { armed, role } = said;
  const failed = own.config.resources.find(({ side }) => side === 'owner')?.name ?? '';
  const isFailed = role === 'failed' || armed === 'stop-failed';
  return {
    ...newDurableGroup(own.config.name, wallMs),
    holding: holdingOf(said),
    epoch: said.epoch,
    heldEpoch: heldEpochOf(said, peer),
    servedEpoch: said.servedEpoch,
    copyEpoch: said.copyEpoch,
    isCopyWithdrawn: armed === 'copy-withdrawn',
    sync: said.lagSeconds === undefined ? undefined : syncAt(wallMs - said.lagSeconds * 1_000),
    isReleasingToPeer: said.isReleasedToPeer,
    isDownByOrder: armed === 'down-by-order',
    isMaintained: armed === 'maintenance',
    isPeerMaintained: own.durable.isMaintained,
    isStandbyByOrder: armed === 'standby-by-order',
    stopFailed: isFailed ? { resource: failed, detail: 'as its beats say' } : undefined,
    hasPeerStopFailed: own.durable.stopFailed !== undefined,
    peerMac: Object.values(state.links)[0]?.mac,
  };
}

function syncAt(beganWallMs: number): DurableGroup['sync'] {
  return { beganWallMs, endedWallMs: beganWallMs };
}

function holdingOf({ role }: GroupBeat): DurableGroup['holding'] {
  switch (role) {
    case 'starting':
    case 'active':
    case 'unconfirmed':
      return 'serving';
    case 'claiming':
      return 'claimed';
    case 'stopping':
    case 'failed':
      return 'stopping';
    case 'standby':
    case 'released':
      return 'nothing';
  }
}

/** The epoch that it holds, or last held: the newest of those that bear its name. */
function heldEpochOf({ role, epoch, servedEpoch }: GroupBeat, peer: string): Epoch {
  if (role !== 'standby' && role !== 'released' && role !== 'failed') return epoch;
  if (epoch.node === peer) return epoch;
  return servedEpoch.node === peer ? servedEpoch : noEpoch;
}

function isLastOwner({ heldEpoch, epoch }: DurableGroup): boolean {
  return heldEpoch.counter > 0 && isSameEpoch(heldEpoch, epoch);
}

function activityOf({ state, atMs }: LiveMoment, group: GroupState, said: GroupBeat): Activity {
  if (said.armed === 'unverified') return group.activity;
  switch (said.role) {
    case 'claiming': {
      const toldInSequence = state.peer.highestSequence;
      return { kind: 'claiming', sinceMs: atMs, evidence: 'agreed', needsEcho: true, toldInSequence };
    }
    case 'starting':
      return { kind: 'starting', next: 0 };
    case 'active':
      return { kind: 'active' };
    case 'unconfirmed':
      return { kind: 'unconfirmed', sinceMs: atMs, canConfirmAlone: false };
    case 'stopping': {
      const wants = state.groups.find(({ config }) => config.name === said.name)?.wish?.kind === 'takeover';
      const afterwards = wants ? 'releaseToPeer' : 'release';
      const next = stopPlan(group).length;
      return { kind: 'stopping', next, downTo: 0, afterwards, failures: 0, retryAtMs: atMs };
    }
    case 'standby':
    case 'released':
    case 'failed':
      return { kind: 'idle' };
  }
}

function resourcesOf(group: GroupState, { role }: GroupBeat): GroupState['resources'] {
  const isUp = role === 'active' || role === 'unconfirmed' || role === 'stopping' || role === 'failed';
  const shown: ResourceState = { state: isUp ? 'running' : 'stopped', detail: '' };
  const owned = group.config.resources.filter(({ side }) => side === 'owner');
  return { ...group.resources, ...Object.fromEntries(owned.map(({ name }) => [name, shown])) };
}
