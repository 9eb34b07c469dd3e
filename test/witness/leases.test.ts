import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { noEpoch } from '../../src/core/identity.ts';
import type { WitnessRequest } from '../../src/core/witnessWords.ts';
import { regrantMs } from '../../src/core/witnessWords.ts';
import { type ClusterLeases, describe, groupsPerClusterMax, judge, startLeases } from '../../src/witness/leases.ts';

const leaseMs = 10_000;
const overMs = regrantMs(leaseMs);

function ask(change: Partial<WitnessRequest> = {}): WitnessRequest {
  return { group: 'site', wish: 'renew', isHolding: false, epoch: noEpoch, servedEpoch: noEpoch, leaseMs, ...change };
}

/** A witness that has been up for long, and whose group node1 has taken at `atMs`. */
function heldByNode1(atMs: number): ClusterLeases {
  return judge(startLeases(new Map(), 0), 'node1', ask(), atMs).leases;
}

suite('a lease', () => {
  const heldAtMs = 100_000;

  test('is given to whoever asks first', () => {
    const { verdict, mustSave, leases } = judge(startLeases(new Map(), 0), 'node1', ask(), heldAtMs);
    assert.deepEqual([verdict, mustSave, leases.groups.get('site')?.holder], ['granted', true, 'node1']);
  });

  test('is not given to the other node before it is over, and then is', () => {
    const leases = heldByNode1(heldAtMs);
    assert.equal(judge(leases, 'node2', ask(), heldAtMs + overMs - 1).verdict, 'held');
    assert.equal(judge(leases, 'node2', ask(), heldAtMs + overMs).verdict, 'granted');
  });

  test('is over later than its holder thinks, by what two clocks may differ', () => {
    assert.ok(overMs >= leaseMs * 1.001);
  });

  test('lasts as long as its holder asked for, whatever the other one thinks', () => {
    const leases = heldByNode1(heldAtMs);
    const impatient = ask({ leaseMs: 1_000 });
    assert.equal(judge(leases, 'node2', impatient, heldAtMs + overMs - 1).verdict, 'held');
  });

  test('is renewed by its holder without a write', () => {
    const leases = heldByNode1(heldAtMs);
    const renewed = judge(leases, 'node1', ask(), heldAtMs + 5_000);
    assert.deepEqual([renewed.verdict, renewed.mustSave], ['granted', false]);
    assert.equal(judge(renewed.leases, 'node2', ask(), heldAtMs + 5_000 + overMs - 1).verdict, 'held');
  });

  test('is free at once when its holder gives it back', () => {
    const leases = heldByNode1(heldAtMs);
    const released = judge(leases, 'node1', ask({ wish: 'release' }), heldAtMs + 1);
    assert.deepEqual([released.verdict, released.mustSave], ['released', true]);
    assert.equal(judge(released.leases, 'node2', ask(), heldAtMs + 2).verdict, 'granted');
  });

  test('is given back by nobody else', () => {
    const leases = heldByNode1(heldAtMs);
    const { mustSave, leases: next } = judge(leases, 'node2', ask({ wish: 'release' }), heldAtMs + 1);
    assert.deepEqual([mustSave, next.groups.get('site')?.holder], [false, 'node1']);
  });

  test('is changed by no look', () => {
    const leases = heldByNode1(heldAtMs);
    const { verdict, leases: next } = judge(leases, 'node2', ask({ wish: 'look' }), heldAtMs + 10 * overMs);
    assert.deepEqual([verdict, next], ['seen', leases]);
  });

  test('is not given to a node that does not know the newest epoch, which it is told', () => {
    const epoch = { counter: 7, node: 'node1' };
    const leases = judge(startLeases(new Map(), 0), 'node1', ask({ epoch }), heldAtMs).leases;
    const lateMs = heldAtMs + overMs;
    assert.equal(judge(leases, 'node2', ask({ epoch: { counter: 6, node: 'node2' } }), lateMs).verdict, 'stale');
    assert.deepEqual(describe(leases, 'node2', ask(), lateMs).epoch, epoch);
    assert.equal(judge(leases, 'node2', ask({ epoch }), lateMs).verdict, 'granted');
  });

  test('of one group says nothing about another', () => {
    const leases = heldByNode1(heldAtMs);
    assert.equal(judge(leases, 'node2', ask({ group: 'mail' }), heldAtMs + 1).verdict, 'granted');
  });

  test('tells who asks how long he must wait', () => {
    const leases = heldByNode1(heldAtMs);
    assert.equal(describe(leases, 'node2', ask(), heldAtMs + 1_000).waitMs, overMs - 1_000);
    assert.equal(describe(leases, 'node1', ask(), heldAtMs + 1_000).waitMs, 0);
  });

  test('is kept for so many groups and not for more', () => {
    let leases = startLeases(new Map(), 0);
    for (let count = 0; count < groupsPerClusterMax; count += 1) {
      leases = judge(leases, 'node1', ask({ group: `group${count}` }), heldAtMs).leases;
    }
    assert.equal(judge(leases, 'node1', ask({ group: 'one more' }), heldAtMs).verdict, 'full');
    assert.equal(judge(leases, 'node1', ask({ group: 'group1' }), heldAtMs).verdict, 'granted');
  });
});

suite('after its restart a witness', () => {
  const startedAtMs = 500_000;
  const held = heldByNode1(100_000).groups;

  test('lets the known holder go on, and gives the lease to nobody else for one lease', () => {
    const leases = startLeases(held, startedAtMs);
    assert.equal(judge(leases, 'node1', ask(), startedAtMs + 1).verdict, 'granted');
    assert.equal(judge(leases, 'node2', ask(), startedAtMs + overMs - 1).verdict, 'held');
    assert.equal(judge(leases, 'node2', ask(), startedAtMs + overMs).verdict, 'granted');
  });

  test('believes a holder that it has forgotten, and nobody else, for one lease', () => {
    const leases = startLeases(new Map(), startedAtMs);
    assert.equal(judge(leases, 'node2', ask(), startedAtMs + overMs - 1).verdict, 'settling');
    assert.equal(judge(leases, 'node1', ask({ isHolding: true }), startedAtMs + 1).verdict, 'granted');
    assert.equal(judge(leases, 'node2', ask(), startedAtMs + overMs).verdict, 'granted');
  });

  test('does not give away at once what its disk says is free', () => {
    const free = judge(heldByNode1(100_000), 'node1', ask({ wish: 'release' }), 100_001).leases.groups;
    assert.equal(judge(startLeases(free, startedAtMs), 'node2', ask(), startedAtMs + 1).verdict, 'settling');
  });
});
