import type {
  BeatsReport,
  Because,
  ChannelReport,
  GroupReport,
  MachineReport,
  NodeReport,
  StatusReport,
} from '../control/controlProtocol.ts';
import { armedReason, armedSentences } from '../core/armed.ts';
import type { ArmedReason, GroupBeat } from '../core/beat.ts';
import { phaseOf, roleOf } from '../core/beats.ts';
import { copyState, isOwnCopy } from '../core/copy.ts';
import { isFenced } from '../core/fence.ts';
import { isHolding } from '../core/groups.ts';
import { lossPercent } from '../core/loss.ts';
import { channelView } from '../core/media.ts';
import { freshAgeMs, isLate, lackNow, peerView } from '../core/peerView.ts';
import type { GroupState, NodeState } from '../core/state.ts';
import { unreachable } from '../core/unreachable.ts';
import { guardsReport } from './guards.ts';
import { warningsOf } from './statusWarnings.ts';

/** What a report needs besides the state: time, and what only the daemon counts. */
export interface ReportContext {
  readonly atMs: number;
  readonly wallMs: number;
  readonly version: string;
  readonly beats: BeatsReport;
  readonly machine: MachineReport | undefined;
  /** Of the daemon as a process: priority, lock, journal. */
  readonly notes: StatusReport['warnings'];
  rejections(channel: number): Readonly<Record<string, number>>;
}

/** What `hactl status` shows. Pure: the same state and context give the same report. */
export function statusReport(state: NodeState, context: ReportContext): StatusReport {
  const { config } = state;
  const { atMs, wallMs, machine } = context;
  const groups = state.groups.map((group) => groupReport(state, group, context));
  const guards = guardsReport(state, atMs);
  return {
    schema: 1,
    cluster: config.cluster,
    node: config.self,
    version: context.version,
    incarnation: state.incarnation,
    phase: phaseOf(state, atMs),
    at: timeOf(wallMs),
    upMs: Math.round(atMs - state.startedAtMs),
    isHoldMode: state.isHoldMode,
    isObserver: state.isObserver,
    jeopardy: state.isInJeopardy,
    nodes: { [config.self]: selfReport(state, atMs), [config.peer]: peerReport(state, atMs) },
    channels: config.channels.map((_, index) => channelReport(state, index, context)),
    ...(guards === undefined ? {} : { guards }),
    groups,
    recovery: { required: groups.some((group) => needsRecovery(group, state)), step: null },
    warnings: [...warningsOf(state, atMs), ...context.notes],
    ...(machine === undefined ? {} : { machine }),
    beats: context.beats,
  };
}

function selfReport(state: NodeState, atMs: number): NodeReport {
  const phase = phaseOf(state, atMs);
  // That this node does not hear its peer is the peer's trouble, as far as one can know.
  const shown = phase === 'starting' || phase === 'left' ? phase : 'online';
  return { self: true, state: shown, heardAgoMs: 0, incarnation: state.incarnation, bootId: state.bootId };
}

function peerReport(state: NodeState, atMs: number): NodeReport {
  const { peer } = state;
  const ageMs = freshAgeMs(state, atMs) ?? (peer.newAtMs === undefined ? undefined : atMs - peer.newAtMs);
  return {
    self: false,
    state: peerStateOf(state, atMs),
    heardAgoMs: ageMs === undefined ? null : Math.round(ageMs),
    incarnation: peer.incarnation ?? peer.candidate?.incarnation ?? null,
    bootId: peer.bootId ?? null,
    clockAheadSeconds: peer.clockAheadSeconds ?? null,
  };
}

function peerStateOf(state: NodeState, atMs: number): NodeReport['state'] {
  const view = peerView(state, atMs);
  switch (view) {
    case 'never':
    case 'silent':
      return state.confirmedDead === undefined && !isFenced(state) ? 'silent' : 'dead';
    case 'unaware':
      return 'starting';
    case 'oneWay':
      return 'suspect';
    case 'left':
      return 'left';
    case 'heard':
      if (isLate(state, atMs) || state.peer.phase === 'suspect') return 'suspect';
      return state.peer.phase === 'starting' ? 'starting' : 'online';
    default:
      return unreachable(view);
  }
}

