import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { rules } from '../../src/core/rules.ts';

const directory = new URL('../scenarios/', import.meta.url);
const played = readdirSync(directory)
  .map((file) => readFileSync(new URL(file, directory), 'utf8'))
  .join('\n');

suite('a scenario shows', () => {
  // The last rule applies to what no other one is about; no story needs it.
  for (const { id, sentence } of rules.slice(0, -1)) {
    test(`${id}: ${sentence}`, () => {
      assert.match(played, new RegExp(`(by rule ${id}\\b(?!-)|\\(${id}\\)$)`, 'm'), 'write the scenario that needs it');
    });
  }
});
