import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Rejection } from '../../src/wire/beatCodec.ts';
import { beatBytesMax, beatLayout } from '../../src/wire/beatLayout.ts';
import { codec, exampleBeat, golden, newKey, oldKey, peerCodec, secondVersionBeat, siteGroup } from './exampleBeats.ts';

const { offset } = beatLayout;
const full = golden('full');
const short = golden('short');
const full2 = golden('full-2');
const short2 = golden('short-2');

/** What node2 says to bytes on channel 3. */
function verdict(bytes: Uint8Array, channel = 3): Rejection | 'accepted' {
  const decoded = peerCodec.decode(bytes, channel);
  return decoded.ok ? 'accepted' : decoded.rejection;
}

/** The golden beat changed by someone who has the key: a later version, or a node gone mad. */
function signed(bytes: Buffer, change: (all: Buffer) => Buffer): Buffer {
  const signatureBytes = bytes.readUInt8(offset.form) === 0 ? 32 : 16;
  const body = change(Buffer.from(bytes.subarray(0, bytes.length - signatureBytes)));
  const signature = createHmac('sha256', newKey.secret).update(body).digest();
  return Buffer.concat([body, signature.subarray(0, signatureBytes)]);
}

function withByte(bytes: Buffer, at: number, value: number): Buffer {
  return signed(bytes, (all) => {
    all.writeUInt8(value, at);
    return all;
  });
}

test('the golden beats are accepted as they are', () => {
  assert.equal(verdict(full), 'accepted');
  assert.equal(verdict(short), 'accepted');
  assert.equal(verdict(signed(full, (all) => all)), 'accepted');
});

for (const [form, bytes] of [
  ['full', full],
  ['short', short],
  ['full second-version', full2],
  ['short second-version', short2],
] as const) {
  test(`a ${form} beat is rejected when any one bit is flipped`, () => {
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      assert.notEqual(verdict(flipped), 'accepted', `bit ${bit}`);
    }
  });

  test(`a ${form} beat is rejected when it is cut anywhere`, () => {
    for (let size = 0; size < bytes.length; size += 1) {
      assert.notEqual(verdict(bytes.subarray(0, size)), 'accepted', `${size} bytes`);
    }
  });

  test(`a ${form} beat is rejected when bytes are added`, () => {
    for (let size = 1; size < 100; size += 1) {
      assert.equal(verdict(Buffer.concat([bytes, Buffer.alloc(size)])), 'bad-mac', `${size} bytes`);
    }
  });
}

test('a full beat renamed to a short one, or the other way round, is a forgery', () => {
  const asShort = Buffer.from(full);
  asShort.writeUInt8(1, offset.form);
  const asFull = Buffer.from(short);
  asFull.writeUInt8(0, offset.form);
  assert.equal(verdict(asShort), 'bad-mac');
  assert.equal(verdict(asFull), 'bad-mac');
});

