import type { Timing } from '../core/nodeConfig.ts';
import { showDuration } from './wording.ts';

/** What the file says about time, in milliseconds; undefined where it says nothing. */
export interface WrittenTiming {
  readonly keepalive?: number | undefined;
  readonly warntime?: number | undefined;
  readonly deadtime?: number | undefined;
  readonly initdead?: number | undefined;
  readonly lease?: number | undefined;
  readonly unsafe: boolean;
}

/** One thing that is impossible (`refuse`) or doubtful (`warn`) about the timing, at the key that it is about. */
export interface TimingFinding {
  readonly weight: 'refuse' | 'warn';
  readonly key: keyof WrittenTiming;
  readonly message: string;
  readonly next: string;
}

/** How often leases are renewed: four chances within the shortest lease. */
const renewMs = 500;
/** The kernel counts lifetimes in whole seconds, and four renewals fit. */
const leaseMsMin = 2000;
/** Below, timers and sockets of a loaded machine are late too often; `unsafe` is for measuring and for the brave. */
const safeKeepaliveMs = 50;
const safeDeadMs = 300;
/** What a timer can keep at all. */
const keepaliveMsMin = 5;
const deadMsMin = 20;
/** Longer and the pair only looks like one. */
const hourMs = 3_600_000;
/** Time for a peer that boots after the same power cut. */
const initdeadMsUsual = 30_000;
/** A lifetime that has run out is carried out up to that much later. */
export const kernelLateMs = 1000;
/** A false takeover of copied data loses what was written since the last sync: it is worth waiting for. */
export const copiedDeadMs = 10_000;

/** The timing with all defaults. `hasCopied`: some group has copied data, and nothing guards it. */
export function defaultTiming(written: WrittenTiming, hasCopied: boolean): Timing {
  const usual = hasCopied ? { keepaliveMs: 500, deadMs: copiedDeadMs } : { keepaliveMs: 200, deadMs: 2000 };
  const deadMs = written.deadtime ?? Math.max(usual.deadMs, 10 * (written.keepalive ?? 0));
  const keepaliveMs = written.keepalive ?? Math.max(1, Math.min(usual.keepaliveMs, Math.floor(deadMs / 10)));
  return {
    keepaliveMs,
    warnMs: written.warntime ?? usualWarnMs(keepaliveMs, deadMs),
    deadMs,
    initdeadMs: written.initdead ?? Math.max(2 * deadMs, initdeadMsUsual),
    leaseMs: written.lease ?? Math.max(3000, deadMs - 2000),
    renewMs,
  };
}

/** The echo in a punctual beat is up to two beats old: half a beat more is left for delays. */
function usualWarnMs(keepaliveMs: number, deadMs: number): number {
  return Math.max(Math.ceil((5 * keepaliveMs) / 2), Math.floor((3 * deadMs) / 10));
}

/** Everything about the timing that is impossible or doubtful. */
export function timingFindings(written: WrittenTiming, timing: Timing, isStrict: boolean): readonly TimingFinding[] {
  const rows = [
    ...limitRows(written, timing),
    ...beatRows(written, timing),
    ...warntimeRows(written, timing),
    ...initdeadRows(written, timing),
    ...leaseRows(written, timing, isStrict),
  ];
  return rows.filter(({ when }) => when).map(({ weight, key, message, next }) => ({ weight, key, message, next }));
}

interface Row extends TimingFinding {
  readonly when: boolean;
}

/** Defaults follow from what is written, so that some written key is always the one to change. */
function keepaliveKey(written: WrittenTiming): 'keepalive' | 'deadtime' {
  return written.keepalive === undefined ? 'deadtime' : 'keepalive';
}

function deadtimeKey(written: WrittenTiming): 'keepalive' | 'deadtime' {
  return written.deadtime === undefined ? 'keepalive' : 'deadtime';
}

function limitRows(written: WrittenTiming, { keepaliveMs, deadMs }: Timing): readonly Row[] {
  const beat = showDuration(keepaliveMs);
  const dead = showDuration(deadMs);
  const isShort = keepaliveMs < safeKeepaliveMs || deadMs < safeDeadMs;
  const why = 'a loaded machine pauses for longer, and its peer takes over without need';
  const next = 'timing.unsafe: on, if you have measured that it holds';
  return [
    {
      weight: 'refuse',
      when: keepaliveMs < keepaliveMsMin,
      key: keepaliveKey(written),
      message: `keepalive ${beat} is shorter than ${keepaliveMsMin}ms, the shortest that a timer keeps`,
      next: `keepalive: ${safeKeepaliveMs}ms`,
    },
    {
      weight: 'refuse',
      when: deadMs < deadMsMin,
      key: deadtimeKey(written),
      message: `deadtime ${dead} is shorter than ${deadMsMin}ms, the shortest that can be kept`,
      next: `deadtime: ${safeDeadMs}ms`,
    },
    {
      weight: 'refuse',
      when: deadMs > hourMs,
      key: deadtimeKey(written),
      message: `deadtime ${dead} is longer than an hour`,
      next: 'deadtime: 10s',
    },
    {
      weight: 'refuse',
      when: !written.unsafe && keepaliveMs >= keepaliveMsMin && keepaliveMs < safeKeepaliveMs,
      key: keepaliveKey(written),
      message: `keepalive ${beat} is below ${safeKeepaliveMs}ms: ${why}`,
      next,
    },
    {
      weight: 'refuse',
      when: !written.unsafe && deadMs >= deadMsMin && deadMs < safeDeadMs,
      key: deadtimeKey(written),
      message: `deadtime ${dead} is below ${safeDeadMs}ms: ${why}`,
      next,
    },
    {
      weight: 'warn',
      when: written.unsafe && isShort,
      key: 'unsafe',
      message: `unsafe allows keepalive ${beat} and deadtime ${dead}: ${why}`,
      next: 'watch the lateness of beats in hactl status, or write keepalive: 100ms and deadtime: 500ms',
    },
  ];
}

