import { leaseSlackMs } from '../core/ask.ts';
import { silentMs } from '../core/slowLine.ts';
import { regrantMs } from '../core/witnessWords.ts';
import { fenceBounds } from './fenceBounds.ts';
import type { SiteConfig, SiteGroup } from './siteConfig.ts';
import { kernelLateMs } from './timing.ts';
import { mediaOf } from './warnings.ts';
import { watchdogTakeoverMs } from './watchdogGuard.ts';
import { showSeconds } from './wording.ts';

/** One promise of this configuration, with its figure: what `hactl check` prints. */
export interface Bound {
  /** Stable, for scripts. */
  readonly id:
    | 'takeover'
    | 'takeover-watchdog'
    | 'planned-move'
    | 'address-overlap-hang'
    | 'address-overlap-stall'
    | 'service-overlap-hang'
    | 'overlap-split'
    | 'lost-writes'
    | 'slow-channel';
  readonly sentence: string;
  /** Undefined where there is no bound in time, or where it depends on when people act. */
  readonly ms: number | undefined;
  /** What would make it better. */
  readonly improve?: string;
}

/** A healed split is settled within so many beats of contact. */
const beatsToHeal = 4;

/** How long an outage and how long an overlap may be at the most. */
export function boundsOf(site: SiteConfig): readonly Bound[] {
  const { fence } = site.guards;
  const guarded = fence !== undefined && site.takeover.mode === 'auto' ? fenceBounds(site, fence) : [];
  const better = new Map(guarded.map((bound) => [bound.id, bound]));
  return usualBounds(site).map((bound) => better.get(bound.id) ?? bound);
}

/** Without a fence. */
function usualBounds(site: SiteConfig): readonly Bound[] {
  return [
    takeoverBound(site),
    ...watchdogWait(site),
    plannedBound(),
    addressOverlap(site),
    stallOverlap(site),
    serviceOverlap(site),
    splitOverlap(site),
    ...site.groups.filter(({ dataClass }) => dataClass === 'copied').map(lostWrites),
    ...slowChannels(site),
  ];
}

function isAutomatic(site: SiteConfig): boolean {
  if (site.guards.witness !== undefined) return true;
  const isSilenceEnough = mediaOf(site).length > 1 || site.takeover.isSingleChannelAllowed;
  return site.takeover.mode === 'auto' && isSilenceEnough;
}

function takeoverBound(site: SiteConfig): Bound {
  const { leaseMs } = site.timing;
  if (!isAutomatic(site)) {
    const why = site.takeover.mode === 'manual' ? 'takeover.mode is manual' : 'there is only one medium';
    return {
      id: 'takeover',
      sentence: `when the active node dies, its groups wait for an operator (hactl confirm-dead): ${why}`,
      ms: undefined,
      improve: site.takeover.mode === 'manual' ? 'takeover.mode: auto' : 'a channel on a second medium',
    };
  }
  const lease = site.guards.witness?.leaseMs ?? 0;
  const slowest = slowestLine(site);
  const quietMs = Math.max(slowest.ms, lease === 0 ? 0 : Math.round(regrantMs(lease)));
  const ms = site.takeover.isStrict ? Math.max(quietMs, leaseMs + leaseSlackMs) : quietMs;
  const over = [
    ...(lease > slowest.ms ? ['the lease of the witness'] : [slowest.what]),
    ...(site.takeover.isStrict ? ['lease'] : []),
  ];
  const after = `${over.join(' and ')} ${over.length > 1 ? 'are' : 'is'} over`;
  return {
    id: 'takeover',
    sentence: `when the active node dies, the other starts its groups after ${showSeconds(ms)}: ${after}`,
    ms,
    improve:
      lease > slowest.ms ? 'shorter stop timeouts, and guards.witness.lease as short as they allow' : slowest.improve,
  };
}

/** Who falls silent is dead after this time: deadtime, or what the slowest line needs to be heard at all. */
function slowestLine({ channels, timing }: SiteConfig): Readonly<Record<'what' | 'improve', string>> & { ms: number } {
  const isEachSlow = channels.every(({ isSlow }) => isSlow);
  const deadtime = { ms: timing.deadMs, what: 'deadtime', improve: 'a shorter deadtime' };
  return channels.reduce((slowest, channel) => {
    const ms = isEachSlow ? channel.deadMs : silentMs(channel, { timing });
    const beats = isEachSlow ? 'five' : 'three';
    return ms > slowest.ms
      ? { ms, what: `the time of ${beats} beats of ${channel.name}`, improve: 'a higher baud' }
      : slowest;
  }, deadtime);
}

/** Evidence E3 has its time, also where deadtime is shorter. */
function watchdogWait(site: SiteConfig): readonly Bound[] {
  const { watchdog } = site.guards;
  if (watchdog === undefined || !isAutomatic(site)) return [];
  const ms = watchdogTakeoverMs(site.timing, watchdog);
  const sentence = `when the active node was heard with its watchdog armed, the other waits for ${showSeconds(ms)}: a machine that hangs has been reset by then`;
  return [{ id: 'takeover-watchdog', sentence, ms, improve: 'a shorter guards.watchdog.timeout' }];
}

function plannedBound(): Bound {
  const sentence = 'in a planned move nothing starts before everything has stopped, verified: no overlap';
  return { id: 'planned-move', sentence, ms: 0 };
}

