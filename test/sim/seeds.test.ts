import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { runSeed } from '../../src/sim/run.ts';
import { runMany } from '../../src/sim/runMany.ts';

/** As many as take some seconds; `npm run sim` is for more. */
const seeds = 200;

suite('whatever happens to a pair', () => {
  test(`in ${seeds} drawn stories no promise is broken`, async () => {
    const { violations } = await runMany(1, seeds);
    const told = violations.map(
      ({ seed, violation }) => `${violation?.sentence ?? ''}\n  npm run sim -- --seed ${seed}`,
    );
    assert.deepEqual(told, []);
  });

  test('as many are told as there is time for, from the first one on', async () => {
    const { seeds: told } = await runMany(1, 1_000_000, { jobs: 1, withinMs: 300 });
    assert.ok(told > 0 && told < 1_000, `${told} seeds`);
  });

  test('a seed tells the same story each time', () => {
    const story = (): readonly string[] => {
      const lines: string[] = [];
      runSeed(5, (line) => lines.push(line));
      return lines;
    };
    const first = story();
    assert.ok(first.length > 20);
    assert.deepEqual(story(), first);
  });
});