const cases: readonly { readonly name: string; readonly bytes: Uint8Array; readonly expected: Rejection }[] = [
  { name: 'nothing at all', bytes: new Uint8Array(0), expected: 'too-short' },
  { name: 'a short beat without its last byte', bytes: short.subarray(0, -1), expected: 'too-short' },
  { name: 'a datagram beyond the bound', bytes: Buffer.alloc(beatBytesMax + 1), expected: 'too-long' },
  { name: 'the datagram of something else', bytes: Buffer.alloc(100, '>>>\n'), expected: 'bad-magic' },
  { name: 'a beat of version 0', bytes: withByte(full, offset.version, 0), expected: 'bad-version' },
  { name: 'a beat of an unknown form', bytes: withByte(full, offset.form, 2), expected: 'bad-form' },
  { name: 'a beat signed with a dropped key', bytes: withByte(full, offset.keyId, 9), expected: 'unknown-key' },
  { name: 'a beat that names another key than signed it', bytes: withByte(full, offset.keyId, 1), expected: 'bad-mac' },
  {
    name: 'a beat signed with the wrong secret',
    bytes: codec({ keys: [{ id: 7, secret: Buffer.from('guess') }] }).encode(exampleBeat, 3, 'full'),
    expected: 'bad-mac',
  },
  {
    name: 'a beat of another cluster with the same key',
    bytes: codec({ cluster: 'other' }).encode(exampleBeat, 3, 'full'),
    expected: 'wrong-cluster',
  },
  { name: 'a beat for another channel', bytes: codec().encode(exampleBeat, 4, 'full'), expected: 'wrong-channel' },
  {
    name: 'a short beat for another channel',
    bytes: codec().encode(exampleBeat, 2, 'short'),
    expected: 'wrong-channel',
  },
  {
    name: "this node's own beat, thrown back",
    bytes: peerCodec.encode({ ...exampleBeat, from: 'node2' }, 3, 'full'),
    expected: 'own-beat',
  },
  { name: 'a header shorter than its fields', bytes: withByte(full, offset.headerBytes, 48), expected: 'wrong-length' },
  { name: 'a header beyond the end', bytes: withByte(full, offset.headerBytes, 93), expected: 'wrong-length' },
  { name: 'more groups than bytes', bytes: withByte(full, offset.groupCount, 2), expected: 'wrong-length' },
  { name: 'a group shorter than its fields', bytes: withByte(full, 49, 42), expected: 'wrong-length' },
  { name: 'a group beyond the end', bytes: withByte(full, 49, 44), expected: 'wrong-length' },
  { name: 'a phase that does not exist', bytes: withByte(full, offset.place, 0x35), expected: 'bad-field' },
  {
    name: 'a sequence of 0',
    bytes: signed(full, (all) => all.fill(0, offset.sequence, offset.sequence + 5)),
    expected: 'bad-field',
  },
  { name: 'a role that does not exist', bytes: withByte(full, 58, 0x82), expected: 'bad-field' },
  { name: 'an armed reason that does not exist', bytes: withByte(full, 58, 0x3f), expected: 'bad-field' },
  { name: 'an epoch with no room for the next owner', bytes: withByte(full, 61, 0xff), expected: 'bad-field' },
  { name: 'a wish that does not exist', bytes: withByte(full, 59, 0x0c), expected: 'bad-field' },
  { name: 'an epoch of a third node', bytes: withByte(full, 60, 0x03), expected: 'bad-field' },
  {
    name: 'a beat of version 2 whose header ends like that of version 1',
    bytes: withByte(full2, offset.headerBytes, 49),
    expected: 'wrong-length',
  },
  {
    name: 'a beat of version 2 whose header lacks its last byte',
    bytes: withByte(full2, offset.headerBytes, 57),
    expected: 'wrong-length',
  },
  {
    name: 'a beat of version 1 that calls itself version 2',
    bytes: withByte(full, offset.version, 2),
    expected: 'wrong-length',
  },
  {
    name: 'a short beat of version 1 that calls itself version 2',
    bytes: withByte(short, offset.version, 2),
    expected: 'wrong-length',
  },
  {
    name: 'a short beat of version 2 without its last byte',
    bytes: signed(short2, (all) => all.subarray(0, -1)),
    expected: 'wrong-length',
  },
  { name: 'a short beat with a bad role', bytes: withByte(short, 55, 0xf0), expected: 'bad-field' },
];

for (const { name, bytes, expected } of cases) {
  test(`${name} is rejected: ${expected}`, () => {
    assert.equal(verdict(bytes), expected);
  });
}

test('the header of a beat without groups is as long as its fields and ends before the MAC', () => {
  const first = golden('full-first');
  assert.equal(verdict(withByte(first, offset.headerBytes, 49), 0), 'accepted');
  assert.equal(verdict(withByte(first, offset.headerBytes, 48), 0), 'wrong-length');
  assert.equal(verdict(withByte(first, offset.headerBytes, 50), 0), 'wrong-length');
});

test('all accepted keys are accepted, whichever signs', () => {
  const bytes = codec({ keys: [newKey, oldKey], signingKeyId: oldKey.id }).encode(exampleBeat, 3, 'full');
  const decoded = peerCodec.decode(bytes, 3);
  assert.ok(decoded.ok);
  assert.equal(decoded.keyId, oldKey.id);
});

