import type { Beat } from '../core/beat.ts';

/**
 * With which keys the peer signs: those it has for certain.
 *
 * While it was not heard to have this node's signing key, each beat is sent a second time under a key that it has:
 * a rotation in the wrong order, or a peer that came back with an old file, must not look like a dead node.
 */
export class PeerKeys {
  #incarnation: string | undefined;
  #newest: { readonly keyId: number; readonly sequence: number } | undefined;
  readonly #heard = new Set<number>();

  /** The key of the peer's newest beat; undefined before the first one. */
  get newestKeyId(): number | undefined {
    return this.#newest?.keyId;
  }

  note({ incarnation, sequence }: Beat, keyId: number): void {
    if (incarnation !== this.#incarnation) {
      this.#incarnation = incarnation;
      this.#newest = undefined;
      this.#heard.clear();
    }
    this.#heard.add(keyId);
    if (this.#newest === undefined || sequence >= this.#newest.sequence) this.#newest = { keyId, sequence };
  }

  /**
   * The keys to sign a beat with, of those that this node has. The one that the peer has comes first: a serial line
   * carries no second copy.
   */
  toSignWith(codec: { readonly signingKeyId: number; hasKey(keyId: number): boolean }): readonly number[] {
    const own = codec.signingKeyId;
    const theirs = this.#newest?.keyId;
    const isKnownToPeer = this.#heard.has(own);
    return isKnownToPeer || theirs === undefined || !codec.hasKey(theirs) ? [own] : [theirs, own];
  }
}
