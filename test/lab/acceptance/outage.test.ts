import assert from 'node:assert/strict';
import { sleep } from '../../../lab/clock.ts';
import type { Lab } from '../../../lab/lab.ts';
import { fast, fastDeadMs, LabPair } from '../../../lab/pair.ts';
import { floatingAddress, type NodeName, otherNode } from '../../../lab/topology.ts';
import { daemonName } from '../../../lab/twinbeat.ts';
import { row } from './row.ts';

/** `npm run bench` measures more often. */
const rounds = 3;
/** Detection takes deadtime; the rest is what the product and its measurement may add. */
const powerCutMsMax = fastDeadMs + 100;
const plannedMsMax = 100;

row('I4: after a power cut the service is back within deadtime and 100 ms', async (lab) => {
  const outages = await powerCuts(lab, 0);
  assert.ok(median(outages) <= powerCutMsMax, `outages: ${outages.join(', ')} ms`);
});

row('I4: after a power cut the service is back within deadtime and 100 ms, with four CPU hogs', async (lab) => {
  const outages = await powerCuts(lab, 4);
  assert.ok(median(outages) <= powerCutMsMax, `outages: ${outages.join(', ')} ms`);
});

row('a planned takeover of an address takes its users less than 100 ms', async (lab) => {
  const pair = await LabPair.up(lab, fast);
  const probe = await lab.probe(floatingAddress);
  await probe.answerFrom('node1', pair.fromMs, 5000);
  const outages: number[] = [];
  for (let turn = 0; turn < rounds; turn += 1) {
    const node: NodeName = turn % 2 === 0 ? 'node2' : 'node1';
    const startedMs = await pair.takeover(node);
    await probe.answerFrom(node, startedMs, 5000);
    await pair.untilWell(node);
    outages.push(Math.round((await probe.outage(startedMs)).ms));
  }
  assert.ok(median(outages) < plannedMsMax, `outages: ${outages.join(', ')} ms`);
  pair.assertNeverTwice();
});

row('a daemon that is stopped hands its group over without waiting for deadtime', async (lab) => {
  const pair = await LabPair.up(lab, fast);
  const probe = await lab.probe(floatingAddress);
  const servedMs = await probe.answerFrom('node1', pair.fromMs, 5000);
  await lab.node1.signal(daemonName, 'SIGTERM');
  await probe.answerFrom('node2', servedMs, 5000);
  const gap = await probe.outage(servedMs);
  assert.ok(gap.ms < plannedMsMax, `nobody answered for ${gap.ms} ms`);
  pair.assertNeverTwice();
});

async function powerCuts(lab: Lab, hogs: number): Promise<readonly number[]> {
  const pair = await LabPair.up(lab, fast);
  const probe = await lab.probe(floatingAddress);
  await lab.hog('client', hogs);
  const outages: number[] = [];
  let owner: NodeName = 'node1';
  for (let turn = 0; turn < rounds; turn += 1) {
    await probe.answerFrom(owner, pair.fromMs, 5000);
    // The cut meets the beats at another point of their interval each time.
    await sleep(37 * turn);
    const cut = await lab.powerCut(owner);
    const next = otherNode(owner);
    const servedMs = await probe.answerFrom(next, cut.startedMs, 5000);
    outages.push(Math.round((await probe.outage(cut.startedMs - 20, servedMs + 20)).ms));
    await lab.boot(owner);
    await pair.untilWell(next);
    owner = next;
  }
  pair.assertNeverTwice();
  return outages;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