test('two keys with one id, no signing key, an empty secret and ids out of range are bugs', () => {
  assert.throws(() => codec({ keys: [newKey, newKey] }), /twice/);
  assert.throws(() => codec({ keys: [oldKey] }), /signing key 7/);
  assert.throws(() => codec({ keys: [{ id: 7, secret: new Uint8Array(0) }] }), /empty/);
  assert.throws(() => codec({ keys: [{ ...newKey, id: 256 }], signingKeyId: 256 }), /256/);
});

test('a group that this node does not have is counted and skipped', () => {
  const bytes = codec().encode({ ...exampleBeat, groups: [{ ...siteGroup, name: 'mail' }, siteGroup] }, 3, 'full');
  const siteOnly = codec({ self: 'node2', peer: 'node1', groupNames: ['site'] });
  const decoded = siteOnly.decode(bytes, 3);
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.beat, exampleBeat);
  assert.equal(decoded.unknownGroups, 1);
  const mailShort = codec().encode({ ...exampleBeat, groups: [{ ...siteGroup, name: 'mail' }] }, 3, 'short');
  const decodedShort = siteOnly.decode(mailShort, 3);
  assert.ok(decodedShort.ok);
  assert.deepEqual(decodedShort.beat.groups, []);
  assert.equal(decodedShort.unknownGroups, 1);
});

test('a later version with more fields in header, groups and at the end is understood', () => {
  const groups = [siteGroup, { ...siteGroup, name: 'mail' }];
  const later = signed(Buffer.from(codec().encode({ ...secondVersionBeat, groups }, 3, 'full')), (all) => {
    const header = Buffer.from(all.subarray(0, 58));
    header.writeUInt8(3, offset.version);
    header.writeUInt8(4, offset.versionMax);
    header.writeUInt8(58 + 5, offset.headerBytes);
    const first = Buffer.from(all.subarray(58, 58 + 43));
    first.writeUInt8(43 + 7, 0);
    const second = Buffer.from(all.subarray(58 + 43));
    second.writeUInt8(43 + 1, 0);
    const added = (size: number): Buffer => Buffer.alloc(size, 0xee);
    return Buffer.concat([header, added(5), first, added(7), second, added(1), added(20)]);
  });
  const decoded = peerCodec.decode(later, 3);
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.beat, { ...secondVersionBeat, version: 3, versionMax: 4, groups });
});

test('a longer short beat of a later version is understood', () => {
  const decoded = peerCodec.decode(
    signed(short2, (all) => Buffer.concat([all, Buffer.alloc(9, 0xee)])),
    3,
  );
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.beat, secondVersionBeat);
});

test('bytes that lie anywhere in a larger buffer are decoded', () => {
  const pool = Buffer.concat([Buffer.alloc(13, 0x54), full, Buffer.alloc(7, 0x42)]);
  assert.equal(verdict(new Uint8Array(pool.buffer, pool.byteOffset + 13, full.length)), 'accepted');
});

test('100 000 random datagrams are rejected and none throws', () => {
  const bytes = Buffer.alloc(200);
  let state = 1;
  for (let round = 0; round < 100_000; round += 1) {
    for (let at = 0; at < bytes.length; at += 4) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      bytes.writeInt32LE(state, at);
    }
    if (round % 2 === 0) full.copy(bytes, 0, 0, round % 60);
    assert.notEqual(verdict(bytes.subarray(0, (state >>> 8) % 200)), 'accepted');
  }
});

test('no signed nonsense throws or reads beyond its end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 150 }), fc.nat(60), fc.boolean(), (nonsense, keep, isShort) => {
      const bytes = isShort ? short2 : full2;
      const mad = signed(bytes, (all) => Buffer.concat([all.subarray(0, keep + 5), nonsense]));
      const said = verdict(mad);
      assert.ok(said !== 'bad-magic', said);
    }),
    { numRuns: 2000 },
  );
});
