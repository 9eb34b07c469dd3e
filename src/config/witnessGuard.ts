import type { Timing, WitnessGuard } from '../core/nodeConfig.ts';
import { driftMs } from '../core/witnessWords.ts';
import { type Problem, problemAt } from './problem.ts';
import { atValue, type Yaml } from './readPart.ts';
import type { ChannelPace, SiteGroup } from './siteConfig.ts';
import { showDuration, showSeconds } from './wording.ts';

/** What the file says. */
export interface WitnessEntry {
  readonly address: string;
  readonly port: number;
  readonly lease?: number | undefined;
}

/** The witness of a site: where it is, and by which times the two nodes use it. */
export interface SiteWitness extends WitnessGuard {
  readonly address: string;
  readonly port: number;
}

export interface WitnessReading {
  readonly witness: SiteWitness;
  readonly warnings: readonly Problem[];
}

const usualLeaseMs = 15_000;
const leaseMsMax = 3_600_000;
/** Asking the kernel takes milliseconds; a script may take its whole timeout. */
const addressStopMs = 1_000;
/** A takeover that waits for longer is worth a word. */
const longLeaseMs = 30_000;

/** With all defaults; an impossible lease is noted in `yaml`, with the numbers. `hosts`: as for ping targets. */
export function readWitness(
  yaml: Yaml,
  entry: WitnessEntry,
  site: {
    readonly groups: readonly SiteGroup[];
    readonly timing: Timing;
    readonly channels: readonly ChannelPace[];
    readonly hosts: ReadonlyMap<string, string>;
  },
): WitnessReading {
  const { address, lease } = entry;
  const node = site.hosts.get(address);
  if (node !== undefined) {
    const message = `${address} is ${node}: a witness that dies with one of the two decides nothing`;
    yaml.problems.push(atValue(yaml, ['guards', 'witness', 'address'], message, 'name a third machine'));
  }
  const { groups, timing, channels } = site;
  const stopMs = Math.max(0, ...groups.map(stopMsOf));
  const heardMs = Math.max(timing.deadMs, ...channels.map(({ deadMs }) => deadMs));
  const leaseMs = lease ?? shortestLeaseMs(stopMs, heardMs);
  const witness = { address, port: entry.port, leaseMs, ...pollOf(leaseMs), stopMs };
  const place = yaml.places.ofValue(['guards', 'witness', 'lease']);
  const least = leastLeaseMs(leaseMs, stopMs, heardMs);
  if (leaseMs > leaseMsMax) {
    const message = `guards.witness.lease: ${showDuration(leaseMs)} is longer than an hour`;
    yaml.problems.push(problemAt(yaml.file, place, message, `lease: ${showDuration(usualLeaseMs)}`));
  } else if (leaseMs < least) {
    yaml.problems.push(problemAt(yaml.file, place, tooShort(witness, heardMs, groups), longer(stopMs, heardMs)));
  }
  return { witness, warnings: leaseMs > longLeaseMs && stopMs > 0 ? [longWarning(yaml, witness, groups)] : [] };
}

/** How often the lease is renewed, and how long an answer is waited for. */
function pollOf(leaseMs: number): { readonly renewMs: number; readonly timeoutMs: number } {
  return {
    renewMs: Math.round(Math.min(5_000, Math.max(200, leaseMs / 10))),
    timeoutMs: Math.round(Math.min(1_000, Math.max(100, leaseMs / 15))),
  };
}

/**
 * A renewal and two requests that get no answer fit before an owner must begin to stop, and so does the silence of a
 * peer that is heard: else a witness that is gone would make an owner stop whose peer answers.
 */
function leastLeaseMs(leaseMs: number, stopMs: number, heardMs: number): number {
  const { renewMs, timeoutMs } = pollOf(leaseMs);
  return Math.max(renewMs + 2 * timeoutMs, heardMs + 1) + stopMs + driftMs(leaseMs);
}

function shortestLeaseMs(stopMs: number, heardMs: number): number {
  let leaseMs = usualLeaseMs;
  while (leaseMs < leastLeaseMs(leaseMs, stopMs, heardMs)) leaseMs += 1_000;
  return leaseMs;
}

/** Right to left, one after the other. */
function stopMsOf({ resources }: SiteGroup): number {
  return resources
    .filter(({ side }) => side === 'owner')
    .reduce((sum, { means, stopTimeoutMs }) => sum + (means.kind === 'address' ? addressStopMs : stopTimeoutMs), 0);
}

function tooShort(witness: WitnessGuard, heardMs: number, groups: readonly SiteGroup[]): string {
  const { leaseMs, stopMs, renewMs, timeoutMs } = witness;
  const rightMs = leaseMs - stopMs - driftMs(leaseMs);
  const begins = `an owner begins to stop ${showSeconds(Math.max(0, rightMs))} after it was last granted: ${showSeconds(stopMs)} for the stops of ${slowestOf(groups)} and ${showSeconds(Math.round(driftMs(leaseMs)))} for clocks come off`;
  const needs =
    heardMs >= renewMs + 2 * timeoutMs
      ? `that is not more than deadtime (${showSeconds(heardMs)})`
      : `a renewal each ${showSeconds(renewMs)} and two answers of ${showSeconds(timeoutMs)} do not fit`;
  return `guards.witness.lease: ${showDuration(leaseMs)} is too short: ${begins}; ${needs}`;
}

function longer(stopMs: number, heardMs: number): string {
  return `lease: ${showDuration(shortestLeaseMs(stopMs, heardMs))}, or shorter stop timeouts below groups`;
}

function longWarning(yaml: Yaml, { leaseMs, stopMs }: WitnessGuard, groups: readonly SiteGroup[]): Problem {
  const message = `a takeover waits ${showSeconds(leaseMs)} for the lease, because the stops of ${slowestOf(groups)} may take ${showSeconds(stopMs)}`;
  const next = 'write stop timeouts that fit what the scripts really take, below groups: NAME: resources:';
  return problemAt(yaml.file, yaml.places.ofKey(['guards', 'witness']), message, next);
}

function slowestOf(groups: readonly SiteGroup[]): string {
  const [slowest] = groups.toSorted((a, b) => stopMsOf(b) - stopMsOf(a));
  return slowest === undefined ? 'no group' : `group ${slowest.name}`;
}
