import { type BeatCodec, createBeatCodec } from '../wire/beatCodec.ts';
import { createSigner } from '../wire/signature.ts';
import type { Machine } from './machine.ts';

const keys = [{ id: 1, secret: new TextEncoder().encode('pretended') }];

/**
 * The real codec of a machine's build. What arrives as it was sent is signed, and not checked again: only what became
 * another frame on its way is.
 */
export function codecOf({ config, beatVersionMax }: Machine, isUntouched: () => boolean): BeatCodec {
  const signer = createSigner(keys, 1);
  return createBeatCodec(
    {
      cluster: config.cluster,
      self: config.self,
      peer: config.peer,
      groupNames: config.groups.map(({ name }) => name),
      keys,
      signingKeyId: signer.keyId,
      versionMax: beatVersionMax,
    },
    { ...signer, isSigned: (...frame) => isUntouched() || signer.isSigned(...frame) },
  );
}
