import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import type { SeedResult } from '../../src/sim/run.ts';
import { runSeed } from '../../src/sim/run.ts';
import { runOnly, shrink } from '../../src/sim/shrink.ts';

test('what is left out of a seed changes nothing of what else is drawn', () => {
  const whole = runSeed(4);
  assert(whole.happenings.length > 2, whole.happenings.join(', '));
  const all = runOnly(4)(whole.happenings.map((_, place) => place));
  assert.deepEqual({ ...all, coverage: {} }, { ...whole, coverage: {} });
  const without = runOnly(4)(whole.happenings.flatMap((_, place) => (place === 1 ? [] : [place])));
  assert.deepEqual(without.happenings, whole.happenings);
  assert.deepEqual(runOnly(4)([]).violation, undefined);
});

test('a seed that breaks nothing is not shrunk', () => {
  assert.equal(shrink(4), undefined);
});

test('of a failing seed remains what the broken promise needs, and nothing else', () => {
  const happenings = Array.from({ length: 11 }, (_, place) => `accident ${place}`);
  const plain: SeedResult = { seed: 1, virtualMs: 0, coverage: {}, violation: undefined, happenings };
  const needed = [3, 8];
  let runs = 0;
  const run = (kept: readonly number[]): SeedResult => {
    runs += 1;
    const isBroken = needed.every((place) => kept.includes(place));
    return isBroken ? { ...plain, violation: { invariant: 'I9', sentence: 'I9: two owners' } } : plain;
  };
  const shrunk = shrink(1, run, { ...plain, violation: { invariant: 'I9', sentence: 'I9: two owners' } });
  assert.deepEqual(shrunk?.kept, needed);
  assert.equal(shrunk.result.violation?.invariant, 'I9');
  assert(runs < 40, `${runs} runs`);
});

test('npm run sim shows a seed with some of its accidents, and refuses what it does not know', () => {
  const run = (...words: readonly string[]): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, [join(import.meta.dirname, '../../src/sim/main.ts'), ...words], { encoding: 'utf8' });
  assert.match(
    String(run('--seed', '4', '--only', '0').stdout),
    /seed 4: \d+ s of virtual time: every promise was kept/,
  );
  assert.match(String(run('--seed', '4', '--shrink').stdout), /^seed 4: every promise was kept/);
  for (const words of [
    ['--only', '2'],
    ['--shrink'],
    ['--seed', '4', '--only', 'x'],
    ['--seed', '4', '--only', '1', '--shrink'],
  ]) {
    assert.equal(run(...words).status, 2, words.join(' '));
  }
});
