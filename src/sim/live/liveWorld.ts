import { beatVersions } from '../../core/beat.ts';
import { durableState } from '../../core/disk.ts';
import { isWitnessSilent } from '../../core/lease.ts';
import { channelView, hearsOn } from '../../core/media.ts';
import type { ChannelConfig } from '../../core/nodeConfig.ts';
import { type PeerView, peerView } from '../../core/peerView.ts';
import { pingView } from '../../core/pings.ts';
import type { GroupState, NodeState } from '../../core/state.ts';
import { Hands } from '../hands.ts';
import type { Machine } from '../machine.ts';
import type { CableOptions, SimOptions } from '../options.ts';
import { plainFence, plainGroup, plainOptions } from '../options.ts';
import { World, type WorldHooks } from '../world.ts';
import type { LiveMoment } from './peerGroup.ts';
import { peerConfigOf, peerStateOf } from './peerState.ts';
import { resume } from './resume.ts';

/** What was assumed of the world, because one node cannot know it. Sentences for people. */
export interface LiveWorld {
  readonly world: World;
  readonly self: Machine;
  readonly peer: Machine;
  readonly assumptions: readonly string[];
}

/**
 * The pretended pair that goes on from where a live one is: the shipped engine and core on both sides, this node from
 * its snapshot, the peer from what its beats say. Nothing is lost on the way, and every script does its work.
 */
export function liveWorld(live: LiveMoment, hooks: WorldHooks = {}): LiveWorld {
  const { state, atMs } = live;
  const world = new World(1, liveOptions(state), hooks);
  const [self, peer] = world.machines;
  const view = peerView(state, atMs);
  // Each machine's clocks go on from where they are.
  for (const machine of world.machines) {
    machine.bootedAtMs = 5_000 - atMs;
    machine.wallJumpMs += live.wallMs - machine.wallMs();
  }
  place(world, self, state);
  if (view === 'left') {
    peer.isOn = true;
    peer.bootId = state.peer.bootId ?? '';
    peer.hands = new Hands(peer, world);
  } else if (view === 'unaware') {
    world.boot(peer);
  } else if (view !== 'silent' && view !== 'never') {
    place(world, peer, peerStateOf(live));
  }
  placeLeases(state, world);
  cutWhatIsDown(live, world, view);
  partLan(state, world);
  for (const machine of world.machines) settleClocks(machine, state);
  return { world, self, peer, assumptions: assumptionsOf(state, view) };
}

function liveOptions(state: NodeState): SimOptions {
  const { config } = state;
  const { timing } = config;
  const { witness, fence, watchdog } = config.guards;
  return {
    ...plainOptions,
    ...timing,
    cables: config.channels.map((channel) => cableOf(channel, state)),
    groups: config.groups.map(({ name, preferred }) => ({ ...plainGroup(name), preferred })),
    beatVersions: [state.beatVersionMax, state.peer.beatVersionMax ?? beatVersions.newest],
    witness: witness === undefined ? undefined : { ...witness, isInLan: hasLostLan(state), clockRate: 1 },
    fence: fence === undefined ? undefined : { ...plainFence, ...fence, isPerson: state.fence.kind === 'person' },
    watchdogMs: watchdog?.timeoutMs,
    live: [config, peerConfigOf(state)],
  };
}

/** A channel through the device of a floating address goes with that LAN. */
function cableOf({ name, medium, type, isSlow, beatMs }: ChannelConfig, state: NodeState): CableOptions {
  if (type === 'serial') return { name, medium: 'serial', baud: isSlow ? baudOf(beatMs) : 115_200 };
  return { name, medium: serviceMedia(state).has(medium) ? 'lan' : 'cross', baud: undefined };
}

/** Media that carry a floating address: by default a medium has the name of its device. */
export function serviceMedia({ config }: NodeState): ReadonlySet<string> {
  const devices = config.groups.flatMap((group) => group.resources.flatMap(({ device }) => device ?? []));
  return new Set(devices);
}

/** A slow line beats each four times that a short beat of 99 framed bytes takes. */
function baudOf(beatMs: number): number {
  return Math.max(300, Math.round((99 * 10_000 * 4) / beatMs));
}

/** A machine that is up, with its daemon, runner and what runs of the groups. */
function place(world: World, machine: Machine, state: NodeState): void {
  machine.isOn = true;
  machine.bootCount = 1;
  machine.bootId = state.bootId;
  machine.isObserver = state.isObserver;
  const links = Object.values(state.links);
  machine.hasCarrier = links.every(({ hasCarrier }) => hasCarrier);
  machine.mac = links[0]?.mac ?? machine.mac;
  machine.disk.content = { ...durableState(state), groups: state.disk.saved };
  machine.disk.isFailing = state.disk.failure !== undefined;
  for (const group of state.groups) placeGroup(machine, group);
  placeWatchdog(machine, state);
  machine.hands = new Hands(machine, world);
  const head = world.resumeHead(machine, state);
  if (state.runner === 'connected') head.runner.connect(machine.hands);
  else machine.hands.process.freeze();
  resume(head, state, world);
}

