import { serialPace, usualPace } from '../config/pace.ts';
import { beatVersions } from '../core/beat.ts';
import type { DataClass, NodeConfig, PingConfig, ResourceConfig, WatchdogConfig } from '../core/nodeConfig.ts';
import type { TimeRange } from './prng.ts';

/** Everything that distinguishes one pretended pair from another. Printed first in every log. */
export interface SimOptions {
  readonly keepaliveMs: number;
  readonly warnMs: number;
  readonly deadMs: number;
  readonly initdeadMs: number;
  readonly leaseMs: number;
  readonly cables: readonly CableOptions[];
  readonly mode: 'auto' | 'manual';
  readonly isSingleChannelAllowed: boolean;
  readonly isStrict: boolean;
  readonly startupAlone: NodeConfig['startupAlone'];
  readonly groups: readonly GroupOptions[];
  /** Machines of the LAN that are asked; undefined: none. */
  readonly ping: PingOptions | undefined;
  /** The highest version of the beat that the build on each machine speaks at first. */
  readonly beatVersions: readonly [number, number];
  /** Undefined: there is none. */
  readonly witness: WitnessOptions | undefined;
  readonly fence: FenceOptions | undefined;
  /** Both machines have a watchdog of so long; undefined: none is configured. */
  readonly watchdogMs: number | undefined;
  readonly pace: Pace;
  /** Of a pair that is there already, both views of its configuration: what stands above of it is not looked at. */
  readonly live?: readonly [NodeConfig, NodeConfig];
}

export interface PingOptions {
  readonly targetCount: number;
  readonly intervalMs: number;
}

export interface WitnessOptions {
  readonly leaseMs: number;
  readonly renewMs: number;
  readonly timeoutMs: number;
  readonly stopMs: number;
  /** It is reached through the service LAN, and is cut with it. */
  readonly isInLan: boolean;
  /** How fast its clock runs beside those of the nodes. */
  readonly clockRate: number;
}

export interface CableOptions {
  readonly name: string;
  /** `lan` carries the floating addresses too, and goes with the carrier of its device. */
  readonly medium: 'lan' | 'cross' | 'serial';
  /** For serial lines, bits a second. */
  readonly baud: number | undefined;
}

export interface FenceOptions {
  readonly action: 'off' | 'reboot';
  readonly delayMs: number;
  readonly takesMs: TimeRange;
  readonly isAtStartup: boolean;
  /** There is no device, only somebody who is asked to see to it. */
  readonly isPerson: boolean;
  /** How long a machine stays off that was rebooted, or that somebody has to switch on again. */
  readonly offMs: TimeRange;
}

export interface GroupOptions {
  readonly name: string;
  readonly preferred: string;
  readonly dataClass: DataClass;
  readonly hasAddress: boolean;
  readonly hasSyncer: boolean;
  readonly hasDeadMan: boolean;
  readonly maxLagMs: number;
  /** Time between two checks of each resource; 0 for none. */
  readonly monitorMs: number;
  readonly restartsMax: number;
  /** Back to the preferred node after so long; undefined: never by itself. */
  readonly failbackAfterMs: number | undefined;
}

/** How long things take, and how far apart they may be. */
export interface Pace {
  readonly networkMs: TimeRange;
  readonly lossPercent: number;
  readonly doublePercent: number;
  readonly startMs: TimeRange;
  readonly stopMs: TimeRange;
  readonly statusMs: TimeRange;
  readonly syncMs: TimeRange;
  readonly diskMs: TimeRange;
  /** How late timers of a healthy process fire. */
  readonly timerMs: TimeRange;
  /** How late the kernel removes an address whose lease is over. */
  readonly kernelLateMs: TimeRange;
  /** From the start of a daemon to its first event. */
  readonly daemonStartMs: TimeRange;
  readonly socketMs: number;
  /** From a reset by the watchdog to the kernel's start. */
  readonly resetMs: TimeRange;
  readonly answerMs: number;
  readonly syncEachMs: TimeRange;
  /** Syncs that rewrite the copy in place instead of appending to it. */
  readonly rewritePercent: number;
}

const nodeNames = ['node1', 'node2'] as const;
const serviceDevice = 'eth0';
/** No start, stop or check of the pretended scripts may take longer; a sync may. */
export const timeouts = { startMs: 8_000, stopMs: 4_000, statusMs: 2_000, syncMs: 6_000 } as const;

/** What scenario files run on where they do not say otherwise: nothing is drawn, so that times are round. */
export const plainOptions: SimOptions = {
  keepaliveMs: 200,
  warnMs: 600,
  deadMs: 2_000,
  initdeadMs: 10_000,
  leaseMs: 3_000,
  cables: [
    { name: 'lan', medium: 'lan', baud: undefined },
    { name: 'cross', medium: 'cross', baud: undefined },
    { name: 'serial', medium: 'serial', baud: 115_200 },
  ],
  mode: 'auto',
  isSingleChannelAllowed: false,
  isStrict: false,
  startupAlone: 'byData',
  groups: [plainGroup('site')],
  ping: undefined,
  beatVersions: [beatVersions.newest, beatVersions.newest],
  witness: undefined,
  fence: undefined,
  watchdogMs: undefined,
  pace: {
    networkMs: [1, 1],
    lossPercent: 0,
    doublePercent: 0,
    startMs: [100, 100],
    stopMs: [50, 50],
    statusMs: [5, 5],
    syncMs: [300, 300],
    diskMs: [4, 4],
    timerMs: [0, 0],
    kernelLateMs: [500, 500],
    daemonStartMs: [100, 100],
    socketMs: 0.5,
    resetMs: [3_000, 3_000],
    answerMs: 1,
    syncEachMs: [5_000, 5_000],
    rewritePercent: 0,
  },
};

