import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { patienceMs, until } from '../../../lab/clock.ts';
import type { Lab } from '../../../lab/lab.ts';
import { busyMs, calm, hiccupMs, LabPair } from '../../../lab/pair.ts';
import { PowerSwitch } from '../../../lab/powerSwitch.ts';
import { floatingAddress } from '../../../lab/topology.ts';
import { hactl } from '../../../lab/twinbeat.ts';
import { row } from './row.ts';

/** A pair whose nodes can take each other's power away. */
function fenced(
  title: string,
  program: 'off' | 'broken',
  body: (lab: Lab, pair: LabPair, power: PowerSwitch) => Promise<void>,
): void {
  row(title, async (lab) => {
    const power = new PowerSwitch(lab);
    try {
      const pair = await LabPair.up(lab, { ...calm, more: power.guards(program, ['delay: 2s', 'test: 0s']) });
      await body(lab, pair, power);
    } finally {
      await power.close();
    }
  });
}

fenced(
  'fence: everything between two living hosts is cut, the owner fences the other one, and nobody notices',
  'off',
  async (lab, pair, power) => {
    const probe = await lab.probe(floatingAddress);
    await probe.answerFrom('node1', pair.fromMs, patienceMs);
    // The client goes on seeing both.
    const cut = await lab.cut('lan:node1>node2', 'lan:node2>node1', 'cross', 'serial');
    await until('node2 has lost its power', patienceMs, () => !lab.node2.isOn);
    await pair.until('node1', 'node2 is dead', ({ nodes }) => nodes['node2']?.state === 'dead');
    await pair.letBeat('node1', 10);
    assert.deepEqual(power.pressed, ['node2'], 'the owner was first, and the only one');
    pair.assertNeverTwice();
    pair.assertNothingMoved('node1', cut.startedMs);
    const gap = await probe.outage(cut.startedMs);
    assert.ok(gap.ms < hiccupMs, `nobody answered for ${gap.ms} ms`);

    await lab.mendAll();
    await lab.boot('node2');
    pair.assertNeverTwice();
  },
);

fenced('fence: an owner that froze has lost its power before its address is taken', 'off', async (lab, pair, power) => {
  const probe = await lab.probe(floatingAddress);
  await probe.answerFrom('node1', pair.fromMs, patienceMs);
  const frozen = await lab.freeze('node1');
  await probe.answerFrom('node2', frozen.startedMs, patienceMs);
  await pair.untilActive('node2');
  assert.deepEqual(power.pressed, ['node1'], 'node1 was fenced');
  assert.ok(!lab.node1.isOn, 'node1 is off');
  pair.assertNeverTwice();
  const claim = (await pair.events('node2')).find(({ id }) => id === 'claimed');
  assert.equal(claim?.evidence, 'E2');
  const gap = await probe.outage(frozen.startedMs);
  // Deadtime, the delay that leaves the owner the first shot, and the switch itself.
  assert.ok(gap.ms < 1000 + 2000 + busyMs, `nobody answered for ${gap.ms} ms`);
});

fenced('fence: a fence that fails holds the group, and confirm-dead ends the hold', 'broken', async (lab, pair) => {
  await lab.powerCut('node1');
  const held = await pair.until('node2', 'it could not fence node1', ({ warnings }) =>
    warnings.some(({ id }) => id === 'fence-failed'),
  );
  assert.equal(held.groups[0]?.because.rule, 'fence-failed');
  assert.match(JSON.stringify(held.warnings), /the switch does not answer/);
  assert.deepEqual(lab.addresses.holders(floatingAddress), []);
  const typed = await hactl(lab.node2, ['confirm-dead', 'node1', '--reason', 'its plug is in my hand']);
  assert.equal(typed.code, 0, typed.stderr);
  await pair.untilActive('node2');
  pair.assertNeverTwice();
});

row("fence: where Debian's agent fails the next level fences, and the owner's address is taken", async (lab, t) => {
  if (!existsSync('/usr/sbin/fence_dummy')) {
    const sentence = 'there is no fence_dummy here; it is in fence-agents: sudo lab/install.sh';
    if (process.env['CI'] !== undefined) throw new Error(sentence);
    t.skip(sentence);
    return;
  }
  const power = new PowerSwitch(lab);
  try {
    const dummy = 'agent: fence_dummy, options: { type: fail, power_timeout: 1 }, node1: {}, node2: {}';
    const guards = power.guards('off', ['delay: 0s', 'test: 0s']).replace('levels:', `levels:\n      - { ${dummy} }`);
    const pair = await LabPair.up(lab, { ...calm, more: guards });
    await lab.freeze('node1');
    await pair.untilActive('node2');
    assert.deepEqual(power.pressed, ['node1'], 'node1 was fenced');
    pair.assertNeverTwice();
    await pair.untilEvent('node2', 'the second level has fenced node1', ({ id, sentence }) => {
      return id === 'fence' && sentence.includes('off (level 2)');
    });
  } finally {
    await power.close();
  }
});
