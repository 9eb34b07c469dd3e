import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { longestGap, overlaps, totalMs, uncovered } from '../../lab/timeline.ts';

const window = { fromMs: 100, toMs: 200 };

suite('the longest gap between answers', () => {
  const cases: readonly { name: string; moments: readonly number[]; expected: readonly [number, number] }[] = [
    { name: 'is the whole window without any', moments: [], expected: [100, 200] },
    { name: 'can be at the start', moments: [160, 180], expected: [100, 160] },
    { name: 'can be in the middle', moments: [110, 170, 190], expected: [110, 170] },
    { name: 'can be at the end', moments: [110, 120, 140], expected: [140, 200] },
    { name: 'knows nothing of answers outside', moments: [10, 99, 130, 201, 300], expected: [130, 200] },
  ];
  test('does not count what nobody could see', () => {
    const blind = [
      { fromMs: 90, toMs: 130 },
      { fromMs: 150, toMs: 155 },
    ];
    assert.deepEqual(longestGap([140, 160], window, blind), { fromMs: 160, toMs: 200, ms: 40 });
    assert.deepEqual(longestGap([195], window, blind), { fromMs: 100, toMs: 195, ms: 60 });
  });
  for (const { name, moments, expected } of cases) {
    test(name, () => {
      const { fromMs, toMs, ms } = longestGap(moments, window);
      assert.deepEqual([fromMs, toMs, ms], [...expected, expected[1] - expected[0]]);
    });
  }
});

test('two holders overlap where both intervals and the window do', () => {
  const one = [interval(0, 120), interval(150, 160)];
  const other = [interval(110, 155), interval(190, 300)];
  assert.deepEqual(overlaps(one, other, window), [interval(110, 120), interval(150, 155)]);
  assert.equal(totalMs(overlaps(one, other, window)), 15);
  assert.deepEqual(overlaps([interval(100, 150)], [interval(150, 200)], window), []);
});

test('what nobody covers is what is left of the window', () => {
  assert.deepEqual(uncovered([], window), [window]);
  assert.deepEqual(uncovered([interval(0, 300)], window), []);
  assert.deepEqual(uncovered([interval(150, 160), interval(90, 110), interval(105, 120)], window), [
    interval(120, 150),
    interval(160, 200),
  ]);
});

function interval(fromMs: number, toMs: number): { fromMs: number; toMs: number } {
  return { fromMs, toMs };
}
