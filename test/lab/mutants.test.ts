import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { mutants } from './acceptance/mutants.ts';
import { checkout, problemWith } from './changedCheckout.ts';
import { tableOf } from './mutantTable.ts';

test('each mutant still changes what it names, and its test is there', () => {
  for (const { row, file, edits } of mutants) {
    for (const edit of edits)
      assert.equal(problemWith(readFileSync(join(checkout, edit.file), 'utf8'), edit), undefined);
    const tests = readFileSync(join(checkout, `test/lab/acceptance/${file}.test.ts`), 'utf8');
    assert.ok(tests.includes(`'${row}`), `${file}.test.ts has no test whose title begins with ${row}`);
  }
});

test('each acceptance row has a mutant, and docs/testing.md lists them all', () => {
  const rows = Array.from({ length: 11 }, (_, index) => `A${index + 1}`);
  const without = rows.filter((name) => !mutants.some(({ row }) => row === name || row.startsWith(`${name}:`)));
  assert.deepEqual(without, []);
  const page = readFileSync(join(checkout, 'docs/testing.md'), 'utf8');
  assert.ok(page.includes(tableOf(mutants)), 'print the table by: npm run mutants -- --list');
});

test('an edit that no longer applies is named', () => {
  const edit = { file: 'some.ts', from: 'x', to: 'y' };
  assert.equal(problemWith('a x b', edit), undefined);
  assert.match(problemWith('a b', edit) ?? '', /some\.ts has 0 times/);
  assert.match(problemWith('x x', edit) ?? '', /2 times/);
});