export const plainFence: FenceOptions = {
  action: 'off',
  delayMs: 5_000,
  takesMs: [1_000, 1_000],
  isAtStartup: false,
  isPerson: false,
  offMs: [3_600_000, 3_600_000],
};

/** All levels of one attempt, and one test of them. */
const fenceMsMax = 10_000;

export function plainGroup(name: string): GroupOptions {
  return {
    name,
    preferred: 'node1',
    dataClass: 'none',
    hasAddress: true,
    hasSyncer: false,
    hasDeadMan: true,
    maxLagMs: 900_000,
    monitorMs: 10_000,
    restartsMax: 2,
    failbackAfterMs: undefined,
  };
}

/** The same configuration as seen from one of the two. */
export function nodeConfigOf(options: SimOptions, index: 0 | 1): NodeConfig {
  if (options.live !== undefined) return options.live[index];
  const { keepaliveMs, warnMs, deadMs, initdeadMs, leaseMs } = options;
  const timing = { keepaliveMs, warnMs, deadMs, initdeadMs, leaseMs, renewMs: 500 };
  return {
    cluster: 'sim',
    self: nodeNames[index],
    peer: nodeNames[1 - index] ?? nodeNames[0],
    timing,
    channels: options.cables.map((cable) => ({
      name: cable.name,
      medium: cable.medium,
      type: cable.baud === undefined ? 'udp' : 'serial',
      ...(cable.baud === undefined ? usualPace(timing) : serialPace(cable.baud, options.groups.length, timing)),
    })),
    takeover: {
      mode: options.mode,
      isSingleChannelAllowed: options.isSingleChannelAllowed,
      isStrict: options.isStrict,
    },
    startupAlone: options.startupAlone,
    isObserver: false,
    guards: {
      ping: pingConfigOf(options),
      watchdog: watchdogConfigOf(options),
      witness: options.witness,
      fence: fenceConfigOf(options.fence),
    },
    groups: options.groups.map((group) => ({
      name: group.name,
      preferred: group.preferred,
      dataClass: group.dataClass,
      maxLagMs: group.maxLagMs,
      resources: resourcesOf(group),
      digest: '00000001',
      restarts: { countMax: group.restartsMax, windowMs: 600_000 },
      hasDeadMan: group.hasDeadMan,
      failbackAfterMs: group.failbackAfterMs,
    })),
  };
}

function watchdogConfigOf({ watchdogMs }: SimOptions): WatchdogConfig | undefined {
  return watchdogMs === undefined ? undefined : { device: '/dev/watchdog', timeoutMs: watchdogMs };
}

function pingConfigOf({ ping }: SimOptions): PingConfig | undefined {
  if (ping === undefined) return undefined;
  const { targetCount, intervalMs } = ping;
  const targets = Array.from({ length: targetCount }, (_, index) => `target${index + 1}`);
  return { targets, intervalMs, timeoutMs: intervalMs / 2 };
}

/** Devices that carry floating addresses: what the runner watches. */
export function serviceDevicesOf({ live }: SimOptions): readonly string[] {
  if (live === undefined) return [serviceDevice];
  const resources = live[0].groups.flatMap((group) => group.resources);
  return [...new Set(resources.flatMap(({ device }) => device ?? []))];
}

function fenceConfigOf(fence: FenceOptions | undefined): NodeConfig['guards']['fence'] {
  if (fence === undefined) return undefined;
  const { delayMs, isAtStartup } = fence;
  return { delayMs, attemptMsMax: fenceMsMax, testMs: 600_000, testMsMax: fenceMsMax, isAtStartup };
}

/** `IPaddr db web` as on a line of haresources, with the syncer in the worst place: last. */
function resourcesOf(group: GroupOptions): readonly ResourceConfig[] {
  const one = (name: string, more: Partial<ResourceConfig>): ResourceConfig => ({
    name,
    kind: 'script',
    side: 'owner',
    startTimeoutMs: timeouts.startMs,
    stopTimeoutMs: timeouts.stopMs,
    statusTimeoutMs: timeouts.statusMs,
    syncTimeoutMs: timeouts.syncMs,
    monitorMs: group.monitorMs,
    device: undefined,
    ...more,
  });
  return [
    ...(group.hasAddress ? [one('address', { kind: 'address', device: serviceDevice })] : []),
    one('db', {}),
    one('web', {}),
    ...(group.hasSyncer ? [one('syncer', { side: 'standby', monitorMs: 0 })] : []),
  ];
}
