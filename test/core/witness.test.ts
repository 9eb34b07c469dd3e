import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { DurableGroup } from '../../src/core/durable.ts';
import type { Effect } from '../../src/core/effect.ts';
import { leaseEndsAtMs, rightMs, servesUntilMs } from '../../src/core/lease.ts';
import type { WitnessReply, WitnessVerdict } from '../../src/core/witnessWords.ts';
import { regrantMs } from '../../src/core/witnessWords.ts';
import { activeNode, served, TestNode, theirs } from './testNode.ts';

const witness = { leaseMs: 6_000, renewMs: 500, timeoutMs: 250, stopMs: 1_000 };
const config = { guards: { witness } };

type Asked = Effect & { readonly type: 'askWitness' };

function asked(node: TestNode): readonly Asked[] {
  return node.effects.filter((effect) => effect.type === 'askWitness');
}

/** Answers the newest request, as the witness would that sees nothing else. */
function answer(node: TestNode, verdict: WitnessVerdict, more: Partial<WitnessReply> = {}): void {
  const newest = asked(node).at(-1);
  assert.ok(newest !== undefined, 'the witness was asked');
  const { epoch, servedEpoch } = newest.request;
  const reply: WitnessReply = {
    kind: 'answered',
    verdict,
    holder: verdict === 'granted' ? 'node1' : 'node2',
    epoch,
    servedEpoch,
    renewedAgoMs: 0,
    otherHeardAgoMs: undefined,
    waitMs: 0,
    ...more,
  };
  node.happen({ type: 'witnessAnswered', group: 'site', ask: newest.ask, answer: reply });
}

/** Time passes, and nobody is heard; the witness answers so each time, or not at all. */
function alone(node: TestNode, ms: number, verdict: WitnessVerdict | 'silent'): void {
  const untilMs = node.atMs + ms;
  while (node.atMs < untilMs) {
    node.advance(Math.min(50, untilMs - node.atMs));
    const pending = node.group().lease.asked;
    if (pending === undefined || node.atMs - pending.atMs < (verdict === 'silent' ? witness.timeoutMs : 1)) continue;
    if (verdict === 'silent') {
      node.happen({ type: 'witnessAnswered', group: 'site', ask: pending.id, answer: { kind: 'silent' } });
    } else answer(node, verdict);
  }
}

/** The peer is silent, and its time without the witness is over: the lease is asked for. */
function untilRenewed(node: TestNode): void {
  const untilMs = node.atMs + 60_000;
  while (asked(node).at(-1)?.request.wish !== 'renew') {
    assert.ok(node.atMs < untilMs, 'the lease is asked for');
    if (node.group().lease.asked !== undefined) answer(node, 'seen');
    node.advance(10);
  }
}

/** An owner that has just asked for the lease to be renewed. */
function asking(): TestNode {
  const node = activeNode({ config });
  answer(node, 'seen');
  node.hearFor(10);
  assert.equal(asked(node).at(-1)?.request.wish, 'renew');
  return node;
}

