import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { rules } from '../../src/core/rules.ts';
import { comparisonsIn, withSwitches } from './mutation/comparisons.ts';
import { coreMutants } from './mutation/coreMutants.ts';
import { equivalent, keyOfEquivalent } from './mutation/equivalent.ts';
import { Switches } from './mutation/switches.ts';

suite('what is switched off in the core, one after the other', () => {
  test('is every rule but the last, and every comparison, each under a name of its own', () => {
    const mutants = coreMutants();
    const names = mutants.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    assert.equal(names.filter((name) => name.startsWith('rule ')).length, rules.length - 1);
    assert(names.length > 500, `${names.length}`);
  });

  test('are named by what is there where they are listed as equivalent, each once', () => {
    const keys = coreMutants().map(({ key }) => key);
    assert.equal(new Set(keys).size, keys.length);
    const listed = equivalent.map(keyOfEquivalent);
    assert.equal(new Set(listed).size, listed.length);
    assert.deepEqual(
      listed.filter((key) => !keys.includes(key)),
      [],
    );
  });

  test('are comparisons, and nothing that only looks like one', () => {
    const text = [
      "if (a === b && c.size < 2) say('a < b', `${x <= y ? 1 : 2} === 3`); // a > b",
      'const list: Map<string, number> = new Map<string, number>();',
      'const last = (n: number): boolean => n >= 1 /* or < 1 */;',
    ].join('\n');
    const found = comparisonsIn(text).map(({ line, operator }) => `${line} ${operator}`);
    assert.deepEqual(found, ['1 ===', '1 <', '1 <=', '3 >=']);
  });

  test('are turned round one at a time', async () => {
    const text = withSwitches('(list, low, isLow) => list.filter((n) => n > low === isLow).length < 2 && low !== 0', 0);
    const switches = new Switches(new Map());
    Object.assign(globalThis, { switches });
    const { default: isSmall } = (await import(`data:text/javascript,export default ${encodeURIComponent(text)}`)) as {
      default: (list: readonly number[], low: number, isLow: boolean) => boolean;
    };
    // Its comparisons in order: n > low, … === isLow, … < 2, low !== 0.
    const said = [undefined, 0, 1, 2, 3].map((off) => {
      switches.switchOff(off);
      return isSmall([1, 2, 3], 2, true);
    });
    assert.deepEqual(said, [true, false, false, false, false]);
  });
});