function beatRows(written: WrittenTiming, { keepaliveMs, deadMs }: Timing): readonly Row[] {
  const compared = (times: string): string =>
    `deadtime ${showDuration(deadMs)} is less than ${times} times keepalive (${showDuration(keepaliveMs)})`;
  const next = `deadtime: ${showDuration(10 * keepaliveMs)}, or a shorter keepalive`;
  return [
    {
      weight: 'refuse',
      when: deadMs < 3 * keepaliveMs,
      key: deadtimeKey(written),
      message: `${compared('three')}: two lost beats would look like a dead peer`,
      next,
    },
    {
      weight: 'warn',
      when: deadMs >= 3 * keepaliveMs && deadMs < 5 * keepaliveMs,
      key: deadtimeKey(written),
      message: `${compared('five')}: a few lost beats look like a dead peer`,
      next,
    },
  ];
}

/** Defaults are not judged: they follow from keepalive and deadtime, which are. */
function warntimeRows(written: WrittenTiming, { keepaliveMs, warnMs, deadMs }: Timing): readonly Row[] {
  if (written.warntime === undefined) return [];
  const warn = `warntime ${showDuration(warnMs)}`;
  const beat = showDuration(keepaliveMs);
  const dead = showDuration(deadMs);
  const between = `warntime: ${showDuration(usualWarnMs(keepaliveMs, deadMs))}`;
  return [
    {
      weight: 'refuse',
      when: warnMs <= 2 * keepaliveMs,
      key: 'warntime',
      message: `${warn} is not longer than twice keepalive (${beat}): the echo in a punctual beat is up to two beats old, and would be late`,
      next: between,
    },
    {
      weight: 'refuse',
      when: warnMs >= deadMs,
      key: 'warntime',
      message: `${warn} is not shorter than deadtime (${dead}): nobody would be warned`,
      next: between,
    },
    {
      weight: 'warn',
      when: warnMs > 2 * keepaliveMs && warnMs < (5 * keepaliveMs) / 2,
      key: 'warntime',
      message: `${warn} is less than two and a half times keepalive (${beat}): a beat that is a little late makes the peer suspect`,
      next: between,
    },
    {
      weight: 'warn',
      when: warnMs > deadMs / 2 && warnMs < deadMs && warnMs > 2 * keepaliveMs,
      key: 'warntime',
      message: `${warn} is more than half of deadtime (${dead}): an active node that is not heard can hardly hand over in time`,
      next: between,
    },
  ];
}

function initdeadRows(written: WrittenTiming, { deadMs, initdeadMs }: Timing): readonly Row[] {
  if (written.initdead === undefined) return [];
  const initdead = `initdead ${showDuration(initdeadMs)}`;
  const next = `initdead: ${showDuration(Math.max(2 * deadMs, initdeadMsUsual))}`;
  return [
    {
      weight: 'refuse',
      when: initdeadMs < deadMs,
      key: 'initdead',
      message: `${initdead} is shorter than deadtime (${showDuration(deadMs)})`,
      next,
    },
    {
      weight: 'warn',
      when: initdeadMs >= deadMs && initdeadMs < 2 * deadMs,
      key: 'initdead',
      message: `${initdead} is less than twice deadtime: a peer that boots at the same time may not be up by then`,
      next,
    },
  ];
}

function leaseRows(written: WrittenTiming, { deadMs, leaseMs }: Timing, isStrict: boolean): readonly Row[] {
  if (written.lease === undefined) return [];
  const lease = `lease ${showDuration(leaseMs)}`;
  const next = 'leave lease out: it follows from deadtime';
  return [
    {
      weight: 'refuse',
      when: leaseMs < leaseMsMin,
      key: 'lease',
      message: `${lease} is shorter than ${showDuration(leaseMsMin)}: it is renewed each ${renewMs}ms, and the kernel counts whole seconds`,
      next,
    },
    {
      weight: 'refuse',
      when: leaseMs > hourMs,
      key: 'lease',
      message: `${lease} is longer than an hour`,
      next,
    },
    {
      weight: 'warn',
      when: leaseMs >= leaseMsMin && leaseMs + kernelLateMs > deadMs && !isStrict,
      key: 'lease',
      message: `${lease} and the second that the kernel may be late are more than deadtime (${showDuration(deadMs)}): a node that hangs keeps its address for longer than its peer waits`,
      next: `${next}, or write takeover.strict: on`,
    },
  ];
}
