import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { obey } from '../../../src/sim/commands.ts';
import type { LiveMoment } from '../../../src/sim/live/peerGroup.ts';
import { type Prediction, predict } from '../../../src/sim/live/prediction.ts';
import { parseScript } from '../../../src/sim/live/script.ts';
import { plainFence } from '../../../src/sim/options.ts';
import { momentOf, settledPair } from '../../cli/livePair.ts';

suite('a prediction', () => {
  test('keeps a channel cut that is cut now: the crash of the owner finds one medium only', () => {
    for (const names of [['lan', 'cross'], ['lan']]) {
      const world = settledPair();
      for (const cable of world.cables) if (names.includes(cable.name)) world.cut(cable, 'both');
      world.advance(10_000);
      const { groups } = predicted(momentOf(world, 1), 'wait 10s; crash node1; wait 30s');
      const isEnough = names.length === 1;
      assert.equal(groups[0]?.ownerAfter, isEnough ? 'node2' : undefined);
      assert.equal(groups[0]?.rules['node2'], isEnough ? 'owner' : 'peer-lost-hold');
    }
  });

  test('keeps a cut of one direction', () => {
    const world = settledPair();
    const [lan, cross] = world.cables;
    assert(lan !== undefined && cross !== undefined);
    world.cut(lan, 0);
    world.cut(cross, 'both');
    world.advance(10_000);
    for (const index of [0, 1] as const) {
      const { groups } = predicted(momentOf(world, index), 'wait 10s; crash node1; wait 30s');
      assert.equal(groups[0]?.rules['node2'], 'peer-lost-hold', `seen from node${index + 1}`);
    }
  });

  test('takes a silent peer to be off, and says so', () => {
    const world = settledPair();
    world.powerCut(world.machines[0]);
    world.advance(10_000);
    const { assumptions, groups } = predicted(momentOf(world, 1), 'wait 5s; boot node1; wait 20s');
    assert(assumptions.includes('node1 is silent: it is taken to be off'));
    assert.equal(groups[0]?.ownerAfter, 'node2');
  });

  test('knows that the daemon of a peer that has left is stopped', () => {
    const world = settledPair();
    world.stopHead(world.machines[0], 'release');
    world.advance(5_000);
    const { assumptions, groups, answers } = predicted(
      momentOf(world, 1),
      'start node1; wait 5s; takeover site on node1; wait 5s',
    );
    assert(assumptions.includes('node1 is up, and its daemon is stopped'));
    assert.equal(answers[0]?.answer.kind, 'accepted');
    assert.equal(groups[0]?.ownerAfter, 'node1');
  });

  test('goes on with a start that is under way', () => {
    const world = settledPair();
    obey(world, ['type', 'node2', 'takeover', 'site'], 1);
    for (let step = 0; step < 2_000 && momentOf(world, 1).state.groups[0]?.activity.kind !== 'starting'; step += 1)
      world.advance(1);
    world.advance(20);
    const { groups, jobs } = predicted(momentOf(world, 1), 'wait 5s');
    assert.equal(groups[0]?.ownerAfter, 'node2');
    assert(
      jobs.every(({ node, action }) => node === 'node2' && action === 'start'),
      JSON.stringify(jobs),
    );
  });

  test('fences with the fence of the pair', () => {
    const world = settledPair({ fence: plainFence });
    const { claims, assumptions } = predicted(momentOf(world, 1), 'kill node1; wait 30s');
    assert.deepEqual(
      claims.map(({ node, evidence }) => [node, evidence]),
      [['node2', 'E2']],
    );
    assert(assumptions.some((one) => one.startsWith('a fence takes a second')));
  });

  test('changes nothing of what it was given', () => {
    const live = momentOf(settledPair(), 0);
    const before = JSON.stringify(live);
    predicted(live, 'crash node2; wait 10s; boot node2; wait 20s; takeover site on node2; wait 5s');
    assert.equal(JSON.stringify(live), before);
  });

  test('that takes too much work ends with a sentence', () => {
    const live = momentOf(settledPair(), 0);
    const { problem } = predict(live, commandsOf(live, 'wait 1h'), { workMs: 50 });
    assert.equal(problem, 'it took longer than 50 ms of work');
  });

  test('of the same moment is the same each time', () => {
    const live = momentOf(settledPair(), 0);
    const once = predicted(live, 'cut all; wait 20s; mend all; wait 10s');
    assert.deepEqual(predicted(live, 'cut all; wait 20s; mend all; wait 10s'), once);
  });
});

function predicted(live: LiveMoment, script: string): Prediction {
  const prediction = predict(live, commandsOf(live, script));
  assert.equal(prediction.problem, undefined);
  return prediction;
}

function commandsOf(live: LiveMoment, script: string): Parameters<typeof predict>[1] {
  const parsed = parseScript(script, live.state.config);
  assert(parsed.ok, parsed.ok ? '' : parsed.sentence);
  return parsed.commands;
}
