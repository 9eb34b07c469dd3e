import assert from 'node:assert/strict';
import { calm, LabPair } from '../../../lab/pair.ts';
import { floatingAddress, lanAddress, lanDevice, type NodeName } from '../../../lab/topology.ts';
import type { PairConfig } from '../../../lab/twinbeat.ts';
import type { StatusReport } from '../../../src/control/controlProtocol.ts';
import { row } from './row.ts';

/** The client is the machine of the LAN that is always on. Beats go beside it. */
const pinging: PairConfig = {
  ...calm,
  channels: ['cross', 'serial'],
  more: `guards: { ping: { targets: [${lanAddress.client}], interval: 200ms } }`,
};
/** Three questions, two more intervals, warntime, the move; and what a busy machine adds. */
const movesWithinMs = 20_000;

async function untilAnswered(pair: LabPair): Promise<void> {
  for (const node of ['node1', 'node2'] as const) {
    await pair.until(node, 'the target answers', (status) => targetOf(status) === 'up');
  }
}

function targetOf({ guards }: StatusReport): string | undefined {
  return guards?.ping?.targets[0]?.state;
}

async function ruleOf(pair: LabPair, node: NodeName): Promise<string | undefined> {
  return (await pair.status(node))?.groups[0]?.because.rule;
}

row('ping: an owner whose LAN is cut hands over, although its carrier stays', async (lab) => {
  const pair = await LabPair.up(lab, pinging);
  await untilAnswered(pair);
  const probe = await lab.probe(floatingAddress);
  await probe.answerFrom('node1', pair.fromMs, 5000);

  const { startedMs } = await lab.cut('lan:node1:blocked');
  await probe.answerFrom('node2', startedMs, movesWithinMs);
  await pair.untilEvent('node1', 'it hands over', ({ rule }) => rule === 'isolated');
  assert.match(lab.node1.readFile(`/sys/class/net/${lanDevice}/carrier`), /1/, 'the carrier stays');
  pair.assertNeverTwice();

  const mend = await lab.mendAll();
  await untilAnswered(pair);
  await pair.untilWell('node2');
  pair.assertNothingMoved('node2', mend.startedMs);
});

row('ping: a target that is off for both moves nothing', async (lab) => {
  const pair = await LabPair.up(lab, pinging);
  await untilAnswered(pair);
  const { startedMs } = await lab.powerCut('client');
  for (const node of ['node1', 'node2'] as const) {
    await pair.until(node, 'the target is gone', (status) => targetOf(status) === 'down');
  }
  await pair.letBeat('node1', 60);
  pair.assertNothingMoved('node1', startedMs);
  assert.equal(await ruleOf(pair, 'node1'), 'owner');
});

row('ping: a node that reaches no target takes nothing over from a silent peer', async (lab) => {
  const pair = await LabPair.up(lab, pinging);
  await untilAnswered(pair);
  await lab.cut('lan:node2:blocked');
  await pair.until('node2', 'the target is gone', (status) => targetOf(status) === 'down');
  const { startedMs } = await lab.cut('cross', 'serial');
  await pair.until('node2', 'it holds', ({ groups }) => groups[0]?.because.rule === 'peer-lost-blind');
  await pair.letBeat('node2', 20);
  pair.assertNothingMoved('node1', startedMs);
});
