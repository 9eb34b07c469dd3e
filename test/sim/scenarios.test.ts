/**
 * Plays every file in test/scenarios: commands to a pretended pair, and what it said.
 *
 * After a wanted change of behaviour run `npm run test:rewrite` and read the difference: commit it only when every
 * line of it can be explained.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { playScenario } from '../../src/sim/scenario.ts';

const directory = new URL('../scenarios/', import.meta.url);
const rewrites = process.env['TWINBEAT_REWRITE'] === '1' || process.env['REWRITE'] === '1';

suite('scenarios:', () => {
  for (const file of readdirSync(directory).toSorted()) {
    test(file.replaceAll('-', ' ').replace(/\.txt$/, ''), () => {
      const url = new URL(file, directory);
      const text = readFileSync(url, 'utf8');
      const actual = playScenario(text);
      assert.doesNotMatch(actual, /^(broken|not as expected): .*/m);
      if (rewrites) writeFileSync(url, actual);
      else assert.equal(actual, text);
    });
  }
});
