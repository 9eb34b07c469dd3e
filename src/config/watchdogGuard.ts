import * as z from 'zod';
import type { Timing, WatchdogConfig, WitnessGuard } from '../core/nodeConfig.ts';
import { type Problem, problemAt } from './problem.ts';
import type { Yaml } from './readPart.ts';
import { showDuration } from './wording.ts';

const deviceHint = 'write the whole path of the device, for example /dev/watchdog';
export const watchdogDevice = z.string({ error: deviceHint }).regex(/^\/[\x21-\x7e]{1,254}$/, deviceHint);

/** The kernel counts in whole seconds, and the loop pets each half second: it may miss two. */
const timeoutMsMin = 2000;
const timeoutMsMax = 600_000;

/** What is impossible about the watchdog is noted in `yaml`. */
export function judgeWatchdog(
  yaml: Yaml,
  { timeoutMs }: WatchdogConfig,
  { warnMs }: Timing,
  witness: WitnessGuard | undefined,
): void {
  const timeout = showDuration(timeoutMs);
  const rows = [
    {
      when: timeoutMs % 1000 !== 0 || timeoutMs < timeoutMsMin || timeoutMs > timeoutMsMax,
      message: `timeout ${timeout} is not one of whole seconds, ${showDuration(timeoutMsMin)} to ${showDuration(timeoutMsMax)}`,
    },
    {
      when: timeoutMs <= warnMs + 1000,
      message: `timeout ${timeout} is not longer than warntime (${showDuration(warnMs)}) and a second: after a stall the daemon hears its peer before it pets again`,
    },
  ];
  if (witness !== undefined) rows.push(...witnessRows(timeoutMs, witness));
  const place = yaml.places.ofValue(['guards', 'watchdog', 'timeout']);
  const usualMs = Math.max(10_000, 1000 * Math.ceil((2 * warnMs) / 1000));
  const next =
    witness !== undefined && usualMs > witness.leaseMs - witness.renewMs - 1000
      ? 'a shorter timeout, or a longer guards.witness.lease'
      : `timeout: ${showDuration(usualMs)}`;
  const found: Problem[] = rows
    .filter(({ when }) => when)
    .map(({ message }) => problemAt(yaml.file, place, message, next));
  yaml.problems.push(...found.slice(0, 1));
}

/** 6 of the timing inequalities: a machine that hangs is reset before its lease is given away. */
function witnessRows(
  timeoutMs: number,
  { leaseMs, renewMs }: WitnessGuard,
): readonly { when: boolean; message: string }[] {
  const message = `timeout ${showDuration(timeoutMs)} is longer than the lease of the witness (${showDuration(leaseMs)}) less one renewal and a second: a machine that hangs would be reset after the other one has its lease`;
  return [{ when: timeoutMs > leaseMs - renewMs - 1000, message }];
}

/** From the last beat of a node with a watchdog to its takeover: deadtime, or twice what the watchdog takes (4 of the inequalities). */
export function watchdogTakeoverMs({ deadMs }: Timing, { timeoutMs }: WatchdogConfig): number {
  return Math.max(deadMs, 2 * (timeoutMs + petAgeMs));
}

/** Orders to pet that are older are dropped. */
const petAgeMs = 250;
