import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { armedReasons, type Beat, type GroupBeat, phases, roles } from '../../src/core/beat.ts';
import { noEpoch } from '../../src/core/identity.ts';
import {
  beatGroupsMax,
  epochCounterBelievedMax,
  epochCounterMax,
  sequenceMax,
  shortBeatBytes,
} from '../../src/wire/beatLayout.ts';
import {
  codec,
  exampleBeat,
  firstBeat,
  golden,
  latchedGroup,
  peerCodec,
  secondVersionBeat,
  siteGroup,
} from './exampleBeats.ts';

const goldenBeats = [
  { name: 'full', beat: exampleBeat, channel: 3, form: 'full' },
  {
    name: 'full-two-groups',
    beat: { ...exampleBeat, groups: [latchedGroup, { ...siteGroup, name: 'mail' }] },
    channel: 15,
    form: 'full',
  },
  { name: 'full-first', beat: firstBeat, channel: 0, form: 'full' },
  { name: 'short', beat: exampleBeat, channel: 3, form: 'short' },
  { name: 'full-2', beat: secondVersionBeat, channel: 3, form: 'full' },
  { name: 'short-2', beat: secondVersionBeat, channel: 3, form: 'short' },
] as const;

for (const { name, beat, channel, form } of goldenBeats) {
  test(`the bytes of version ${beat.version} are those of golden/${name}.hex`, () => {
    assert.equal(Buffer.from(codec().encode(beat, channel, form)).toString('hex'), golden(name).toString('hex'));
    const decoded = peerCodec.decode(golden(name), channel);
    assert.deepEqual(decoded, {
      ok: true,
      beat,
      keyId: 7,
      isShort: form === 'short',
      unknownGroups: 0,
    });
  });
}

test('in the short form a latch stands in the place of lag and MAC address', () => {
  const bytes = codec().encode({ ...exampleBeat, groups: [latchedGroup] }, 2, 'short');
  assert.equal(Buffer.from(bytes).toString('hex'), golden('short-latch').toString('hex'));
  const decoded = peerCodec.decode(bytes, 2);
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.beat.groups, [{ ...latchedGroup, lagSeconds: undefined, mac: undefined }]);
});

for (const { version, fullBytes, shortBytes } of [
  { version: 1, fullBytes: 124, shortBytes: 96 },
  { version: 2, fullBytes: 133, shortBytes: 105 },
]) {
  test(`a beat of version ${version} with one group is short enough for the lines it is made for`, () => {
    const beats = [exampleBeat, { ...exampleBeat, groups: [latchedGroup] }].map((it) => ({
      ...it,
      version,
      versionMax: 2,
    }));
    for (const it of beats) {
      assert.equal(codec().encode(it, 0, 'full').length, fullBytes);
      assert.equal(codec().encode(it, 0, 'short').length, shortBytes);
    }
    assert.equal(codec().encode({ ...firstBeat, version, versionMax: 2 }, 0, 'short').length, shortBeatBytes(version));
  });
}

test('a beat of version 1 says nothing of what came with version 2', () => {
  const decoded = peerCodec.decode(codec().encode({ ...secondVersionBeat, version: 1 }, 3, 'full'), 3);
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.beat, { ...exampleBeat, versionMax: 2 });
});

for (const form of ['full', 'short'] as const) {
  test(`a build that speaks version 1 reads a ${form} beat of version 2 as one of version 1`, () => {
    const old = codec({ self: 'node2', peer: 'node1', versionMax: 1 });
    const decoded = old.decode(codec().encode(secondVersionBeat, 3, form), 3);
    assert.ok(decoded.ok);
    assert.deepEqual(decoded.beat, { ...exampleBeat, version: 2, versionMax: 2 });
  });
}

test('more targets than fit are sent as the most that fits, and a self-fence bound that does not fit as none', () => {
  const sent = { ...secondVersionBeat, pingsAnswering: 1_000, selfFenceMs: 2 ** 32 };
  const decoded = peerCodec.decode(codec().encode(sent, 3, 'full'), 3);
  assert.ok(decoded.ok);
  assert.equal(decoded.beat.pingsAnswering, 254);
  assert.equal(decoded.beat.selfFenceMs, 0);
});

