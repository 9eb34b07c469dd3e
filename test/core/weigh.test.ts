import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { decide } from '../../src/core/decide.ts';
import { type Facts, factsOf } from '../../src/core/facts.ts';
import { weighRules } from '../../src/core/weigh.ts';
import { Prng } from '../../src/sim/prng.ts';
import { domains } from './everyFacts.ts';
import { activeNode, TestNode, theirs } from './testNode.ts';

suite('the rules, weighed one by one,', () => {
  test('name the rule that decides, over facts drawn at random', () => {
    const prng = new Prng(1);
    const seen = new Set<string>();
    for (let round = 0; round < 20_000; round += 1) {
      const drawn = Object.entries(domains).map(([key, values]) => [key, values[prng.between(0, values.length - 1)]]);
      const facts = Object.fromEntries(drawn) as Facts;
      const weighed = weighRules(facts);
      const decider = weighed.filter(({ decides }) => decides).map(({ rule }) => rule.id);
      assert.deepEqual(decider, [decide(facts).id]);
      for (const { rule, applies } of weighed) assert.equal(applies, rule.when(facts));
      seen.add(decider[0] ?? '');
    }
    assert(seen.size > 15, [...seen].join());
  });

  test('say which facts each of them looked at, and no others', () => {
    const node = activeNode();
    const weighed = weighRules(factsOf(node.state, node.group(), node.atMs, node.wallMs));
    const of = (id: string): readonly string[] => weighed.find(({ rule }) => rule.id === id)?.looked ?? [];
    assert.deepEqual(of('outranked'), ['isOutranked']);
    assert.deepEqual(of('owner'), ['holding']);
    assert.deepEqual(of('standby'), []);
  });

  test('say of no rule about a group that nobody holds that it applies where the peer holds it, or is to take it', () => {
    const node = new TestNode().boot();
    node.hearFor(400, [{ role: 'active', epoch: theirs(1), servedEpoch: theirs(1), isVerifiedStopped: false }]);
    const facts = {
      ...factsOf(node.state, node.group(), node.atMs, node.wallMs),
      isArmed: false,
      isEvidenceEnough: false,
    };
    const applying = (more: Partial<Facts>): readonly string[] =>
      weighRules({ ...facts, ...more }).flatMap(({ rule, applies }) => (applies ? [rule.id] : []));
    assert.deepEqual(applying({ choice: 'nobody' }), ['peer-holds', 'standby']);
    assert.deepEqual(applying({ isPeerHolding: false, choice: 'peer' }), ['nobody-active-peer', 'standby']);
    assert.deepEqual(applying({ isPeerHolding: false, choice: 'nobody' }), ['not-armed', 'standby']);
    assert.deepEqual(applying({ isPeerHolding: false, choice: 'peer', peer: 'silent' }), [
      'not-armed',
      'peer-lost-hold',
      'standby',
    ]);
  });
});
