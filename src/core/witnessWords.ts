import type { Epoch, NodeName } from './identity.ts';

/**
 * What a node asks of the witness about one group.
 *
 * `renew` takes the lease or renews it · `release` gives it back · `look` changes nothing.
 */
export interface WitnessRequest {
  readonly group: string;
  readonly wish: WitnessWish;
  /** The sender may run something of the group: a witness that lost its memory believes nobody else. */
  readonly isHolding: boolean;
  /** The highest epoch that the sender knows. */
  readonly epoch: Epoch;
  readonly servedEpoch: Epoch;
  readonly leaseMs: number;
}

export const witnessWishes = ['look', 'renew', 'release'] as const;
export type WitnessWish = (typeof witnessWishes)[number];

/**
 * What became of a request. The order is that of the wire.
 *
 * - `again` another start of the witness, or an old sequence: nothing was looked at
 * - `granted` the lease is the sender's, from before it asked
 * - `held` the other node's lease is not over
 * - `settling` the witness has just started, and does not know whose the lease is
 * - `stale` the lease is free, and the sender does not know the newest epoch; it is in the answer
 * - `released` nobody holds it any more, or the sender never did
 * - `seen` the answer to a look
 * - `unwritable` the witness cannot write down what it would grant
 * - `full` more groups than a witness keeps for a cluster
 */
export const witnessVerdicts = [
  'again',
  'granted',
  'held',
  'settling',
  'stale',
  'released',
  'seen',
  'unwritable',
  'full',
] as const;
export type WitnessVerdict = (typeof witnessVerdicts)[number];

export interface WitnessReply {
  readonly kind: 'answered';
  readonly verdict: WitnessVerdict;
  /** '' for nobody. */
  readonly holder: NodeName;
  readonly epoch: Epoch;
  readonly servedEpoch: Epoch;
  /** Since the holder last renewed; of no meaning without a holder. */
  readonly renewedAgoMs: number;
  /** Since the witness last heard the other node of the pair; undefined: not since its start. */
  readonly otherHeardAgoMs: number | undefined;
  /** How long the lease is not for the sender, if nobody renews it. */
  readonly waitMs: number;
}

/** `silent`: no authentic answer came in time. */
export type WitnessAnswer = WitnessReply | { readonly kind: 'silent' };

/** How far two clocks may run apart while a lease lasts: 1 in 1000, and what a timer is late. */
export function driftMs(leaseMs: number): number {
  return leaseMs / 1_000 + 50;
}

/** After so long without a renewal the lease may be given to another node. */
export function regrantMs(leaseMs: number): number {
  return leaseMs + driftMs(leaseMs);
}
