import type { KeyRing } from '../config/authkeys.ts';
import type { KeysReport } from '../control/controlProtocol.ts';
import { keyFingerprint } from '../control/keyFingerprint.ts';
import type { NodeName } from '../core/identity.ts';

/** Ids and fingerprints; never a secret. */
export function keysReport({ signWith, keys }: KeyRing, peerKeyId: number | undefined): KeysReport {
  const accepts = keys.map((key) => ({ id: key.id, fingerprint: keyFingerprint(key) }));
  return { signsWith: signWith, accepts, peerSignsWith: peerKeyId ?? null };
}

/**
 * Why new keys are not taken over: without the key of a peer that is heard, its beats would be thrown away, and a
 * deaf node takes its peer for dead.
 */
export function whyNotTheseKeys({
  inForce,
  next,
  peer,
  peerKeyId,
}: {
  readonly inForce: KeyRing;
  readonly next: KeyRing;
  readonly peer: NodeName;
  /** Undefined: the peer is not heard. */
  readonly peerKeyId: number | undefined;
}): string | undefined {
  const theirs = inForce.keys.find(({ id }) => id === peerKeyId);
  if (theirs === undefined) return undefined;
  const kept = next.keys.find(({ id }) => id === theirs.id);
  if (kept !== undefined && keyFingerprint(kept) === keyFingerprint(theirs)) return undefined;
  const what = kept === undefined ? 'is no longer in authkeys' : 'is another one in authkeys';
  return `${peer} signs with key ${theirs.id} (${keyFingerprint(theirs)}), which ${what}: its beats would not be believed, and it would look dead; let ${peer} sign with another key first: hactl keys rotate`;
}
