import type { GroupBeat, Phase } from './beat.ts';
import type { BootId, Incarnation } from './identity.ts';
import type { Candidate, Newcomer } from './newcomer.ts';

/** What one node knows of the other, from its beats alone. */
export interface PeerState {
  /** The incarnation whose beats are the truth: it has echoed this node's. */
  readonly incarnation: Incarnation | undefined;
  readonly bootId: BootId | undefined;
  readonly highestSequence: number;
  /** The highest version of the beat that it speaks, as its newest beat says; undefined before the first. */
  readonly beatVersionMax: number | undefined;
  readonly phase: Phase;
  /** The phase in the newest beat, fresh or not. */
  readonly newestPhase: Phase;
  readonly hearsOn: number;
  /** As `Beat.selfFenceMs` and `Beat.pingsAnswering`, of the newest fresh beat. */
  readonly selfFenceMs: number;
  readonly pingsAnswering: number | undefined;
  /** By how much its clock is ahead of this one, as far as the newest fresh beat says. For people. */
  readonly clockAheadSeconds: number | undefined;
  /** Send time of the newest beat of this node that the peer has echoed: the peer was alive after it. */
  readonly freshAsOfMs: number | undefined;
  /** The highest of this node's sequences that the peer has echoed. */
  readonly echoedSequence: number;
  /** The first sequence that was fresh since it was last silent or restarted: what was said before may be over. */
  readonly heardSinceSequence: number;
  /** When a new, in-sequence, authentic beat last arrived, fresh or not. */
  readonly newAtMs: number | undefined;
  /** Until when it counts as arriving: deadtime of its channel after it. */
  readonly newUntilMs: number | undefined;
  /** Since when such beats arrive without a gap of warntime. */
  readonly arrivingSinceMs: number | undefined;
  /** An incarnation that beats but has not echoed this node yet. */
  readonly candidate: Candidate | undefined;
  /** Incarnations that have beaten in the last hour and not echoed this node, and how far they have counted. */
  readonly newcomers: readonly Newcomer[];
  /** Incarnations that were replaced: their beats are old news, until one echoes what the current one has not. */
  readonly retired: readonly Incarnation[];
  /** What fresh beats said. */
  readonly groups: Readonly<Record<string, PeerGroup>>;
  /** What any in-sequence beat said, old ones too: enough to yield to, never to claim by. */
  readonly latest: Readonly<Record<string, PeerGroup>>;
  readonly reported: 'nothing' | 'heard' | 'late' | 'silent' | 'left';
  /** When it was first heard by this incarnation, and whether it had been up before. */
  readonly met: { readonly atMs: number; readonly isUp: boolean } | undefined;
}

/**
 * What is known of a group that the peer's config lacks.
 *
 * - `free` this daemon of the peer said that nothing of it runs there, or this node has served it since
 * - `unsaid` it has not said so
 * - `mayRun` the last that its daemon before said was that something of it runs
 */
export type Lack = (typeof lacks)[number];
export const lacks = ['free', 'unsaid', 'mayRun'] as const;

/** What the peer last said of a group, by the highest sequence that named it. */
export interface PeerGroup {
  readonly sequence: number;
  /** Undefined where the peer's config lacks the group, and while it has not told of one that came into this node's config. */
  readonly beat: GroupBeat | undefined;
  /** Its newest full beat did not name the group. */
  readonly lack: Lack | undefined;
  /** In which it said so. */
  readonly phase: Phase;
  /** Since when it is known to own under this epoch; undefined when it does not. */
  readonly ownsSinceWallMs: number | undefined;
  /** It has restarted, and has not been active since. */
  readonly isBack: boolean;
  /** This node saw this incarnation, or the one before it, own the group. */
  readonly wasSeenOwning: boolean;
  /** It owned, and came back without it: its new incarnation does not hold what the old one held. */
  readonly hasLostByRestart: boolean;
}
