import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { WitnessRequest, WitnessVerdict } from '../../src/core/witnessWords.ts';
import { createWitnessCodec, unknownStart, type WitnessEnvelope } from '../../src/wire/witnessCodec.ts';
import { WitnessDesk } from '../../src/witness/desk.ts';
import type { GroupLease } from '../../src/witness/leases.ts';
import { pairOptions, request } from '../wire/exampleWitness.ts';

const codec = createWitnessCodec(pairOptions);
const firstStart = '1111111111111111';

interface Pretended {
  disk: ReadonlyMap<string, GroupLease> | undefined;
  isFull: boolean;
  /** It writes, and then cannot say whether that stays. */
  isForgetful?: boolean;
  readonly notes: string[];
}

function desk(around: Pretended, start = firstStart, startedAtMs = 0): WitnessDesk {
  return new WitnessDesk({
    clusters: [{ ...pairOptions, name: pairOptions.cluster }],
    start,
    startedAtMs,
    load: () => around.disk,
    save: (_, groups) => {
      if (around.isFull) return { sentence: 'no space left on device', isUncertain: false };
      around.disk = groups;
      return around.isForgetful === true ? { sentence: 'i/o error', isUncertain: true } : undefined;
    },
    onNote: (_, sentence) => around.notes.push(sentence),
  });
}

function holderIn({ disk }: Pretended): string | undefined {
  return disk?.get('site')?.holder;
}

function pretended(): Pretended {
  return { disk: undefined, isFull: false, notes: [] };
}

function asked(envelope: Partial<WitnessEnvelope>, change: Partial<WitnessRequest> = {}): Uint8Array {
  const whole = { from: 'node1', nonce: '00000000000000aa', start: firstStart, sequence: 1, ...envelope };
  return codec.encodeRequest({ ...request, ...change }, whole);
}

function verdictOf(witness: WitnessDesk, bytes: Uint8Array, atMs = 1_000_000): WitnessVerdict {
  const taken = witness.take(bytes, atMs);
  assert.ok(taken.ok, JSON.stringify(taken));
  const decoded = codec.decodeAnswer(taken.bytes);
  assert.ok(decoded.ok);
  return decoded.answer.verdict;
}

