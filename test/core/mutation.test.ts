import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { rules } from '../../src/core/rules.ts';
import { comparisonsIn, turnedRound } from './mutation/comparisons.ts';
import { coreMutants } from './mutation/coreMutants.ts';

suite('what is switched off in the core, one after the other', () => {
  test('is every rule but the last, and every comparison, each under a name of its own', () => {
    const mutants = coreMutants();
    const names = mutants.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    assert.equal(names.filter((name) => name.startsWith('rule ')).length, rules.length - 1);
    assert(names.length > 500, `${names.length}`);
  });

  test('are comparisons, and nothing that only looks like one', () => {
    const text = [
      "if (a === b && c.size < 2) say('a < b', `${x <= y ? 1 : 2} === 3`); // a > b",
      'const list: Map<string, number> = new Map<string, number>();',
      'const last = (n: number): boolean => n >= 1 /* or < 1 */;',
    ].join('\n');
    const found = comparisonsIn(text).map(({ line, operator }) => `${line} ${operator}`);
    assert.deepEqual(found, ['1 ===', '1 <', '1 <=', '3 >=']);
    const [first] = comparisonsIn(text);
    assert(first !== undefined);
    assert.equal(turnedRound(text, first).slice(0, 12), 'if (a !== b ');
  });
});
