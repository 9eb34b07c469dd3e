import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { planOf } from '../../../src/sim/live/plan.ts';
import { type Ordered, predict } from '../../../src/sim/live/prediction.ts';
import type { Command } from '../../../src/sim/live/script.ts';
import { whyNot } from '../../../src/sim/live/whyNot.ts';
import { drawCase, said } from './agreement.ts';

/** Each a pair of its own (timings, channels, groups, data), at a random moment, seen from one of its nodes. */
const seeds = Array.from({ length: 100 }, (_, index) => index + 1);

suite('in 100 random pairs, from what one node knows,', () => {
  test('simulate says what is answered, which steps are taken, and who owns in the end', () => {
    const counts = { moved: 0, refused: 0, stayed: 0 };
    for (const seed of seeds) {
      const drawn = drawCase(seed);
      const told = `seed ${seed}, ${drawn.node}: ${drawn.script}`;
      const predicted = predict(drawn.live, drawn.commands);
      const real = drawn.goOn();
      assert.equal(predicted.problem, undefined, told);
      const answers = predicted.answers.map(({ node, answer }) => `${node} ${said(answer)}`);
      assert.deepEqual(answers, real.answers, told);
      assert.deepEqual(
        Object.fromEntries(predicted.groups.map((group) => [group.group, group.ownerAfter])),
        real.owners,
        told,
      );
      compareSteps(predicted.jobs, real.jobs, drawn.isPeerBusy, told);
      if (real.answers.some((answer) => answer.includes('refused'))) counts.refused += 1;
      if (predicted.groups.some(({ ownerBefore, ownerAfter }) => ownerBefore !== ownerAfter)) counts.moved += 1;
      else counts.stayed += 1;
    }
    // What was drawn has some of each.
    assert(counts.moved > 15 && counts.refused > 8 && counts.stayed > 15, JSON.stringify(counts));
  });

  test('plan says what takeover --dry-run answers, or the steps that the move then takes', () => {
    const counts = { accepted: 0, refused: 0, unsaved: 0, steps: 0 };
    for (const seed of seeds) {
      const drawn = drawCase(seed);
      const kind = seed % 3 === 0 ? 'release' : 'takeover';
      const isForced = seed % 5 === 0;
      const told = `seed ${seed}, ${drawn.node}: ${kind}${isForced ? ' --force' : ''}`;
      const plan = planOf(drawn.live, { kind, groups: [], isForced });
      const words = ['type', drawn.node, kind, ...(isForced ? ['--force'] : [])];
      const dry = drawn.goOn([command([...words, '--dry-run'])]);
      // The daemon gives the same reason; a plan has none.
      const withoutReason = (text: string): string => text.replace(/: a scenario$/, '');
      assert.deepEqual(dry.answers.map(withoutReason), [`${drawn.node} ${said(plan.answer)}`], told);
      counts[plan.answer.kind] += 1;
      const real = drawn.goOn([command(words), { said: 'wait', waitMs: 30_000, words: [] }]);
      if (plan.answer.kind === 'refused') continue;
      compareSteps(plan.steps, real.jobs, drawn.isPeerBusy, told);
      assert.deepEqual(
        Object.fromEntries(plan.groups.map((group) => [group.group, group.ownerAfter])),
        real.owners,
        told,
      );
      counts.steps += plan.steps.length;
    }
    assert(counts.accepted > 30 && counts.refused > 20 && counts.steps > 100, JSON.stringify(counts));
  });

  test('why-not says whether a node takes over when the other one loses its power', () => {
    const counts = { takes: 0, doesNot: 0 };
    // Two questions of each.
    for (const seed of seeds.slice(0, 50)) {
      for (const node of ['node1', 'node2']) {
        const drawn = drawCase(seed);
        const group = drawn.options.groups[0]?.name ?? '';
        const why = whyNot(drawn.live, node, group);
        assert(why !== undefined);
        const other = node === 'node1' ? 'node2' : 'node1';
        const { deadMs, leaseMs, initdeadMs } = drawn.options;
        const waitMs = 2 * deadMs + leaseMs + initdeadMs + 50_000;
        const real = drawn.goOn([command(['crash', other]), { said: 'wait', waitMs, words: [] }]);
        const told = `seed ${seed}, seen from ${drawn.node}: why not ${node}? ${JSON.stringify(why)}`;
        assert.equal(why.ifOtherDies.takesOver, real.owners[group] === node, told);
        if (why.ifOtherDies.takesOver) counts.takes += 1;
        else {
          counts.doesNot += 1;
          assert(why.isHolding || why.next.length > 0, `${told}: it says what to do`);
        }
      }
    }
    assert(counts.takes > 30 && counts.doesNot > 10, JSON.stringify(counts));
  });
});

/** Groups move side by side: their order is that of chance. A step that the peer had taken already is not taken again. */
function compareSteps(predicted: readonly Ordered[], real: readonly string[], isPeerBusy: boolean, told: string): void {
  const groups = new Set([...real.map((job) => job.split(' ')[2]), ...predicted.map(({ group }) => group)]);
  for (const group of groups) {
    const mine = predicted
      .filter((job) => job.group === group)
      .map((job) => `${job.node} ${job.action} ${group} ${job.resource}`);
    const theirs = real.filter((job) => job.split(' ')[2] === group);
    if (!isPeerBusy) assert.deepEqual(mine, theirs, told);
    else assert.deepEqual(leftOf(mine, theirs), theirs, told);
  }
}

/** What of `all` is in `some`, in its order. */
function leftOf(all: readonly string[], some: readonly string[]): readonly string[] {
  let next = 0;
  return all.filter((one) => {
    if (one !== some[next]) return false;
    next += 1;
    return true;
  });
}

function command(words: readonly string[]): Command {
  return { said: words.join(' '), waitMs: undefined, words: [words] };
}
