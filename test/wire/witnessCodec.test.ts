import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { suite, test } from 'node:test';
import { createWitnessCodec, witnessRejections } from '../../src/wire/witnessCodec.ts';
import { witnessBytesMax, witnessLayout } from '../../src/wire/witnessLayout.ts';
import { envelope, pairOptions, reply, request } from './exampleWitness.ts';

const codec = createWitnessCodec(pairOptions);
const bytes = codec.encodeRequest(request, envelope);
const back = { nonce: envelope.nonce, start: envelope.start, sequence: 42 };

suite('what is asked of a witness', () => {
  test('comes out as it went in', () => {
    assert.deepEqual(codec.decodeRequest(bytes), { ok: true, request, envelope, keyId: 1 });
  });

  test('is understood whichever of the two names comes first', () => {
    const other = createWitnessCodec({ ...pairOptions, nodes: ['node2', 'node1'] });
    assert.deepEqual(other.decodeRequest(bytes), codec.decodeRequest(bytes));
  });

  test('is not believed by the witness of a pair with another name', () => {
    const other = createWitnessCodec({ ...pairOptions, nodes: ['node1', 'node3'] });
    assert.deepEqual(other.decodeRequest(bytes), { ok: false, rejection: 'unknown-cluster' });
  });

  test('is not believed under another key of the same number', () => {
    const other = createWitnessCodec({
      ...pairOptions,
      keys: [{ id: 1, secret: new TextEncoder().encode('guessed') }],
    });
    assert.deepEqual(other.decodeRequest(bytes), { ok: false, rejection: 'bad-mac' });
  });

  test('is believed under a key that is only accepted', () => {
    const rotated = createWitnessCodec({ ...pairOptions, signingKeyId: 2 });
    assert.equal(codec.decodeRequest(rotated.encodeRequest(request, envelope)).ok, true);
  });

  test('is not believed as an answer, nor an answer as a request', () => {
    const long = codec.encodeRequest({ ...request, group: 'site-of-the-firm' }, envelope);
    assert.deepEqual(codec.decodeAnswer(long), { ok: false, rejection: 'bad-magic' });
    const answer = codec.encodeAnswer(reply, back, 1);
    assert.deepEqual(codec.decodeRequest(answer), { ok: false, rejection: 'bad-magic' });
  });

  test('may have more fields in a later version', () => {
    const later = signed(
      Uint8Array.from([...bytes.subarray(0, -witnessLayout.macBytes), 1, 2, 3, ...new Uint8Array(32)]),
    );
    later[witnessLayout.request.version] = 9;
    const decoded = codec.decodeRequest(signed(later));
    assert.equal(decoded.ok && decoded.request.group, 'site');
    assert.ok(later.length <= witnessBytesMax);
  });
});

suite('what a witness answers', () => {
  const answer = codec.encodeAnswer(reply, back, 2);

  test('comes out as it went in', () => {
    assert.deepEqual(codec.decodeAnswer(answer), { ok: true, answer: reply, envelope: back });
  });

  test('has no holder and no age where there is none', () => {
    const nobody = { ...reply, verdict: 'seen' as const, holder: '', otherHeardAgoMs: undefined };
    assert.deepEqual(codec.decodeAnswer(codec.encodeAnswer(nobody, back, 1)), {
      ok: true,
      answer: nobody,
      envelope: back,
    });
  });

  test('is hardly longer than the shortest request: a forged sender is sent no flood', () => {
    const shortest = codec.encodeRequest({ ...request, group: 'a' }, envelope);
    assert.ok(answer.length <= shortest.length + 5, `${answer.length} bytes for ${shortest.length}`);
  });
});

suite('bytes that are no request', () => {
  test('are rejected wherever one byte is another one', () => {
    for (let at = 0; at < bytes.length; at += 1) {
      const flipped = Uint8Array.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 0x41;
      const decoded = codec.decodeRequest(flipped);
      assert.ok(!decoded.ok, `byte ${at}`);
      assert.ok(witnessRejections.includes(decoded.rejection));
    }
  });

  test('are rejected at every length that is not theirs', () => {
    for (let length = 0; length < bytes.length; length += 1) {
      assert.equal(codec.decodeRequest(bytes.subarray(0, length)).ok, false, `${length} bytes`);
      assert.equal(codec.decodeAnswer(bytes.subarray(0, length)).ok, false, `${length} bytes`);
    }
    assert.equal(codec.decodeRequest(new Uint8Array(witnessBytesMax + 1)).ok, false);
  });

  test('are rejected although they are signed, where a field is impossible', () => {
    const spoil = (at: number, value: number): string | undefined => {
      // Signed by somebody who has the key and another program.
      const spoilt = Uint8Array.from(bytes);
      spoilt[at] = value;
      const decoded = codec.decodeRequest(signed(spoilt));
      return decoded.ok ? undefined : decoded.rejection;
    };
    const { request: place } = witnessLayout;
    assert.equal(spoil(place.flags, 3), 'bad-field');
    assert.equal(spoil(place.nodes, 0b1111), 'bad-field');
    assert.equal(spoil(place.headerBytes, 3), 'wrong-length');
    assert.equal(spoil(place.headerBytes, 255), 'wrong-length');
    assert.equal(spoil(place.nameBytes, 0), 'wrong-length');
    assert.equal(spoil(place.nameBytes, 200), 'wrong-length');
    assert.equal(spoil(place.name, 0xff), 'bad-field');
    assert.equal(spoil(place.name, 0x07), 'bad-field');
    assert.equal(spoil(place.version, 0), 'bad-version');
  });
});

function signed(all: Uint8Array): Uint8Array {
  const body = all.subarray(0, all.length - witnessLayout.macBytes);
  all.set(createHmac('sha256', 'the key that signs').update(body).digest(), body.length);
  return all;
}
