import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askLan } from '../../src/runner/asker.ts';
import { claimantOf, gratuitousArps, unsolicitedNa } from '../../src/runner/frames.ts';
import type { Packets } from '../../src/runner/packets.ts';

const ownMac = '02:00:00:00:00:01';
const otherMac = '02:00:00:00:00:02';
const link = { device: 'eth0', index: 2, isUp: true, hasCarrier: true, mac: ownMac };

/** A LAN on which `frames` are heard, one at a time. */
function lanWith(...frames: readonly Buffer[]): Packets & { readonly sent: Buffer[]; openEars: number } {
  const lan = {
    sent: [] as Buffer[],
    openEars: 0,
    send(_: number, frame: Buffer) {
      lan.sent.push(frame);
      return undefined;
    },
    listen() {
      const waiting = [...frames];
      lan.openEars += 1;
      return {
        receive: () => waiting.shift(),
        close: () => {
          lan.openEars -= 1;
        },
      };
    },
  };
  return lan;
}

test("a node's own claim, heard back, is nobody's answer", async () => {
  const own = gratuitousArps('10.77.0.9', ownMac)[1] ?? Buffer.alloc(0);
  const others = gratuitousArps('10.77.0.9', otherMac)[1] ?? Buffer.alloc(0);
  const stray = gratuitousArps('10.77.0.8', otherMac)[1] ?? Buffer.alloc(0);
  const question = { address: '10.77.0.9', family: 4, link } as const;
  const quiet = lanWith(own, stray, Buffer.alloc(3), Buffer.alloc(60));
  assert.deepEqual(await askLan([question], 30, quiet), { kind: 'silent' });
  assert.equal(quiet.sent.length, 3, 'three probes');
  const held = lanWith(own, others);
  assert.deepEqual(await askLan([question], 30, held), { kind: 'answered', mac: otherMac, address: '10.77.0.9' });
  assert.equal(quiet.openEars + held.openEars, 0, 'an ear stayed open');
});

test('a probe that cannot be sent makes the question impossible, not silent', async () => {
  const lan = { ...lanWith(), send: () => 'no buffer space' };
  const answer = await askLan([{ address: 'fd77::9', family: 6, link }], 30, lan);
  assert.deepEqual(answer, { kind: 'impossible', detail: 'fd77::9 cannot be asked for: no buffer space' });
});

test('a question about no address is silent', async () => {
  assert.deepEqual(await askLan([], 5, lanWith()), { kind: 'silent' });
});

test('cut and flipped frames claim nothing and throw nothing', () => {
  for (const [frame, address] of [
    [gratuitousArps('10.77.0.9', otherMac)[0], '10.77.0.9'],
    [unsolicitedNa('fd77::9', otherMac), 'fd77::9'],
  ] as const) {
    assert.equal(claimantOf(frame ?? Buffer.alloc(0), address), otherMac);
    for (let length = 0; length < 38; length += 1) {
      assert.equal(claimantOf(Buffer.from(frame ?? []).subarray(0, length), address), undefined);
    }
    assert.equal(claimantOf(frame ?? Buffer.alloc(0), 'nonsense'), undefined);
  }
});
