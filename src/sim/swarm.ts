import { beatVersions } from '../core/beat.ts';
import type {
  CableOptions,
  FenceOptions,
  GroupOptions,
  Pace,
  PingOptions,
  SimOptions,
  WitnessOptions,
} from './options.ts';
import { plainGroup } from './options.ts';
import type { Prng } from './prng.ts';

/**
 * Draws one pair. Each seed has its own timings, cables, groups and habits of the world: what is rare in the mean
 * of all of them is common in some.
 */
export function drawOptions(prng: Prng): SimOptions {
  const keepaliveMs = prng.pick([100, 200, 250, 500, 500, 1_000]);
  const deadMs = keepaliveMs * prng.between(5, 20);
  const warnMs = Math.round(Math.max(2 * keepaliveMs, deadMs * prng.pick([0.3, 0.3, 0.4, 0.5])));
  const leaseUsualMs = Math.max(3_000, deadMs - 2_000);
  const groupCount = prng.chance(20) ? 2 : 1;
  const drawn = {
    keepaliveMs,
    warnMs,
    deadMs,
    initdeadMs: deadMs * prng.between(2, 4),
    leaseMs: prng.chance(80) ? leaseUsualMs : leaseUsualMs + prng.between(0, 5) * 1_000,
    cables: drawCables(prng),
    mode: prng.chance(5) ? 'manual' : 'auto',
    isSingleChannelAllowed: prng.chance(20),
    isStrict: prng.chance(10),
    startupAlone: prng.pick(['byData', 'byData', 'byData', 'take', 'hold']),
    groups: ['site', 'mail'].slice(0, groupCount).map((name) => drawGroup(prng, name)),
    ping: drawPing(prng.fork('ping')),
    beatVersions: drawBeatVersions(prng.fork('beat versions')),
    pace: drawPace(prng, keepaliveMs),
    witness: undefined,
    fence: prng.chance(35) ? drawFence(prng.fork('fence')) : undefined,
    watchdogMs: drawWatchdog(prng.fork('watchdog'), warnMs),
  } satisfies SimOptions;
  return { ...drawn, witness: drawWitness(prng.fork('witness'), drawn) };
}

/** A lease as short as the inequalities allow, or somewhat longer; its clock goes wrong as far as they allow. */
function drawWitness(prng: Prng, { deadMs, pace }: SimOptions): WitnessOptions | undefined {
  if (!prng.chance(30)) return undefined;
  const { startMs, stopMs, statusMs, networkMs } = pace;
  // What is being started is waited for, then three resources stop; each is asked whether it did.
  const stopsMs = startMs[1] + statusMs[1] + 3 * (stopMs[1] + statusMs[1]) + 200;
  const timeoutMs = Math.max(100, Math.ceil(5 * networkMs[1]));
  const heardMs = Math.max(deadMs, slowestDeadMs);
  const renewMs = Math.max(200, Math.round(heardMs / 5));
  const leastMs = Math.max(heardMs, renewMs + 2 * timeoutMs) + stopsMs + 100;
  return {
    leaseMs: Math.ceil(leastMs * prng.pick([1.01, 1.1, 1.5, 3])),
    renewMs,
    timeoutMs,
    stopMs: stopsMs,
    isInLan: prng.chance(60),
    clockRate: 1 + prng.between(-9, 9) / 10_000,
  };
}

function drawFailback(prng: Prng): number | undefined {
  return prng.chance(25) ? prng.pick([10_000, 30_000, 60_000]) : undefined;
}

function drawWatchdog(prng: Prng, warnMs: number): number | undefined {
  if (prng.chance(65)) return undefined;
  return Math.max(prng.pick([2_000, 5_000, 10_000]), 1_000 * Math.ceil((warnMs + 1_001) / 1_000));
}

function drawPing(prng: Prng): PingOptions | undefined {
  if (prng.chance(50)) return undefined;
  return { targetCount: prng.pick([1, 1, 2]), intervalMs: prng.pick([200, 1_000, 1_000]) };
}

/** One side of some pairs is a build that was made before the newest beat. */
function drawBeatVersions(prng: Prng): readonly [number, number] {
  const { newest } = beatVersions;
  return prng.pick([
    [newest, newest],
    [newest, newest],
    [newest - 1, newest],
    [newest, newest - 1],
  ]);
}
/** Of the slowest line that is drawn. */
const slowestDeadMs = 1_500;

function drawCables(prng: Prng): readonly CableOptions[] {
  const lan: CableOptions = { name: 'lan', medium: 'lan', baud: undefined };
  const cross: CableOptions = { name: 'cross', medium: 'cross', baud: undefined };
  const serial: CableOptions = { name: 'serial', medium: 'serial', baud: prng.pick([9_600, 19_200, 115_200]) };
  return prng.pick([[lan, cross, serial], [lan, cross, serial], [lan, cross], [lan, serial], [cross, serial], [lan]]);
}

function drawGroup(prng: Prng, name: string): GroupOptions {
  const dataClass = prng.pick<GroupOptions['dataClass']>(['none', 'none', 'shared', 'copied', 'copied']);
  return {
    ...plainGroup(name),
    preferred: prng.pick(['node1', 'node1', 'node2']),
    dataClass,
    hasAddress: prng.chance(75),
    hasSyncer: dataClass === 'copied' && prng.chance(85),
    hasDeadMan: prng.chance(90),
    maxLagMs: prng.pick([20_000, 60_000, 900_000]),
    monitorMs: prng.pick([1_000, 2_000, 10_000]),
    restartsMax: prng.between(0, 3),
    failbackAfterMs: drawFailback(prng.fork(`failback ${name}`)),
  };
}

function drawFence(prng: Prng): FenceOptions {
  return {
    action: prng.pick(['off', 'reboot', 'reboot']),
    // Of two that fire at one moment both may die; a delay that is too short may be drawn, too.
    delayMs: prng.pick([500, 2_000, 5_000, 5_000, 10_000]),
    takesMs: prng.pick([
      [100, 500],
      [500, 3_000],
    ]),
    isAtStartup: prng.chance(40),
    isPerson: prng.chance(10),
    offMs: prng.pick([
      [1_000, 5_000],
      [5_000, 60_000],
    ]),
  };
}

function drawPace(prng: Prng, keepaliveMs: number): Pace {
  const startMs = prng.pick([50, 300, 3_000]);
  const stopMs = prng.pick([20, 200, 1_500]);
  return {
    networkMs: [0.25, prng.pick([0.5, 5, keepaliveMs / 4])],
    lossPercent: prng.pick([0, 0, 0, 1, 5, 15]),
    doublePercent: prng.pick([0, 0, 10]),
    startMs: [startMs / 4, startMs],
    stopMs: [stopMs / 4, stopMs],
    statusMs: [1, prng.pick([20, 20, 400, 1_200])],
    syncMs: [100, 2_000],
    diskMs: [1, prng.pick([5, 30, 200])],
    timerMs: [0, 2],
    kernelLateMs: [0, 1_000],
    daemonStartMs: [100, 800],
    socketMs: 0.25,
    resetMs: [500, 8_000],
    answerMs: 1,
    syncEachMs: [2_000, prng.pick([4_000, 15_000])],
    rewritePercent: 20,
  };
}
