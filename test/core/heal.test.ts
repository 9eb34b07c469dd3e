import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Latch } from '../../src/core/beat.ts';
import { survivor } from '../../src/core/incident.ts';

const plain: Latch = { epochCounter: 5, yields: false, isLanHealthy: true, transactions: 0, isByOperator: false };

function survives(mine: Latch, theirs: Latch, isHigherName: boolean): boolean {
  const [self, peer] = isHigherName ? (['node2', 'node1'] as const) : (['node1', 'node2'] as const);
  return survivor(mine, theirs, self, peer).stays;
}

suite('after a split stays', () => {
  const cases: ReadonlyArray<{ name: string; mine: Partial<Latch>; theirs: Partial<Latch> }> = [
    {
      name: 'the side that did not stall, before a healthy LAN',
      mine: { isLanHealthy: false },
      theirs: { yields: true },
    },
    {
      name: 'the side with the healthy LAN, before more transactions',
      mine: {},
      theirs: { isLanHealthy: false, transactions: 9 },
    },
    {
      name: 'the side with more transactions, before the operator',
      mine: { transactions: 9 },
      theirs: { transactions: 8, isByOperator: true },
    },
    {
      name: 'the side that an operator chose, before the incumbent',
      mine: { isByOperator: true, epochCounter: 6 },
      theirs: {},
    },
    { name: 'the incumbent, before the higher name', mine: {}, theirs: { epochCounter: 6 } },
  ];
  for (const { name, mine, theirs } of cases) {
    test(name, () => {
      for (const isHigherName of [false, true]) {
        assert.equal(survives({ ...plain, ...mine }, { ...plain, ...theirs }, isHigherName), true);
        assert.equal(survives({ ...plain, ...theirs }, { ...plain, ...mine }, !isHigherName), false);
      }
    });
  }

  test('the higher name, when all else is equal', () => {
    assert.equal(survives(plain, plain, true), true);
    assert.equal(survives(plain, plain, false), false);
  });

  test('the same side for the same reason, said in the same words by both', () => {
    for (const { mine, theirs } of cases) {
      const [a, b] = [
        { ...plain, ...mine },
        { ...plain, ...theirs },
      ];
      const here = survivor(a, b, 'node1', 'node2');
      const there = survivor(b, a, 'node2', 'node1');
      assert.deepEqual(here, { ...there, stays: !there.stays });
    }
  });

  test('exactly one side, whatever the two latches are', () => {
    const latches = [false, true].flatMap((yields) =>
      [false, true].flatMap((isLanHealthy) =>
        [0, 3].flatMap((transactions) =>
          [false, true].flatMap((isByOperator) =>
            [5, 6].map((epochCounter): Latch => ({ yields, isLanHealthy, transactions, isByOperator, epochCounter })),
          ),
        ),
      ),
    );
    for (const a of latches) {
      for (const b of latches) assert.notEqual(survives(a, b, true), survives(b, a, false), JSON.stringify({ a, b }));
    }
  });
});
