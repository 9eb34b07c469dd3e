import type { BeatMargins } from '../adapters/beatMargins.ts';
import type { BeatsReport } from '../control/controlProtocol.ts';
import type { NodeConfig } from '../core/nodeConfig.ts';
import type { NodeState } from '../core/state.ts';

/** Measures a beat that was just heard, if it is a new proof that the peer lives. */
export function noteMargins(
  margins: BeatMargins,
  channel: number,
  heard: { readonly before: NodeState; readonly after: NodeState; readonly atMs: number },
): void {
  const { before, after, atMs } = heard;
  margins.noteChannels(after.config.channels);
  const freshAsOfMs = after.peer.freshAsOfMs;
  if (freshAsOfMs === undefined || freshAsOfMs === before.peer.freshAsOfMs) return;
  // Another incarnation was away, however short: its silence is no measure of beats.
  const isSame = before.peer.incarnation === after.peer.incarnation && before.peer.freshAsOfMs !== undefined;
  const silenceMs = isSame ? atMs - (before.peer.freshAsOfMs ?? atMs) : undefined;
  margins.noteFresh(silenceMs, after.config.timing.deadMs, { channel, ageMs: atMs - freshAsOfMs });
}

/** What `hactl timing` shows of it; nothing before the first beat. */
export function marginsReport(
  margins: BeatMargins,
  { channels }: NodeConfig,
): Pick<BeatsReport, 'silenceMs' | 'overdue' | 'echoMs'> {
  const silenceMs = margins.silence();
  const echoes = channels.flatMap(({ name }, index) => {
    const echo = margins.echo(index);
    return echo === undefined ? [] : [[name, echo] as const];
  });
  if (silenceMs.count === 0 && echoes.length === 0) return {};
  return { silenceMs, overdue: margins.overdueCount, echoMs: Object.fromEntries(echoes) };
}