function channelReport(state: NodeState, index: number, context: ReportContext): ChannelReport {
  const config = state.config.channels[index];
  const channel = state.channels[index];
  const loss = channel === undefined ? undefined : lossPercent(channel.loss);
  return {
    name: config?.name ?? '',
    type: config?.type ?? '',
    medium: config?.medium ?? '',
    state: channelView(state, index, context.atMs),
    heardAgoMs: channel?.heardAtMs === undefined ? null : Math.round(context.atMs - channel.heardAtMs),
    lossPct: loss === undefined ? null : Math.round(loss * 10) / 10,
    isOpen: channel?.isOpen ?? false,
    detail: channel?.detail ?? '',
    rejected: context.rejections(index),
  };
}

function groupReport(state: NodeState, group: GroupState, { atMs, wallMs }: ReportContext): GroupReport {
  const { config, durable } = group;
  const said = state.peer.groups[config.name]?.beat;
  const isStale = config.dataClass === 'copied' && ['stale', 'withdrawn'].includes(copyState(group, wallMs));
  const since = durable.staleSinceWallMs;
  return {
    name: config.name,
    owner: ownerOf(state, group, said, atMs),
    role: roleOf(state, group),
    peerRole: said?.role ?? null,
    epoch: isHolding(group) ? durable.heldEpoch : durable.epoch,
    data: config.dataClass,
    stale: isStale,
    staleSince: isStale && since !== undefined ? timeOf(since) : null,
    lag: lagSeconds(group, wallMs),
    armed: {
      [state.config.self]: armedReport(armedReason(state, group, atMs, wallMs)),
      ...(said === undefined ? {} : { [state.config.peer]: armedReport(said.armed) }),
    },
    since: timeOf(
      (isHolding(group) ? undefined : state.peer.groups[config.name]?.ownsSinceWallMs) ?? durable.sinceWallMs,
    ),
    wish: wishOf(state, group, said),
    because: group.because,
    resources: config.resources.map(({ name }) => {
      const resource = group.resources[name];
      const detail = resource?.detail ?? '';
      return { name, state: resource?.state ?? 'unknown', ...(detail === '' ? {} : { detail }) };
    }),
  };
}

/** As in `StatusReport.digests`. */
export function peerDigest(state: NodeState, name: string, atMs: number): string | null {
  return lackNow(state, name, atMs) === undefined ? (state.peer.groups[name]?.beat?.digest ?? null) : 'absent';
}

/** A peer that is silent is still named: nobody knows better. One that left or is confirmed dead holds nothing. */
function ownerOf(state: NodeState, group: GroupState, said: GroupBeat | undefined, atMs: number): string | null {
  if (isHolding(group)) return state.config.self;
  const view = peerView(state, atMs);
  if (said === undefined || view === 'left' || state.confirmedDead !== undefined) return null;
  if (view !== 'heard' && isFenced(state)) return null;
  return said.role === 'standby' || said.role === 'released' ? null : state.config.peer;
}

function lagSeconds(group: GroupState, wallMs: number): number | null {
  const { sync } = group.durable;
  if (group.config.dataClass !== 'copied' || isOwnCopy(group) || sync === undefined) return null;
  return Math.max(0, Math.round((wallMs - sync.beganWallMs) / 1000));
}

function wishOf(state: NodeState, group: GroupState, said: GroupBeat | undefined): string | null {
  if (group.wish?.kind === 'release') return `release from ${state.config.self}`;
  if (group.wish?.kind === 'takeover') return `takeover by ${state.config.self}`;
  return said === undefined || said.wish === 'none' ? null : `takeover by ${state.config.peer}`;
}

function armedReport(reason: ArmedReason): { readonly armed: boolean; readonly because: Because } {
  return { armed: reason === 'armed', because: { rule: reason, sentence: armedSentences[reason] } };
}

/** A copy, here or at a peer that is heard, is older than what has served. */
function needsRecovery(group: GroupReport, state: NodeState): boolean {
  return group.stale || group.armed[state.config.peer]?.because.rule === 'copy-stale';
}

function timeOf(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
