import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { PeerKeys } from '../../src/engine/peerKeys.ts';
import { codec, exampleBeat, newKey, oldKey, peerCodec } from '../wire/exampleBeats.ts';

const { id: older } = oldKey;
const { id: newer } = newKey;
/** This node has both keys and signs with the newer one. */
const both = { signingKeyId: newer, hasKey: (id: number) => id === older || id === newer };
const first = 'a'.repeat(16);
const second = 'b'.repeat(16);

function heard(...beats: readonly (readonly [incarnation: string, sequence: number, keyId: number])[]): PeerKeys {
  const keys = new PeerKeys();
  for (const [incarnation, sequence, keyId] of beats) keys.note({ ...exampleBeat, incarnation, sequence }, keyId);
  return keys;
}

suite('a beat is signed with', () => {
  test("this node's key alone while the peer was never heard", () => {
    assert.deepEqual(heard().toSignWith(both), [newer]);
  });

  test("the peer's key too, and first, while the peer was not heard to have this node's", () => {
    assert.deepEqual(heard([first, 1, older]).toSignWith(both), [older, newer]);
  });

  test("this node's key alone once the peer was heard to have it, whatever it signs with later", () => {
    assert.deepEqual(heard([first, 1, older], [first, 1, newer]).toSignWith(both), [newer]);
    assert.deepEqual(heard([first, 1, newer], [first, 2, older]).toSignWith(both), [newer]);
  });

  test('both again when the peer came back, perhaps with an old file', () => {
    assert.deepEqual(heard([first, 1, newer], [second, 1, older]).toSignWith(both), [older, newer]);
  });

  test("this node's key alone when it does not have the peer's", () => {
    const own = { signingKeyId: newer, hasKey: (id: number) => id === newer };
    assert.deepEqual(heard([first, 1, older]).toSignWith(own), [newer]);
  });
});

test("the peer's key is the one of its newest beat, however late older ones arrive", () => {
  assert.equal(heard().newestKeyId, undefined);
  assert.equal(heard([first, 9, newer], [first, 8, older]).newestKeyId, newer);
  assert.equal(heard([first, 9, older], [first, 9, newer]).newestKeyId, newer);
  assert.equal(heard([first, 9, newer], [second, 1, older]).newestKeyId, older);
});

test('a codec signs with any key that it has, and with no other', () => {
  const beat = { ...exampleBeat, from: 'node1' };
  for (const keyId of [older, newer]) {
    const decoded = peerCodec.decode(codec().encode(beat, 0, 'full', keyId), 0);
    assert.ok(decoded.ok);
    assert.equal(decoded.keyId, keyId);
  }
  assert.throws(() => codec().encode(beat, 0, 'full', 99), /no key 99/);
});