test('as many groups as the bound says fit into one unfragmented datagram', () => {
  const groupNames = Array.from({ length: beatGroupsMax + 1 }, (_, index) => `group${index}`);
  const groups = groupNames.map((name) => ({ ...siteGroup, name }));
  const many = codec({ groupNames });
  const bytes = many.encode({ ...exampleBeat, groups: groups.slice(1) }, 0, 'full');
  assert.ok(bytes.length <= 1400, `${bytes.length} bytes`);
  const decoded = codec({ self: 'node2', peer: 'node1', groupNames }).decode(bytes, 0);
  assert.ok(decoded.ok);
  assert.equal(decoded.beat.groups.length, beatGroupsMax);
  assert.throws(() => many.encode({ ...exampleBeat, groups }, 0, 'full'), /number of groups 31/);
});

test('a short beat of a node without groups says so', () => {
  const decoded = peerCodec.decode(codec().encode(firstBeat, 0, 'short'), 0);
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.beat, firstBeat);
  assert.equal(decoded.unknownGroups, 0);
});

/** Objects as the product makes them, not without a prototype. */
function record<T>(model: { [Key in keyof T]: fc.Arbitrary<T[Key]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}

const hex = (size: number) =>
  fc.uint8Array({ minLength: size, maxLength: size }).map((it) => Buffer.from(it).toString('hex'));
const epoch = fc.oneof(
  fc.constant(noEpoch),
  record({ counter: fc.integer({ min: 0, max: epochCounterBelievedMax }), node: fc.constantFrom('node1', 'node2') }),
);
const sequence = fc.integer({ min: 1, max: sequenceMax });
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });

const group: fc.Arbitrary<GroupBeat> = record({
  name: fc.constantFrom('site', 'mail'),
  digest: hex(4),
  role: fc.constantFrom(...roles),
  epoch,
  servedEpoch: epoch,
  copyEpoch: epoch,
  armed: fc.constantFrom(...armedReasons),
  lagSeconds: fc.option(uint32, { nil: undefined }),
  isVerifiedStopped: fc.boolean(),
  isReleasedToPeer: fc.boolean(),
  wish: fc.constantFrom('none', 'takeover', 'forcedTakeover'),
  latch: fc.option(
    record({
      epochCounter: fc.integer({ min: 0, max: epochCounterBelievedMax }),
      yields: fc.boolean(),
      isLanHealthy: fc.boolean(),
      transactions: uint32,
      isByOperator: fc.boolean(),
    }),
    { nil: undefined },
  ),
  mac: fc.option(
    hex(6).map((digits) => digits.replaceAll(/(..)(?!$)/g, '$1:')),
    { nil: undefined },
  ),
});

const beat: fc.Arbitrary<Beat> = record<Beat>({
  version: fc.integer({ min: 1, max: 2 }),
  versionMax: fc.integer({ min: 2, max: 255 }),
  from: fc.constant('node1'),
  incarnation: hex(8),
  bootId: hex(8),
  sequence,
  echo: fc.option(record({ incarnation: hex(8), sequence }), { nil: undefined }),
  phase: fc.constantFrom(...phases),
  hearsOn: fc.integer({ min: 0, max: 0xffff }),
  selfFenceMs: uint32,
  pingsAnswering: fc.option(fc.integer({ min: 0, max: 254 }), { nil: undefined }),
  wallSeconds: fc.option(fc.integer({ min: 1, max: 2 ** 32 - 1 }), { nil: undefined }),
  groups: fc.array(group, { maxLength: 3 }),
}).map((sent) =>
  sent.version >= 2 ? sent : { ...sent, selfFenceMs: 0, pingsAnswering: undefined, wallSeconds: undefined },
);

test('every beat comes back as it was sent', () => {
  fc.assert(
    fc.property(beat, fc.integer({ min: 0, max: 15 }), (sent, channel) => {
      const decoded = peerCodec.decode(codec().encode(sent, channel, 'full'), channel);
      assert.ok(decoded.ok);
      assert.deepEqual(decoded.beat, sent);
    }),
  );
});

