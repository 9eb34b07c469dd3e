/**
 * Why a node may believe that nobody else holds a group. Recorded with each claim.
 *
 * - `E1` the peer said so: everything stopped and verified, or a new boot or incarnation that runs nothing
 * - `E2` the peer was fenced, which was verified, and it has not been heard since
 * - `E3` its loop stalled or died, and the watchdog that it announced has reset its machine since
 * - `E4` the witness granted this node the lease
 * - `E5` an operator confirmed it, with a reason
 * - `E6` channels of at least two media fell silent together while this node's own view is healthy
 * - `E7` anything less: one medium
 * - `agreed` both are heard, neither holds, and both come to the same choice
 * - `own` this node is the last owner and never told the peer to take it
 * - `alone` the peer was never heard, and the group's data class or the disk allows to go on
 */
export type Evidence = 'E1' | 'E2' | 'E3' | 'E4' | 'E5' | 'E6' | 'E7' | 'agreed' | 'own' | 'alone';

export const evidenceSentences: Readonly<Record<Evidence, string>> = {
  E1: 'the peer said itself that it runs nothing of the group',
  E2: 'the peer was fenced, and has not been heard since',
  E3: 'the bound that the peer announced has passed: if it hangs, its watchdog has reset it',
  E4: 'the witness granted this node the lease, after that of the peer was over',
  E5: 'an operator confirmed that the peer is dead or has stopped',
  E6: 'channels of at least two media fell silent together while this node is healthy',
  E7: 'one medium fell silent, and single-channel takeover is allowed',
  agreed: 'both nodes are heard, neither holds the group, and both choose this node',
  own: 'this node is the last owner, and the peer was never told to take the group',
  alone: 'the peer was never heard since the start',
};

/** Of a line of the journal: the class of evidence, where it decides. Of a node that holds the group already it does not. */
export function decisiveEvidence(line: {
  readonly id?: unknown;
  readonly evidence?: unknown;
  readonly facts?: unknown;
}): string | undefined {
  const { id, evidence, facts } = line;
  if (typeof evidence !== 'string' || !/^E\d$/.test(evidence)) return undefined;
  const isFree = typeof facts !== 'object' || facts === null || !('holding' in facts) || facts.holding === 'nothing';
  return id === 'claimed' || isFree ? evidence : undefined;
}
