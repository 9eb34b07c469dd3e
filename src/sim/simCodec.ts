import { type BeatCodec, createBeatCodec } from '../wire/beatCodec.ts';
import { createSigner } from '../wire/signature.ts';
import type { Machine } from './machine.ts';

const keys = [{ id: 1, secret: new TextEncoder().encode('pretended') }];

export interface SimCodecOptions {
  /** What is being decoded is what was sent, bit by bit. */
  readonly isUntouched: () => boolean;
  /** Is given what signs the frame that is being encoded, in place. */
  readonly onUnsigned: (sign: () => void) => void;
}

/**
 * The real codec of a machine's build, but for signatures that cannot matter: a frame is signed when something is about
 * to change it on its way, and checked when that was done. Signing each would take a tenth of the time of a run.
 */
export function codecOf({ config, beatVersionMax }: Machine, options: SimCodecOptions): BeatCodec {
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
    {
      ...signer,
      sign: (...frame) => options.onUnsigned(() => signer.sign(...frame)),
      isSigned: (...frame) => options.isUntouched() || signer.isSigned(...frame),
    },
  );
}
