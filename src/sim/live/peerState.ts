import { groupBeats } from '../../core/beats.ts';
import { isHolding } from '../../core/groups.ts';
import { initialState } from '../../core/initial.ts';
import { hearsOn } from '../../core/media.ts';
import type { NodeConfig } from '../../core/nodeConfig.ts';
import type { PeerGroup, PeerState } from '../../core/peerState.ts';
import { pingsAnswering } from '../../core/pings.ts';
import type { GroupState, NodeState, SentBeat } from '../../core/state.ts';
import { selfFenceMs } from '../../core/watchdog.ts';
import { type LiveMoment, peerGroupOf } from './peerGroup.ts';

/**
 * What the peer knows and does, as far as its beats tell it to this node. Beats are the state of their sender, so that
 * it is nearly all that decides; what they do not tell (its trouble with a disk, a script that will fail) is taken as
 * good. Times of the peer are given on this node's clock.
 */
export function peerStateOf(live: LiveMoment): NodeState {
  const { state, atMs, wallMs } = live;
  const { timing } = state.config;
  const groups = state.groups.map((own) => {
    const said = state.peer.groups[own.config.name]?.beat;
    return said === undefined ? undefined : peerGroupOf(live, own, said);
  });
  const config = peerConfigOf(state, groups);
  const longAgoMs = atMs - timing.initdeadMs - timing.deadMs;
  const started = initialState({
    config,
    incarnation: state.peer.incarnation ?? '0'.repeat(16),
    bootId: state.peer.bootId ?? '0'.repeat(16),
    durable: undefined,
    isHoldMode: false,
    beatVersionMax: state.peer.beatVersionMax ?? state.beatVersionMax,
    atMs: longAgoMs,
    wallMs,
  });
  const known = started.groups.map((group, index) => groups[index] ?? group);
  const durables = known.map(({ durable }) => durable);
  return {
    ...started,
    isSameBoot: true,
    isObserver: config.isObserver,
    leaving: state.peer.phase === 'leaving' ? { kind: 'releasing', sinceMs: atMs } : { kind: 'no' },
    runner: hasReason(state, 'broken') ? 'away' : 'connected',
    alarmAtMs: atMs,
    peer: selfAsPeer(live),
    channels: started.channels.map((channel, index) => channelOf(live, channel, index)),
    links: linksOf(live),
    pings: pingsOf(live),
    watchdog: watchdogOf(state),
    beats: {
      ...started.beats,
      sequence: state.peer.highestSequence,
      sent: sentBeats(live),
      lastSentAtMs: atMs - timing.keepaliveMs,
    },
    groups: known,
    disk: { ...started.disk, asked: durables, saved: durables },
  };
}

/** The same files, seen from the other side. */
export function peerConfigOf(state: NodeState, groups: readonly (GroupState | undefined)[] = []): NodeConfig {
  const { config } = state;
  return {
    ...config,
    self: config.peer,
    peer: config.self,
    isObserver: hasReason(state, 'observing'),
    groups: config.groups.map((group, index) => groups[index]?.config ?? group),
  };
}

function hasReason({ peer }: NodeState, reason: string): boolean {
  return Object.values(peer.groups).some(({ beat }) => beat?.armed === reason);
}

