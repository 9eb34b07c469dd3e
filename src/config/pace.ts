import type { Timing } from '../core/nodeConfig.ts';
import type { ChannelPace } from './siteConfig.ts';

/** Of the newest beat's layout (`src/wire/beatLayout.ts`): all but the groups, one group, the short form. */
export const beatBytes = { fixed: 90, perGroup: 43, short: 105 } as const;
/** SLIP: a mark at both ends; one byte in 128 is doubled. */
const framed = (bytes: number): number => Math.ceil(bytes * (1 + 1 / 128)) + 2;
/** Start bit, eight bits, stop bit. */
const bitsPerByte = 10;
/** A line that is busy longer than that part of the time delays beats more than it carries. */
const busyPartMax = 4;

/** While it is alone, an echo on it is up to two and a half beats old, and a beat may be lost on either way. */
const deadBeats = 5;

/** Of the headers before a datagram: IPv4 or IPv6, and UDP. */
const headerBytes = { 4: 28, 6: 48 } as const;

/** The whole packet of a beat on ethernet: what an interface's MTU bounds. */
export function datagramBytes(groupCount: number, family: 4 | 6): number {
  return beatBytes.fixed + groupCount * beatBytes.perGroup + headerBytes[family];
}

/** How long the line is busy with so many bytes. */
export function lineMs(bytes: number, baud: number): number {
  return (framed(bytes) * bitsPerByte * 1000) / baud;
}

/** How often a serial line beats: as all do, or slower in the short form where it cannot. */
export function serialPace(baud: number, groupCount: number, timing: Timing): ChannelPace {
  const full = lineMs(beatBytes.fixed + groupCount * beatBytes.perGroup, baud);
  if (full * busyPartMax <= timing.keepaliveMs) return usualPace(timing);
  const beatMs = Math.max(timing.keepaliveMs, Math.ceil((lineMs(beatBytes.short, baud) * busyPartMax) / 10) * 10);
  return { beatMs, deadMs: Math.max(timing.deadMs, deadBeats * beatMs), isSlow: true };
}

export function usualPace(timing: Timing): ChannelPace {
  return { beatMs: timing.keepaliveMs, deadMs: timing.deadMs, isSlow: false };
}
