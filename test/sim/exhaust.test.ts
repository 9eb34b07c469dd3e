import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Fate, fatesAt } from '../../src/sim/exhaust/deviations.ts';
import { deviationsAfter, explore, play } from '../../src/sim/exhaust/explore.ts';
import { StateCount } from '../../src/sim/exhaust/stateCount.ts';

const steady = { beginning: 'steady', windowMs: 1_200, depth: 1 } as const;

suite('whatever goes otherwise at one place', () => {
  for (const beginning of ['boot', 'steady'] as const) {
    test(`no promise is broken, and one node owns the group in the end (${beginning})`, () => {
      const states = new StateCount();
      const { runs, violations } = explore({ ...steady, beginning }, [], states);
      assert.deepEqual(violations, []);
      const { places } = play({ ...steady, beginning }, [], states);
      assert.equal(runs, 1 + deviationsAfter([], places).length);
      assert(runs > 50, `${runs} runs`);
      assert(states.estimate() > runs, `${states.estimate()} states in ${runs} runs`);
    });
  }

  test('the places of a start are beats, writes, jobs and what lies between a write and its answer', () => {
    const { places } = play({ beginning: 'boot', windowMs: 6_000, depth: 0 }, [], new StateCount());
    const seen = new Set(places.flatMap(fatesAt));
    const all: readonly Fate[] = [
      'the beat is lost',
      'a power cut, and back late',
      'the script hangs',
      'the disk refuses',
      'a power cut that loses the write, and back soon',
    ];
    for (const fate of all) assert(seen.has(fate), fate);
  });

  test('a deviation really happens, and only at its place', () => {
    const told = (place: number, fate: Fate): string => {
      const lines: string[] = [];
      const note = (_: number, who: string, text: string): void => void lines.push(`${who} ${text}`);
      const { sentence } = play(steady, [{ place, fate }], new StateCount(), note);
      assert.equal(sentence, undefined);
      return lines.join('\n');
    };
    assert.match(told(2, 'a power cut, and back late'), /loses its power[\s\S]*boots/);
    assert.match(told(0, 'silence of both'), /lan is cut[\s\S]*cross is cut[\s\S]*is heard again/);
    assert.match(told(1, 'its receiver stands still for long'), /twinbeatd freezes[\s\S]*twinbeatd thaws/);
    assert.match(told(3, 'a takeover is typed at its receiver'), /accepted: (taking over site|every group is active)/);
    assert.doesNotMatch(told(900, 'a power cut, and back late'), /loses its power/);
  });
});

test('states that differ are counted once each', () => {
  const states = new StateCount();
  play({ ...steady, depth: 0 }, [], states);
  const once = states.estimate();
  play({ ...steady, depth: 0 }, [], states);
  assert(once > 5);
  assert.equal(states.estimate(), once, 'the same run comes by the same states');
});
