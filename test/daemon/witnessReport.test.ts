import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lease, NodeState } from '../../src/core/state.ts';
import { witnessReport, witnessWarnings } from '../../src/daemon/witnessReport.ts';
import { TestNode } from '../core/testNode.ts';

const witness = { leaseMs: 15_000, renewMs: 1_500, timeoutMs: 1_000, stopMs: 3_000 };
const epoch = { counter: 1, node: 'node1' };

/** An owner that was granted the lease a second ago. */
function owner(change: Partial<Lease> = {}): { readonly state: NodeState; readonly atMs: number } {
  const { state, atMs: startedAtMs } = new TestNode({ config: { guards: { witness } } });
  const atMs = startedAtMs + 60_000;
  const answer = {
    kind: 'answered',
    verdict: 'granted',
    holder: 'node1',
    epoch,
    servedEpoch: epoch,
    renewedAgoMs: 0,
    otherHeardAgoMs: 400,
    waitMs: 0,
    atMs: atMs - 1_000,
  } as const;
  const groups = state.groups.map((group) => ({
    ...group,
    activity: { kind: 'active' } as const,
    lease: { ...group.lease, answer, grantedFromMs: atMs - 1_010, ...change },
  }));
  return { state: { ...state, groups }, atMs };
}

test('the witness is reported with its newest answer, and an owner with how long it may go on alone', () => {
  const { state, atMs } = owner();
  assert.deepEqual(witnessReport(state, atMs), {
    state: 'up',
    answeredAgoMs: 1_000,
    peerHeardAgoMs: 1_400,
    leases: [{ group: 'site', holder: 'node1', renewedAgoMs: 1_000, servesForMs: 15_000 - 3_000 - 65 - 1_010 }],
  });
  assert.deepEqual(witnessWarnings(state, atMs), []);
});

test('a witness that does not answer is a warning that says what it means', () => {
  const { state, atMs } = owner({ unanswered: 2 });
  assert.equal(witnessReport(state, atMs).state, 'down');
  const [warning] = witnessWarnings(state, atMs);
  assert.equal(warning?.id, 'no-witness');
  assert.match(
    warning?.sentence ?? '',
    /node1 goes on while node2 answers, and stops its services if that ends as well/,
  );
});

test('a witness that is full is emptied by moving its state aside: a state that a person has changed is not believed', () => {
  const answer = owner().state.groups[0]?.lease.answer;
  assert(answer !== undefined);
  const { state, atMs } = owner({ answer: { ...answer, verdict: 'full' } });
  const [warning] = witnessWarnings(state, atMs);
  assert.equal(warning?.id, 'witness-full');
  assert.match(warning?.next ?? '', /stop it, move its state file aside, start it/);
});

test('a witness that has not answered yet is unknown, and without one nothing is warned of', () => {
  const { state, atMs } = owner({ answer: undefined, grantedFromMs: undefined });
  assert.equal(witnessReport(state, atMs).state, 'unknown');
  assert.deepEqual(witnessWarnings(new TestNode().state, atMs), []);
});