suite('the lease of the witness', () => {
  test('is not asked for where none is configured', () => {
    const node = activeNode();
    node.advance(20_000);
    assert.equal(node.count('askWitness'), 0);
    assert.equal(servesUntilMs(node.state, node.group()), Number.POSITIVE_INFINITY);
  });

  test('is renewed by an owner, and only looked at by a standby whose peer is heard', () => {
    const owner = activeNode({ config });
    alone(owner, 3_000, 'granted');
    assert.equal(asked(owner).at(-1)?.request.wish, 'renew');
    assert.equal(asked(owner).at(-1)?.request.isHolding, true);
    const standby = new TestNode({ config }).boot();
    for (let count = 0; count < 10; count += 1) {
      standby.hearFor(400, [{ role: 'active', epoch: theirs(1), isVerifiedStopped: false }]);
      answer(standby, 'seen');
    }
    assert.deepEqual(new Set(asked(standby).map(({ request }) => request.wish)), new Set(['look']));
  });

  test('counts from before it was asked for, however late the answer is', () => {
    const node = activeNode({ config });
    node.advance(3_000);
    const { ask, request } = asked(node).at(-1)!;
    const askedAtMs = node.group().lease.asked?.atMs ?? 0;
    assert.equal(request.leaseMs, witness.leaseMs);
    node.advance(200);
    answer(node, 'granted');
    assert.equal(node.group().lease.grantedFromMs, askedAtMs);
    assert.ok(askedAtMs < node.atMs - 200);
    // The same answer again is nobody's.
    const before = node.state;
    node.happen({ type: 'witnessAnswered', group: 'site', ask, answer: { kind: 'silent' } });
    assert.deepEqual(node.group().lease, before.groups[0]?.lease);
  });

  test('ends so early that the stops and the clocks fit before the witness gives it away', () => {
    assert.ok(rightMs(witness) + witness.stopMs < witness.leaseMs);
    assert.ok(witness.leaseMs < regrantMs(witness.leaseMs));
    const node = activeNode({ config });
    alone(node, 2_000, 'granted');
    const untilMs = servesUntilMs(node.state, node.group());
    node.judge = (spec) => (spec.action === 'stop' ? undefined : { kind: 'done' });
    alone(node, untilMs - node.atMs - 10, 'silent');
    assert.equal(node.group().activity.kind, 'active');
    node.forget();
    alone(node, 60, 'silent');
    assert.equal(node.rule(), 'lease-over');
    assert.deepEqual(node.jobs(), ['stop db']);
    // The stop hangs: the address must not be renewed when another may have it.
    alone(node, leaseEndsAtMs(node.state, node.group()) - node.atMs + 100, 'silent');
    node.forget();
    alone(node, 5_000, 'silent');
    assert.equal(node.count('renew'), 0);
  });

  test('is not needed while the peer answers: each answer stands for it', () => {
    const node = activeNode({ config });
    node.hearFor(60_000);
    assert.equal(node.group().activity.kind, 'active');
    assert.equal(node.rule(), 'owner');
  });

  test('of a silent peer is not asked for before a lease after its last beat, nor accepted', () => {
    const node = new TestNode({ config }).boot();
    node.hearFor(2_000, [{ role: 'active', epoch: theirs(1), isVerifiedStopped: false }]);
    const heardAtMs = node.atMs;
    answer(node, 'seen');
    alone(node, regrantMs(witness.leaseMs) - 50, 'seen');
    assert.deepEqual(
      asked(node).filter(({ request }) => request.wish === 'renew'),
      [],
    );
    assert.equal(node.rule(), 'witness-pause');
    assert.equal(node.group().activity.kind, 'idle');
    alone(node, 2_000, 'granted');
    assert.equal(node.group().activity.kind, 'active');
    const firstRenew = asked(node).find(({ request }) => request.wish === 'renew');
    assert.ok(firstRenew !== undefined);
    assert.ok(node.atMs > heardAtMs + regrantMs(witness.leaseMs));
    assert.deepEqual(
      node.effects.flatMap((effect) =>
        effect.type === 'record' && effect.entry.id === 'claimed' ? [effect.entry.evidence] : [],
      ),
      ['E4'],
    );
    assert.equal(node.group().durable.movesWallMs.length, 1, 'a move: it was the peer that served');
  });

  test('that is refused, or not answered, is no takeover, and the rules say which', () => {
    const node = new TestNode({ config }).boot();
    node.hearFor(2_000, [{ role: 'active', epoch: theirs(1), isVerifiedStopped: false }]);
    answer(node, 'seen');
    untilRenewed(node);
    alone(node, 1_000, 'held');
    assert.equal(node.rule(), 'witness-refuses');
    assert.match(node.entries('witness-answer').join(), /keeps the lease of site for node2/);
    alone(node, 3_000, 'silent');
    assert.equal(node.rule(), 'witness-unreachable');
    assert.equal(node.group().activity.kind, 'idle');
    assert.deepEqual(node.entries('claimed'), []);
  });

  test('tells of an epoch that this node has not heard of, and it claims above that', () => {
    const node = new TestNode({ config }).boot();
    node.hearFor(2_000, [{ role: 'active', epoch: theirs(1), isVerifiedStopped: false }]);
    answer(node, 'seen');
    untilRenewed(node);
    answer(node, 'stale', { epoch: theirs(9), servedEpoch: theirs(9) });
    assert.deepEqual(node.group().durable.epoch, theirs(9));
    alone(node, 2_000, 'granted');
    assert.equal(node.group().durable.heldEpoch.counter, 10);
  });

  test('is given back when everything has stopped, verified, and not before', () => {
    const node = activeNode({ config });
    alone(node, 1_500, 'granted');
    node.hear();
    let stop: (() => void) | undefined;
    node.judge = (spec) => {
      if (spec.action === 'stop' && spec.resource === 'db') {
        stop = () => node.finish(spec, { kind: 'done' });
        return undefined;
      }
      return { kind: 'done' };
    };
    node.type({ kind: 'release', groups: ['site'], isForced: true, reason: 'a test', isDryRun: false });
    node.forget();
    node.hearFor(600);
    assert.ok(!asked(node).some(({ request }) => request.wish === 'release'));
    stop?.();
    if (node.group().lease.asked !== undefined) answer(node, 'granted');
    node.hearFor(600);
    assert.equal(asked(node).at(-1)?.request.wish, 'release');
    answer(node, 'released', { holder: '' });
    node.hearFor(1_200);
    assert.equal(asked(node).at(-1)?.request.wish, 'look');
  });

  test('is held no longer from the moment at which it is given back, also when no answer comes', () => {
    const node = activeNode({ config });
    alone(node, 20_000, 'granted');
    node.judge = ({ action }) => (action === 'start' ? { kind: 'failed', detail: 'x' } : { kind: 'done' });
    node.type({ kind: 'resource', group: 'site', resource: 'db', action: 'restart' });
    node.until(
      () => asked(node).at(-1)?.request.wish === 'release',
      () => alone(node, 50, 'granted'),
    );
    alone(node, 1_000, 'silent');
    // The peer may have it by now, and serve.
    node.judge = () => ({ kind: 'done' });
    node.type({ kind: 'ack', group: 'site' });
    node.advance(20);
    assert.equal(node.rule(), 'witness-unreachable');
    assert.equal(node.group().activity.kind, 'idle');
    alone(node, 1_000, 'granted');
    assert.equal(node.group().activity.kind, 'active');
  });

  test('is told of in words that name whose it is, and each verdict once', () => {
    const cases: ReadonlyArray<readonly [WitnessVerdict, Partial<WitnessReply>, string | undefined]> = [
      ['granted', {}, 'the witness granted the lease of site to node1'],
      [
        'held',
        { waitMs: 700, otherHeardAgoMs: 300 },
        'the witness keeps the lease of site for node2, which it heard 300 ms ago; it is free in 700 ms at the earliest',
      ],
      [
        'held',
        { waitMs: 700 },
        'the witness keeps the lease of site for node2, which it has not heard node2 since its start; it is free in 700 ms at the earliest',
      ],
      [
        'settling',
        { waitMs: 900 },
        'the witness has just started and grants the lease of site to nobody new for 900 ms',
      ],
      ['unwritable', {}, 'the witness cannot write down whose the lease of site is, and grants nothing'],
      ['full', {}, 'the witness keeps no more groups of this cluster: it has no lease for site'],
      ['again', {}, undefined],
      ['seen', {}, undefined],
    ];
    for (const [verdict, more, sentence] of cases) {
      const node = asking();
      for (let count = 0; count < 2; count += 1) {
        answer(node, verdict, more);
        node.advance(600);
      }
      assert.deepEqual(node.entries('witness-answer'), sentence === undefined ? [] : [sentence]);
      const levels = node.effects.flatMap((effect) =>
        effect.type === 'record' && effect.entry.id === 'witness-answer' ? [effect.entry.level] : [],
      );
      assert.deepEqual(levels, sentence === undefined ? [] : [verdict === 'granted' ? 'info' : 'warning']);
    }
  });

  test('is no news to a standby that only looks at it', () => {
    const node = new TestNode({ config }).boot();
    node.hearFor(400, [{ role: 'active', epoch: theirs(1), isVerifiedStopped: false }]);
    answer(node, 'held');
    assert.deepEqual(node.entries('witness-answer'), []);
  });

  test('that is not answered for twice is told once, and so is that the witness answers again', () => {
    const node = activeNode({ config });
    answer(node, 'granted');
    node.forget();
    const silent = (): void => {
      const ask = node.group().lease.asked;
      assert.ok(ask !== undefined);
      node.happen({ type: 'witnessAnswered', group: 'site', ask: ask.id, answer: { kind: 'silent' } });
    };
    for (const told of [0, 1, 1, 1]) {
      node.hearFor(600);
      silent();
      assert.equal(node.entries('witness-silent').length, told);
    }
    assert.equal(node.entries('witness-heard').length, 0);
    for (let count = 0; count < 2; count += 1) {
      node.hearFor(600);
      answer(node, 'granted');
    }
    assert.deepEqual(node.entries('witness-heard'), ['the witness answers again for site']);
  });

  test('is asked for without a pause by a daemon that has just started and holds, and by no other', () => {
    const pausesMs = (holding: DurableGroup['holding']): readonly number[] => {
      const node = new TestNode({ config, disk: [served('site', { holding })] });
      node.judge = () => ({ kind: holding === 'nothing' ? 'stopped' : 'running' });
      node.boot();
      const startedMs = node.atMs;
      const times: number[] = [];
      while (node.atMs < startedMs + 1_600) {
        const pending = node.group().lease.asked;
        if (pending !== undefined && times.at(-1) !== pending.atMs - startedMs) times.push(pending.atMs - startedMs);
        alone(node, 10, 'silent');
      }
      return times;
    };
    assert.deepEqual(pausesMs('serving'), [0, 250, 500, 750, 1_250]);
    assert.deepEqual(pausesMs('nothing'), [0, 500, 1_000, 1_500]);
  });

  test('is asked for again when it may be free, or at once when an epoch was missing, and else after a period', () => {
    for (const [verdict, waitMs, againMs] of [
      ['granted', 0, 500],
      ['held', 100, 101],
      ['held', 5_000, 500],
      ['held', 0, 20],
      ['settling', 200, 201],
      ['stale', 0, 20],
      ['full', 100, 500],
    ] as const) {
      const node = asking();
      const pending = node.group().lease.asked;
      assert.ok(pending !== undefined);
      answer(node, verdict, { waitMs });
      const dueMs =
        node.group().lease.nextAskAtMs - (verdict === 'granted' || againMs === 500 ? pending.atMs : node.atMs);
      assert.equal(dueMs, againMs, `${verdict} ${waitMs}`);
    }
  });

  test('tells of an epoch that only served, too', () => {
    const node = activeNode({ config });
    answer(node, 'seen', { epoch: { counter: 0, node: '' }, servedEpoch: theirs(4) });
    assert.deepEqual(node.group().durable.servedEpoch, theirs(4));
    assert.notDeepEqual(node.group().durable.epoch, theirs(4));
  });
});