/** One that was armed is petted from now on. */
function placeWatchdog(machine: Machine, { config, watchdog }: NodeState): void {
  const { timeoutMs } = config.guards.watchdog ?? {};
  if (timeoutMs === undefined) return;
  if (watchdog.kind === 'failed') machine.watchdog.isBusy = true;
  else if (watchdog.kind === 'armed' || (watchdog.kind === 'unknown' && watchdog.boundMs > 0))
    machine.watchdog.arm(timeoutMs);
}

function placeGroup(machine: Machine, group: GroupState): void {
  const { config, durable } = group;
  machine.copyOf(config.name).serve(durable.copyEpoch);
  const owned = config.resources.filter(({ side }) => side === 'owner');
  for (const { name, kind } of config.resources) {
    const isUp = isRunning(
      group,
      name,
      owned.findIndex((resource) => resource.name === name),
    );
    if (!isUp) continue;
    if (kind === 'address') machine.kernel.put(`${config.name}/${name}`, machine.config.timing.leaseMs);
    else machine.setRunning(config.name, name, true);
  }
}

/** What this node was told runs, unless it is known to be gone; `index` counts from left to right. */
function isRunning({ resources, activity, durable }: GroupState, name: string, index: number): boolean {
  const shown = resources[name]?.state;
  if (shown === 'running' || shown === 'stopping') return true;
  if (durable.stopFailed?.resource === name) return true;
  if (activity.kind === 'checking') return shown === 'unknown' && durable.holding === 'serving';
  return activity.kind === 'active' && index >= 0 && shown === 'unknown';
}

/** The witness knows what it last said; where it does not answer now it is taken to be gone. */
function placeLeases(state: NodeState, { box }: World): void {
  const known = state.groups.flatMap(({ config, lease: { answer } }) =>
    answer === undefined
      ? []
      : [[config.name, { ...answer, leaseMs: state.config.guards.witness?.leaseMs ?? 0 }] as const],
  );
  box?.remember(new Map(known));
  // A node that is cut off itself knows nothing of the witness: the peer may reach it.
  if (state.groups.some(isWitnessSilent) && !hasLostLan(state)) box?.stop();
}

function hasLostLan(state: NodeState): boolean {
  return Object.values(state.links).some(({ hasCarrier }) => !hasCarrier) || pingView(state) === 'down';
}

/** What is not heard now is taken for cut, in the direction in which it is not heard. */
function cutWhatIsDown({ state, atMs }: LiveMoment, world: World, view: PeerView): void {
  if (view === 'never' || view === 'left' || view === 'unaware') return;
  const hears = hearsOn(state, atMs);
  for (const cable of world.cables) {
    const seen = channelView(state, cable.index, atMs);
    if (view === 'oneWay') world.cut(cable, 0);
    else if (view === 'silent') continue;
    else if (seen === 'one-way') world.cut(cable, 0);
    else if ((hears & (1 << cable.index)) === 0) world.cut(cable, 'both');
  }
}

/** Where one node reaches no ping target and the other does, its port is dead; what neither reaches is off. */
function partLan(state: NodeState, { machines: [self, peer], lan }: World): void {
  const targets = state.config.guards.ping?.targets ?? [];
  if (targets.length === 0) return;
  const lost = targets.filter((target) => state.pings[target]?.isUp === false);
  const theirs = state.peer.pingsAnswering;
  const isLostHere = lost.length === targets.length;
  if (isLostHere && (theirs ?? 0) > 0) self.isLanBlocked = true;
  else for (const target of lost) lan.deadTargets.add(target);
  if (!isLostHere && theirs === 0) peer.isLanBlocked = true;
}

/** Timers of the world began before the machines' clocks were set. */
function settleClocks(machine: Machine, state: NodeState): void {
  if (machine.head === undefined) return;
  for (const group of state.groups) {
    if (group.renewedAtMs === undefined || machine.config.self !== state.config.self) continue;
    machine.hands?.renew(group.config.name, group.durable.heldEpoch.counter);
  }
}

function assumptionsOf(state: NodeState, view: PeerView): readonly string[] {
  const { peer } = state.config;
  const ofPeer: Readonly<Record<PeerView, readonly string[]>> = {
    heard: [`${peer} is as its beats say; what they do not tell is taken as good`],
    oneWay: [`${peer} is as its newest beats say, and does not hear this node`],
    unaware: [`${peer} has just started, and runs nothing`],
    left: [`${peer} is up, and its daemon is stopped`],
    silent: [`${peer} is silent: it is taken to be off`],
    never: [`${peer} was never heard: it is taken to be off`],
  };
  const fence =
    state.config.guards.fence === undefined
      ? []
      : ['a fence takes a second, tells the truth, and leaves the machine off'];
  return [
    ...ofPeer[view],
    ...fence,
    'every script does its work: a start takes 0.1 s, a stop 0.05 s; the network loses nothing',
  ];
}
