import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { newDurableGroup } from '../../src/core/durable.ts';
import type { OperatorWish } from '../../src/core/event.ts';
import { activeNode, plainConfig, TestNode, theirs } from './testNode.ts';

suite('a daemon that is asked to leave its services running', () => {
  test('decides nothing more, even if the peer turns out to be silent at that very moment', () => {
    const node = new TestNode().boot();
    node.hearFor(1_000, [{ role: 'active', isVerifiedStopped: false, epoch: { counter: 1, node: 'node2' } }]);
    node.forget();
    node.atMs += plainConfig.timing.deadMs + 100;
    node.state = { ...node.state, alarmAtMs: node.atMs };
    node.happen({ type: 'stopAsked', services: 'keep' });
    assert.deepEqual(node.entries('claimed'), []);
    const types = node.effects.map(({ type }) => type);
    assert.deepEqual(types, ['record', 'exit']);
    assert.equal(node.group().durable.holding, 'nothing');
  });
});

suite('the good-bye of a daemon that leaves a group running in maintenance', () => {
  const on: OperatorWish = { kind: 'maintenance', groups: [], isOn: true, reason: '' };
  const off: OperatorWish = { kind: 'maintenance', groups: [], isOn: false, reason: '' };

  const latch = { epochCounter: 2, yields: false, isLanHealthy: true, transactions: 0, isByOperator: false };
  const maintainedThere = [{ armed: 'maintenance' }] as const;
  const endings: ReadonlyArray<readonly [string, (node: TestNode) => void, (node: TestNode) => void]> = [
    ['the maintenance ends', (node) => node.type(on), (node) => node.type(off)],
    ['the maintenance ends at the peer', (node) => node.hear(maintainedThere), (node) => node.hear()],
    [
      'the peer has won the contest after a split',
      (node) => node.type(on),
      (node) => node.hear([{ role: 'active', epoch: theirs(3), servedEpoch: theirs(3), latch }]),
    ],
  ];
  for (const [what, begin, end] of endings) {
    test(`waits for the stops when ${what} meanwhile, with a dead-man order until then`, () => {
      const node = activeNode();
      begin(node);
      node.happen({ type: 'stopAsked', services: 'release' });
      assert.equal(node.state.leaving.kind, 'left');
      node.forget();
      node.judge = () => undefined;
      end(node);
      node.advance(2_000);
      assert.deepEqual([node.group().activity.kind, node.count('exit')], ['stopping', 0]);
      const order = node.effects.findLast((effect) => effect.type === 'setDeadMan');
      assert(order?.type === 'setDeadMan' && order.afterMs !== undefined);
      node.judge = () => ({ kind: 'done' });
      for (const spec of node.running) node.finish(spec, { kind: 'done' });
      node.advance(2_000);
      assert.equal(node.group().isVerifiedStopped, true);
      assert(node.count('exit') > 0, 'it goes when everything is stopped');
    });
  }

  test('does not say that everything is stopped while it has not found out what runs', () => {
    const node = new TestNode({ disk: [{ ...newDurableGroup('site', 0), isMaintained: true }] });
    node.judge = () => undefined;
    node.boot().hearFor(400);
    node.happen({ type: 'stopAsked', services: 'release' });
    node.hearFor(2_000);
    const phases = node.effects.flatMap((effect) => (effect.type === 'send' ? [effect.beat.phase] : []));
    assert.deepEqual([...new Set(phases)], ['starting', 'leaving']);
    assert(node.count('exit') > 0, 'it goes');
  });
});
