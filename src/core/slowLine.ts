import type { ChannelConfig, NodeConfig } from './nodeConfig.ts';

/**
 * A slow line beats at its own pace (`src/config/pace.ts`). A frame takes a quarter of a beat, and the answer waits for
 * the next beat: while nothing else carries beats, what is echoed is up to two and a half beats old when the next comes.
 */
const lateBeats = 3;
/** Beside a channel that keeps up, whose echoes the line carries, they are younger: two beats were missed by then. */
const silentBeats = 3;

/** After which time the line counts as silent together with channels that keep up. */
export function silentMs(
  { isSlow, beatMs, deadMs }: Pick<ChannelConfig, 'isSlow' | 'beatMs' | 'deadMs'>,
  { timing }: { readonly timing: { readonly deadMs: number } },
): number {
  return isSlow ? Math.max(timing.deadMs, silentBeats * beatMs) : Math.max(timing.deadMs, deadMs);
}

/** For how long a beat that came on a channel counts as fresh; on a slow line that is alone, one that is lost is no matter. */
export function freshMs(channel: ChannelConfig, config: NodeConfig, isAlone: boolean): number {
  return isAlone ? Math.max(config.timing.deadMs, channel.deadMs) : silentMs(channel, config);
}

/** After which time without a fresh beat the peer is late: in proportion, on a slow line. */
export function lateMs(channel: ChannelConfig, config: NodeConfig, isAlone: boolean): number {
  const { warnMs, deadMs } = config.timing;
  if (!channel.isSlow) return warnMs;
  return Math.max(warnMs, isAlone ? lateBeats * channel.beatMs : (silentMs(channel, config) * warnMs) / deadMs);
}