/** The peer asks for the address before it takes it, so that this overlap needs a LAN that is cut as well. */
function addressOverlap(site: SiteConfig): Bound {
  const { deadMs, leaseMs } = site.timing;
  const goneMs = leaseMs + kernelLateMs;
  const ms = site.takeover.isStrict || !isAutomatic(site) ? 0 : Math.max(0, goneMs - deadMs);
  const gone = `the kernel removes its addresses within ${showSeconds(goneMs)}`;
  const sentence =
    ms === 0
      ? `when a daemon dies or hangs, ${gone}, before the other node takes them: no overlap`
      : `when a daemon dies or hangs, ${gone}: they may be on both nodes for ${showSeconds(ms)}, if the first one does not answer ARP`;
  return ms === 0
    ? { id: 'address-overlap-hang', sentence, ms }
    : { id: 'address-overlap-hang', sentence, ms, improve: 'takeover.strict: on, or a longer deadtime' };
}

/** Lifetimes stand still with the machine, so that waking up leaves the rest of the lease. */
function stallOverlap(site: SiteConfig): Bound {
  const id = 'address-overlap-stall';
  if (!isAutomatic(site)) {
    const sentence = 'when the whole machine stalls and wakes, nobody has taken its addresses: no overlap';
    return { id, sentence, ms: 0 };
  }
  if (site.guards.watchdog !== undefined) {
    const sentence = `when the whole machine stalls, its watchdog resets it within ${showSeconds(site.guards.watchdog.timeoutMs)}, before the other takes over: no overlap, where the device counts on while the machine stalls`;
    return { id, sentence, ms: 0 };
  }
  const ms = site.timing.leaseMs + kernelLateMs;
  const sentence = `when the whole machine stalls for longer than deadtime and wakes, it renews nothing before it has heard the peer, and its addresses are gone within ${showSeconds(ms)} even if it hears nothing`;
  return { id, sentence, ms, improve: 'a shorter lease; guards.watchdog' };
}

function serviceOverlap(site: SiteConfig): Bound {
  const { deadMs, leaseMs } = site.timing;
  if (site.guards.watchdog !== undefined) {
    const { timeoutMs } = site.guards.watchdog;
    return {
      id: 'service-overlap-hang',
      sentence: `when a daemon hangs, or dies and is not back within ${showSeconds(timeoutMs)}, or loses its runner for so long, the watchdog resets its machine with all that runs there: no overlap`,
      ms: 0,
    };
  }
  const free = site.groups.filter(({ hasDeadMan }) => !hasDeadMan).map(({ name }) => name);
  if (free.length > 0) {
    return {
      id: 'service-overlap-hang',
      sentence: `when a daemon dies or hangs for good, the services of ${free.join(', ')} go on until somebody stops them`,
      ms: undefined,
      improve: 'deadMan: on',
    };
  }
  const ms = Math.max(leaseMs, deadMs) + longest(site.groups.map(stopMs));
  const sentence = `when a daemon dies or hangs for good, its services are stopped within ${showSeconds(ms)}: max(lease, deadtime), and the stop timeouts of a group`;
  return { id: 'service-overlap-hang', sentence, ms, improve: 'shorter stop timeouts; guards.watchdog' };
}

function splitOverlap(site: SiteConfig): Bound {
  if (site.guards.witness !== undefined) {
    const sentence =
      'when all channels fail while both nodes live, the one with the lease of the witness serves; the other has stopped before: no overlap, unless its scripts do not stop in time or its daemon stands still';
    return {
      id: 'overlap-split',
      sentence,
      ms: 0,
      improve: 'guards.watchdog, for a daemon that stands still',
    };
  }
  if (!isAutomatic(site)) {
    const sentence = 'when all channels fail while both nodes live, the other node does not take over: no overlap';
    return { id: 'overlap-split', sentence, ms: 0 };
  }
  const ms = beatsToHeal * site.timing.keepaliveMs + longest(site.groups.map(stopMs));
  const media = mediaOf(site);
  const lost = media.length > 1 ? `all of ${media.join(', ')} fail within one deadtime` : `${media.join()} fails`;
  const sentence = `when ${lost} while both nodes live, both are active until the first beat after the heal, and one stops within ${showSeconds(ms)} of it`;
  const improve =
    media.length > 1
      ? 'guards.fence or guards.witness; another medium'
      : 'a second medium, guards.fence or guards.witness';
  return { id: 'overlap-split', sentence, ms, improve };
}

function lostWrites(group: SiteGroup): Bound {
  return {
    id: 'lost-writes',
    sentence: `a takeover of ${group.name} loses what was written since the last sync; a copy that is more than ${showSeconds(group.maxLagMs)} behind is not taken by itself`,
    ms: group.maxLagMs,
    improve: 'more frequent syncs and a shorter maxLag',
  };
}

function slowChannels(site: SiteConfig): readonly Bound[] {
  return site.channels
    .filter(({ isSlow }) => isSlow)
    .map(({ name, beatMs, deadMs }) => ({
      id: 'slow-channel',
      sentence: `${name} is too slow for keepalive: it beats each ${showSeconds(beatMs)}, and is down after ${showSeconds(deadMs)} without a beat`,
      ms: beatMs,
      improve: 'a higher baud',
    }));
}

/** A stop may take the timeout of each of its resources, one after the other. */
function stopMs({ resources }: SiteGroup): number {
  return resources.filter(({ side }) => side === 'owner').reduce((sum, { stopTimeoutMs }) => sum + stopTimeoutMs, 0);
}

function longest(times: readonly number[]): number {
  return Math.max(0, ...times);
}
