import type { Beat } from './beat.ts';
import type { Incarnation } from './identity.ts';
import type { PeerState } from './peerState.ts';
import type { NodeState } from './state.ts';

/** An incarnation that beats but has not echoed this node yet. */
export interface Candidate {
  readonly incarnation: Incarnation;
  readonly beatVersionMax: number;
  readonly highestSequence: number;
  readonly atMs: number;
  /** Deadtime of its channel after that, where it counts on as a daemon does that lives. */
  readonly untilMs: number;
}

/** An incarnation that has not echoed this one, and how far its beats have counted. */
export interface Newcomer {
  readonly incarnation: Incarnation;
  readonly highestSequence: number;
  readonly atMs: number;
  /** Of its beats without a gap of two deadtimes. */
  readonly first: { readonly sequence: number; readonly atMs: number };
}

/** A pair restarts a few times a day at the most: more within an hour are recordings. */
const newcomersMax = 16;
const forgottenAfterMs = 3_600_000;

/**
 * Takes in a beat of an incarnation that has not echoed this one. Such a beat makes this node wait, and whoever has
 * recorded some can play them without the key, to a node whose peer is dead. What a recording wins is bounded.
 *
 * N1. Each beat counts once within an hour, of whatever incarnation, in ascending order.
 * N2. A daemon that started after one that has echoed this incarnation knows no earlier daemon of this node: a beat that
 *     echoes one was recorded. What was recorded otherwise comes from a daemon that heard nobody.
 * N3. A daemon that lives counts its beats up all the time. Beats that come slower than they were sent count for no
 *     longer than `paceMs` each, after a grace of two deadtimes, in which a machine may have stood still.
 *
 * Returns undefined where the beat is no news, and no candidate where it does not count.
 */
export function meetNewcomer(
  state: NodeState,
  beat: Beat,
  atMs: number,
  deadMs: number,
): Pick<PeerState, 'candidate' | 'newcomers'> | undefined {
  const { incarnation, sequence } = beat;
  const { peer } = state;
  if (peer.incarnation !== undefined && beat.echo !== undefined && beat.echo.incarnation !== state.incarnation) {
    return undefined;
  }
  const remembered = peer.newcomers.filter((other) => atMs - other.atMs < forgottenAfterMs);
  const known = remembered.find((other) => other.incarnation === incarnation);
  if (known === undefined ? remembered.length >= newcomersMax : sequence <= known.highestSequence) return undefined;
  const goesOn = known !== undefined && atMs - known.atMs < 2 * deadMs;
  const newcomer: Newcomer = {
    incarnation,
    highestSequence: sequence,
    atMs,
    first: goesOn ? known.first : { sequence, atMs },
  };
  const { first } = newcomer;
  const untilMs = Math.min(atMs + deadMs, first.atMs + 2 * deadMs + (sequence - first.sequence) * paceMs(state));
  const candidate = { incarnation, beatVersionMax: beat.versionMax, highestSequence: sequence, atMs, untilMs };
  return {
    candidate: untilMs > atMs ? candidate : undefined,
    newcomers: [...remembered.filter((other) => other !== known), newcomer],
  };
}

/** More than two beats of the slowest line: of a peer whose config is another one, too. */
function paceMs({ config }: NodeState): number {
  return Math.max(config.timing.warnMs, ...config.channels.map(({ beatMs }) => 2.5 * beatMs));
}