test('every beat of one group comes back from the short form, but for lag and MAC address beside a latch', () => {
  fc.assert(
    fc.property(beat, group, (sent, one) => {
      const decoded = peerCodec.decode(codec().encode({ ...sent, groups: [one] }, 1, 'short'), 1);
      assert.ok(decoded.ok);
      const expected = one.latch === undefined ? one : { ...one, lagSeconds: undefined, mac: undefined };
      assert.deepEqual(decoded.beat, { ...sent, groups: [expected] });
    }),
  );
});

test('a lag or a count beyond the field is sent as the greatest that fits', () => {
  const latch = { epochCounter: 1, yields: false, isLanHealthy: true, transactions: 2 ** 40, isByOperator: false };
  const groups = [{ ...siteGroup, lagSeconds: Number.POSITIVE_INFINITY, latch }];
  const decoded = peerCodec.decode(codec().encode({ ...exampleBeat, groups }, 0, 'full'), 0);
  assert.ok(decoded.ok);
  assert.equal(decoded.beat.groups[0]?.lagSeconds, 2 ** 32 - 1);
  assert.equal(decoded.beat.groups[0]?.latch?.transactions, 2 ** 32 - 1);
});

const impossible: readonly { readonly name: string; readonly beat: Beat; readonly channel?: number }[] = [
  { name: 'a beat of version 0', beat: { ...exampleBeat, version: 0 } },
  { name: 'a beat of a version to come', beat: { ...exampleBeat, version: 3, versionMax: 3 } },
  { name: 'a beat above what its sender speaks', beat: { ...exampleBeat, version: 2, versionMax: 1 } },
  { name: 'a self-fence bound below zero', beat: { ...secondVersionBeat, selfFenceMs: -1 } },
  { name: 'half a ping target', beat: { ...secondVersionBeat, pingsAnswering: 0.5 } },
  { name: 'a sequence of 0', beat: { ...exampleBeat, sequence: 0 } },
  { name: 'a sequence beyond 2^40', beat: { ...exampleBeat, sequence: sequenceMax + 1 } },
  { name: 'half a sequence', beat: { ...exampleBeat, sequence: 1.5 } },
  { name: 'an echo of sequence 0', beat: { ...exampleBeat, echo: { incarnation: '00'.repeat(8), sequence: 0 } } },
  { name: 'an incarnation of 15 digits', beat: { ...exampleBeat, incarnation: '0123456789abcde' } },
  { name: 'a boot id that is no hex', beat: { ...exampleBeat, bootId: 'fedcba987654321g' } },
  { name: 'the 17th channel', beat: exampleBeat, channel: 16 },
  { name: 'the beat of the peer', beat: { ...exampleBeat, from: 'node2' } },
  { name: 'a group that is not configured', beat: { ...exampleBeat, groups: [{ ...siteGroup, name: 'news' }] } },
  {
    name: 'an epoch of a third node',
    beat: { ...exampleBeat, groups: [{ ...siteGroup, epoch: { counter: 1, node: 'x' } }] },
  },
  {
    name: 'an epoch counter beyond 2^32',
    beat: { ...exampleBeat, groups: [{ ...siteGroup, epoch: { counter: epochCounterMax + 1, node: 'node1' } }] },
  },
  { name: 'a lag below zero', beat: { ...exampleBeat, groups: [{ ...siteGroup, lagSeconds: -1 }] } },
  { name: 'a lag that is not a number', beat: { ...exampleBeat, groups: [{ ...siteGroup, lagSeconds: Number.NaN }] } },
  { name: 'half a MAC address', beat: { ...exampleBeat, groups: [{ ...siteGroup, mac: '02:00:5e' }] } },
];

for (const { name, beat: wrong, channel } of impossible) {
  test(`${name} is a bug and not encoded`, () => {
    assert.throws(() => codec().encode(wrong, channel ?? 0, 'full'), RangeError);
  });
}

test('a short beat of two groups is a bug and not encoded', () => {
  assert.throws(() => codec().encode({ ...exampleBeat, groups: [siteGroup, latchedGroup] }, 0, 'short'), RangeError);
});