suite('a witness', () => {
  test('answers with the nonce that it was asked with, and grants what is free', () => {
    const witness = desk(pretended());
    const taken = witness.take(asked({ nonce: 'abcdefabcdefabcd' }), 1_000_000);
    assert.ok(taken.ok);
    const decoded = codec.decodeAnswer(taken.bytes);
    assert.ok(decoded.ok);
    assert.deepEqual([decoded.envelope.nonce, decoded.answer.verdict], ['abcdefabcdefabcd', 'granted']);
  });

  test('changes nothing for a request that was recorded', () => {
    const around = pretended();
    const witness = desk(around);
    const release = asked({ sequence: 1 }, { wish: 'release' });
    verdictOf(witness, release);
    verdictOf(witness, asked({ sequence: 2 }));
    assert.equal(verdictOf(witness, release), 'again');
    assert.equal(holderIn(around), 'node1');
  });

  test('changes nothing for a request that was recorded before its restart', () => {
    const around = pretended();
    const old = asked({ sequence: 9 }, { wish: 'release' });
    verdictOf(desk(around), asked({ sequence: 1 }));
    const restarted = desk(around, '2222222222222222', 2_000_000);
    assert.equal(verdictOf(restarted, old, 2_000_001), 'again');
    assert.equal(holderIn(around), 'node1');
  });

  test('tells an asker that does not know it which start it is, and how far it has counted', () => {
    const witness = desk(pretended());
    verdictOf(witness, asked({ sequence: 30 }));
    const taken = witness.take(asked({ start: unknownStart, sequence: 1 }), 1_000_000);
    assert.ok(taken.ok);
    const decoded = codec.decodeAnswer(taken.bytes);
    assert.ok(decoded.ok);
    assert.deepEqual([decoded.envelope.start, decoded.envelope.sequence], [firstStart, 30]);
  });

  test('has written down whose the lease is before it says so', () => {
    const around = pretended();
    const witness = desk(around);
    around.isFull = true;
    assert.equal(verdictOf(witness, asked({ sequence: 1 })), 'unwritable');
    assert.equal(holderIn(around), undefined);
    assert.match(around.notes.join(), /no space left/);
    around.isFull = false;
    assert.equal(verdictOf(witness, asked({ sequence: 2 })), 'granted');
    assert.equal(holderIn(around), 'node1');
  });

  test('writes a lease down again where the disk may hold another one', () => {
    const around = pretended();
    const witness = desk(around);
    verdictOf(witness, asked({ sequence: 1 }), 1_000_000);
    const later = 2_000_000;
    around.isForgetful = true;
    assert.equal(verdictOf(witness, asked({ from: 'node2', sequence: 1 }), later), 'unwritable');
    around.isForgetful = false;
    assert.equal(verdictOf(witness, asked({ sequence: 2 }), later + 1), 'granted');
    const restarted = desk(around, '2222222222222222', later + 2);
    const envelope = { from: 'node2', start: '2222222222222222', sequence: 1 };
    assert.equal(verdictOf(restarted, asked(envelope), later + 3), 'held');
  });

  test('says when it last heard the other node', () => {
    const witness = desk(pretended());
    verdictOf(witness, asked({ from: 'node2', sequence: 1 }, { wish: 'look' }), 1_000_000);
    const taken = witness.take(asked({ sequence: 1 }), 1_000_700);
    assert.ok(taken.ok);
    const decoded = codec.decodeAnswer(taken.bytes);
    assert.equal(decoded.ok && decoded.answer.otherHeardAgoMs, 700);
  });

  test('counts the sequences of each node by themselves', () => {
    const witness = desk(pretended());
    verdictOf(witness, asked({ sequence: 50 }));
    assert.equal(verdictOf(witness, asked({ from: 'node2', sequence: 1 }, { wish: 'look' })), 'seen');
  });

  test('does not answer what it does not believe', () => {
    const witness = desk(pretended());
    const forged = createWitnessCodec({ ...pairOptions, keys: [{ id: 1, secret: new TextEncoder().encode('guess') }] });
    const stranger = createWitnessCodec({ ...pairOptions, cluster: 'another' });
    const envelope = { from: 'node1', nonce: '00000000000000aa', start: firstStart, sequence: 1 };
    assert.deepEqual(witness.take(forged.encodeRequest(request, envelope), 0), { ok: false, rejection: 'bad-mac' });
    assert.deepEqual(witness.take(stranger.encodeRequest(request, envelope), 0), {
      ok: false,
      rejection: 'unknown-cluster',
    });
    assert.equal(witness.take(new Uint8Array(0), 0).ok, false);
    assert.equal(witness.take(asked({}).subarray(0, 60), 0).ok, false);
  });

  test('keeps the pairs apart that it serves', () => {
    const other = { ...pairOptions, cluster: 'mail' };
    const disks = new Map<string, ReadonlyMap<string, GroupLease>>();
    const witness = new WitnessDesk({
      clusters: [
        { ...pairOptions, name: 'plone' },
        { ...other, name: 'mail' },
      ],
      start: firstStart,
      startedAtMs: 0,
      load: () => undefined,
      save: (cluster, groups) => void disks.set(cluster, groups),
    });
    const envelope = { from: 'node2', nonce: '00000000000000aa', start: firstStart, sequence: 1 };
    witness.take(createWitnessCodec(other).encodeRequest(request, envelope), 1_000_000);
    witness.take(asked({ sequence: 1 }), 1_000_000);
    assert.deepEqual(
      [disks.get('mail')?.get('site')?.holder, disks.get('plone')?.get('site')?.holder],
      ['node2', 'node1'],
    );
  });
});
