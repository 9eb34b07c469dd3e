import type { WitnessReply, WitnessRequest } from '../../src/core/witnessWords.ts';
import type { WitnessCodecOptions, WitnessEnvelope } from '../../src/wire/witnessCodec.ts';

export const pairOptions: WitnessCodecOptions = {
  cluster: 'plone',
  nodes: ['node1', 'node2'],
  keys: [
    { id: 1, secret: new TextEncoder().encode('the key that signs') },
    { id: 2, secret: new TextEncoder().encode('a key that is accepted') },
  ],
  signingKeyId: 1,
};

export const request: WitnessRequest = {
  group: 'site',
  wish: 'renew',
  isHolding: true,
  epoch: { counter: 7, node: 'node1' },
  servedEpoch: { counter: 6, node: 'node2' },
  leaseMs: 15_000,
};

export const envelope: WitnessEnvelope = {
  from: 'node1',
  nonce: '0123456789abcdef',
  start: 'fedcba9876543210',
  sequence: 42,
};

export const reply: WitnessReply = {
  kind: 'answered',
  verdict: 'held',
  holder: 'node2',
  epoch: { counter: 8, node: 'node2' },
  servedEpoch: { counter: 8, node: 'node2' },
  renewedAgoMs: 1_200,
  otherHeardAgoMs: 300,
  waitMs: 13_865,
};
