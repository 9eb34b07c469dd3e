import type { NodeConfig } from '../core/nodeConfig.ts';
import { driftMs } from '../core/witnessWords.ts';
import { beatBytes, lineMs } from './pace.ts';
import type { SiteConfig } from './siteConfig.ts';
import { kernelLateMs } from './timing.ts';
import { watchdogTakeoverMs } from './watchdogGuard.ts';
import { showSeconds } from './wording.ts';

/** One condition between two times, that a configuration keeps or does not. */
export interface Inequality {
  /** Stable, for scripts. */
  readonly id: string;
  readonly sentence: string;
  /** `left` must not be more than `right`. */
  readonly leftMs: number;
  readonly rightMs: number;
  readonly isHeld: boolean;
  /** `refuse`: a configuration that does not keep it is not accepted. */
  readonly weight: 'refuse' | 'warn';
}

/** The longest silence and lateness that were measured; undefined: nothing was measured yet. */
export interface Measured {
  readonly silenceMaxMs: number | undefined;
}

/** All that apply to this configuration. A guard that is not configured has none. */
export function inequalitiesOf(site: SiteConfig, node: NodeConfig, measured: Measured): readonly Inequality[] {
  const guards = [...watchdogRows(node), ...witnessRows(node), ...fenceRows(node)];
  return [...beatRows(node, measured), ...leaseRows(node), ...guards, ...serialRows(site)].map((row) => ({
    ...row,
    isHeld: row.leftMs <= row.rightMs,
  }));
}

/** Twice the longest silence that was measured, and never less than five beats; in steps that people write. */
export function proposedDeadMs({ timing }: NodeConfig, silenceMaxMs: number): number {
  const leastMs = Math.max(5 * timing.keepaliveMs, 2 * silenceMaxMs);
  const stepMs = leastMs < 1_000 ? 50 : leastMs < 5_000 ? 100 : 500;
  return Math.ceil(leastMs / stepMs) * stepMs;
}

type Row = Omit<Inequality, 'isHeld'>;

/** Time for a peer that boots after the same power cut. */
const bootMs = 30_000;

function beatRows({ timing }: NodeConfig, { silenceMaxMs }: Measured): readonly Row[] {
  const { keepaliveMs, warnMs, deadMs, initdeadMs } = timing;
  const rows: readonly Row[] = [
    warn('deadtime', 'five keepalives fit deadtime', 5 * keepaliveMs, deadMs),
    warn('warntime-low', 'two and a half keepalives fit warntime', 2.5 * keepaliveMs, warnMs),
    warn('warntime-high', 'two warntimes fit deadtime', 2 * warnMs, deadMs),
    warn('initdead', 'twice deadtime, and half a minute, fit initdead', Math.max(2 * deadMs, bootMs), initdeadMs),
  ];
  if (silenceMaxMs === undefined) return rows;
  return [
    ...rows,
    warn('silence', 'the longest silence that was measured fits deadtime three times', 3 * silenceMaxMs, deadMs),
  ];
}

function leaseRows({ timing, takeover }: NodeConfig): readonly Row[] {
  const { renewMs, leaseMs, deadMs } = timing;
  const renewals = warn('renewal', 'three renewals fit the lease of an address', 3 * renewMs, leaseMs);
  const text = 'the lease, and the second that the kernel may be late, fit deadtime';
  // Where the lease is always waited out, deadtime need not be longer.
  return takeover.isStrict ? [renewals] : [renewals, warn('lease', text, leaseMs + kernelLateMs, deadMs)];
}

function witnessRows({ guards, timing, channels }: NodeConfig): readonly Row[] {
  if (guards.witness === undefined) return [];
  const { leaseMs, renewMs, timeoutMs, stopMs } = guards.witness;
  const text =
    'a renewal, two lost answers, the stops of a group and the error of two clocks fit the lease of the witness';
  const endMs = stopMs + driftMs(leaseMs);
  const heardMs = Math.max(timing.deadMs, ...channels.map(({ deadMs }) => deadMs));
  const heard =
    'the silence of a peer that is heard, the stops and the error of two clocks fit the lease of the witness';
  return [
    refuse('witness', text, renewMs + 2 * timeoutMs + endMs, leaseMs),
    refuse('witness-heard', heard, heardMs + endMs, leaseMs),
  ];
}

/** 4 and 6 of the inequalities: whoever waits for a reset knows when it is over. */
function watchdogRows({ guards, timing }: NodeConfig): readonly Row[] {
  const { watchdog, witness } = guards;
  if (watchdog === undefined) return [];
  const { timeoutMs } = watchdog;
  const takeoverMs = watchdogTakeoverMs(timing, watchdog);
  const rows: readonly Row[] = [
    refuse('watchdog-stall', 'warntime and a second fit the timeout of the watchdog', timing.warnMs + 1_000, timeoutMs),
    refuse('watchdog-wait', 'the watchdog, and a second, fit what the other node waits', timeoutMs + 1_000, takeoverMs),
    warn('watchdog-pet', 'three pets fit the timeout of the watchdog', 3 * timing.renewMs, timeoutMs),
  ];
  if (witness === undefined) return rows;
  const text = 'the watchdog, a renewal and a second fit the lease of the witness';
  return [...rows, refuse('watchdog-lease', text, timeoutMs + witness.renewMs + 1_000, witness.leaseMs)];
}

/** Both sides notice a cut within two beats: the delay is what keeps them from switching each other off. */
function fenceRows({ guards, timing }: NodeConfig): readonly Row[] {
  if (guards.fence === undefined) return [];
  const text = 'two beats fit the delay of the side that does not own';
  return [warn('fence-delay', text, 2 * timing.keepaliveMs, guards.fence.delayMs)];
}

/** A full beat of so many groups on the line. */
function serialRows({ channels, groups, timing }: SiteConfig): readonly Row[] {
  return channels.flatMap((channel) => {
    if (channel.type !== 'serial') return [];
    const frameMs = serialFrameMs(channel.baud, groups.length, channel.isSlow);
    const pace = channel.isSlow ? `its own pace of ${showSeconds(channel.beatMs)}` : 'keepalive';
    const rightMs = channel.isSlow ? channel.beatMs : timing.keepaliveMs;
    return [warn(`serial-${channel.name}`, `four frames of ${channel.name} fit ${pace}`, 4 * frameMs, rightMs)];
  });
}

/** How long a beat occupies a serial line. */
export function serialFrameMs(baud: number, groupCount: number, isSlow: boolean): number {
  return lineMs(isSlow ? beatBytes.short : beatBytes.fixed + groupCount * beatBytes.perGroup, baud);
}

function warn(id: string, sentence: string, leftMs: number, rightMs: number): Row {
  return { id, sentence, leftMs, rightMs, weight: 'warn' };
}

function refuse(id: string, sentence: string, leftMs: number, rightMs: number): Row {
  return { id, sentence, leftMs, rightMs, weight: 'refuse' };
}