function selfAsPeer({ state, atMs, wallMs }: LiveMoment): PeerState {
  const { deadMs, initdeadMs } = state.config.timing;
  const phase = state.leaving.kind === 'no' ? 'online' : 'leaving';
  const told = groupBeats(state, { atMs, wallMs }).map((beat, index): [string, PeerGroup] => {
    const group = state.groups[index];
    const holds = group !== undefined && isHolding(group);
    return [
      beat.name,
      {
        sequence: state.beats.sequence,
        beat,
        lack: undefined,
        phase,
        ownsSinceWallMs: holds ? group.durable.sinceWallMs : undefined,
        isBack: false,
        wasSeenOwning: holds,
        hasLostByRestart: false,
      },
    ];
  });
  const groups = Object.fromEntries(told);
  return {
    incarnation: state.incarnation,
    bootId: state.bootId,
    highestSequence: state.beats.sequence,
    beatVersionMax: state.beatVersionMax,
    phase,
    newestPhase: phase,
    hearsOn: hearsOn(state, atMs),
    selfFenceMs: selfFenceMs(state),
    pingsAnswering: pingsAnswering(state),
    clockAheadSeconds: undefined,
    freshAsOfMs: freshAtMs(state, atMs),
    echoedSequence: state.peer.highestSequence,
    heardSinceSequence: 0,
    newAtMs: atMs,
    newUntilMs: atMs + deadMs,
    arrivingSinceMs: atMs - initdeadMs,
    candidate: undefined,
    newcomers: [],
    retired: [],
    groups,
    latest: groups,
    reported: 'heard',
    met: { atMs: atMs - initdeadMs - deadMs, isUp: true },
  };
}

/** As fresh as the peer is to this node: at the most a beat and its way. */
function freshAtMs(state: NodeState, atMs: number): number {
  return Math.min(atMs, Math.max(state.peer.freshAsOfMs ?? 0, atMs - state.config.timing.keepaliveMs));
}

function channelOf(
  { state, atMs }: LiveMoment,
  channel: NodeState['channels'][number],
  index: number,
): NodeState['channels'][number] {
  const isUsed = (state.peer.hearsOn & (1 << index)) !== 0;
  const beatMs = state.config.channels[index]?.beatMs ?? state.config.timing.keepaliveMs;
  const open = { ...channel, isOpen: true, detail: '', nextBeatAtMs: atMs + beatMs / 2 };
  if (!isUsed) return open;
  const heardAtMs = atMs - beatMs / 2;
  const freshAsOfMs = Math.min(heardAtMs, freshAtMs(state, atMs));
  const highestSequence = state.beats.sequence;
  return { ...open, highestSequence, heardAtMs, arrivedAtMs: heardAtMs, freshAsOfMs, isReportedUp: true };
}

/** What it announced is armed. */
function watchdogOf({ peer: { selfFenceMs: boundMs } }: NodeState): NodeState['watchdog'] {
  return boundMs === 0 ? { kind: 'off' } : { kind: 'armed', boundMs, canDisarm: true };
}

function linksOf({ state, atMs }: LiveMoment): NodeState['links'] {
  const { deadMs } = state.config.timing;
  const links = state.config.groups.flatMap((group) => {
    const said = state.peer.groups[group.name]?.beat;
    const devices = group.resources.flatMap(({ device }) => device ?? []);
    const link = { hasCarrier: said?.armed !== 'no-carrier', sinceMs: atMs - deadMs, mac: said?.mac ?? '' };
    return devices.map((device) => [device, link] as const);
  });
  return Object.fromEntries(links);
}

/** How many answer it says; of which ones they are nothing depends. */
function pingsOf({ state, atMs }: LiveMoment): NodeState['pings'] {
  const answering = state.peer.pingsAnswering;
  const targets = state.config.guards.ping?.targets ?? [];
  if (answering === undefined) return {};
  const sinceMs = atMs - state.config.timing.initdeadMs;
  return Object.fromEntries(targets.map((target, index) => [target, { isUp: index < answering, sinceMs }]));
}

/** The beats that this node may yet echo, at the pace of the config. */
function sentBeats({ state, atMs }: LiveMoment): readonly SentBeat[] {
  const { keepaliveMs } = state.config.timing;
  const newest = state.peer.highestSequence;
  const count = Math.min(newest, echoableMax);
  return Array.from({ length: count }, (_, index) => {
    const back = count - 1 - index;
    return { sequence: newest - back, atMs: atMs - back * keepaliveMs, only: undefined };
  });
}

const echoableMax = 64;
