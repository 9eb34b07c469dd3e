import { randomBytes } from 'node:crypto';
import type { WitnessPlace } from '../adapters/witnessClient.ts';
import { WitnessCaller } from '../wire/witnessCaller.ts';
import { createWitnessCodec } from '../wire/witnessCodec.ts';
import type { DaemonConfig } from './readConfig.ts';

/** Where the witness of this config is, and how this node talks to it. */
export function witnessPlaceOf({ node, keys, witness }: DaemonConfig): WitnessPlace | undefined {
  if (witness === undefined) return undefined;
  const codec = createWitnessCodec({
    cluster: node.cluster,
    nodes: [node.self, node.peer],
    keys: keys.keys,
    signingKeyId: keys.signWith,
  });
  return {
    address: witness.address,
    port: witness.port,
    createTalk: (send) =>
      new WitnessCaller({ codec, self: node.self, drawNonce: () => randomBytes(8).toString('hex'), send }),
  };
}
