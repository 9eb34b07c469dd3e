import assert from 'node:assert/strict';
import { nowMs, patienceMs } from '../../../lab/clock.ts';
import { busyMs, calm, calmDeadMs, hiccupMs, LabPair } from '../../../lab/pair.ts';
import { floatingAddress, lanDevice, nodeNames } from '../../../lab/topology.ts';
import { hactl, type PairConfig } from '../../../lab/twinbeat.ts';
import type { StatusReport } from '../../../src/control/controlProtocol.ts';
import { callsOn, changesIn, installRecorder } from './recorder.ts';
import { row } from './row.ts';

/** As in the how-to: a cross cable and a serial line between the nodes, the address on the LAN. */
const twoChannels: PairConfig = { ...calm, channels: ['cross', 'serial'] };
/** Beats in two deadtimes: whatever silence would cause has happened by then. */
const beatsInTwoDeadtimes = (2 * calmDeadMs) / 100;

row('A2: the cut of one channel moves nothing, is written to the journal, and shows as jeopardy', async (lab) => {
  const pair = await LabPair.up(lab, twoChannels);
  for (const channel of ['cross', 'serial'] as const) {
    const { startedMs } = await lab.cut(channel);
    for (const node of nodeNames) {
      await pair.untilEvent(node, `channel ${channel} is down`, (event) => isDown(event.id, event.sentence, channel));
      await pair.until(node, 'jeopardy', ({ jeopardy }) => jeopardy);
    }
    assert.equal((await hactl(lab.node2, ['status'])).code, 3, 'hactl status says degraded');
    await pair.letBeat('node2', beatsInTwoDeadtimes);
    pair.assertNothingMoved('node1', startedMs);
    assert.equal(await claims(pair), 0, 'nothing moves: node2 claimed the group');
    await lab.mend(channel);
    await pair.untilWell('node1');
  }
});

row('A2: channels cut one after the other move nothing: the last one alone proves no death', async (lab) => {
  const pair = await LabPair.up(lab, twoChannels);
  await lab.cut('cross');
  await pair.until('node2', 'jeopardy', ({ jeopardy }) => jeopardy);
  await pair.letBeat('node2', beatsInTwoDeadtimes);
  // The LAN carries no beats here. Without its plug node1 does not answer for the address either.
  await lab.cut('serial', 'lan:node1');
  await pair.until('node2', 'the evidence is not enough', (status) => rule(status) === 'peer-lost-hold');
  await pair.letBeat('node2', beatsInTwoDeadtimes);
  assert.equal(await claims(pair), 0, 'nothing moves: node2 claimed the group on the word of one channel');
  assert.deepEqual(lab.addresses.holders(floatingAddress), [], 'nothing moves: the address is up somewhere');
});

row('A2: all channels cut within one deadtime are a takeover, and their mending gives one owner', async (lab) => {
  const pair = await LabPair.up(lab);
  const probe = await lab.probe(floatingAddress);
  await probe.answerFrom('node1', pair.fromMs, patienceMs);
  const { startedMs } = await lab.cut('cross', 'serial', 'lan:node1');
  const servedMs = await probe.answerFrom('node2', startedMs, patienceMs);
  assert.ok(servedMs - startedMs < calmDeadMs + busyMs, `the takeover took ${servedMs - startedMs} ms`);
  pair.assertNeverTwice();

  const mend = await lab.mendAll();
  await pair.untilWell('node2');
  pair.assertNothingMoved('node2', mend.startedMs);
  assert.equal((await pair.status('node1'))?.groups[0]?.role, 'standby');
});

row('A2: a power cut is a takeover within deadtime and start', async (lab) => {
  const pair = await LabPair.up(lab, twoChannels);
  const probe = await lab.probe(floatingAddress);
  await probe.answerFrom('node1', pair.fromMs, patienceMs);
  const { startedMs } = await lab.powerCut('node1');
  const servedMs = await probe.answerFrom('node2', startedMs, patienceMs);
  assert.ok(servedMs - startedMs < calmDeadMs + busyMs, `the takeover took ${servedMs - startedMs} ms`);
});

row('A10: the standby goes down and comes back, and the owner does nothing about it', async (lab) => {
  lab.nodes.forEach(installRecorder);
  const haresources = `node1 ${floatingAddress}/24/${lanDevice} recorder::a\n`;
  const pair = await LabPair.up(lab, { ...calm, haresources });
  const probe = await lab.probe(floatingAddress);
  await probe.answerFrom('node1', pair.fromMs, patienceMs);
  const beganMs = nowMs();
  await lab.powerCut('node2');
  await pair.untilEvent('node1', 'node2 is silent', ({ id }) => id === 'peer-silent');
  await pair.letBeat('node1', beatsInTwoDeadtimes);
  assert.equal((await hactl(lab.node1, ['status'])).code, 3, 'hactl status says degraded');
  await lab.boot('node2');
  await pair.untilWell('node1');
  pair.assertNothingMoved('node1', beganMs);
  assert.deepEqual(changesIn(callsOn(lab.node1)), ['a start'], 'no resource was called but for its status');
  const gap = await probe.silence(beganMs);
  assert.ok(gap.ms < hiccupMs, `the service was interrupted for ${gap.ms} ms`);
});

function isDown(id: string, sentence: string, channel: string): boolean {
  return id === 'channel-down' && sentence.includes(channel);
}

function rule({ groups }: StatusReport): string | undefined {
  return groups[0]?.because.rule;
}

/** How often node2 has claimed the group. */
async function claims(pair: LabPair): Promise<number> {
  return (await pair.events('node2')).filter(({ id }) => id === 'claimed').length;
}
