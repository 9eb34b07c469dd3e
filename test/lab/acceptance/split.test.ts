import assert from 'node:assert/strict';

import { nowMs, patienceMs, until } from '../../../lab/clock.ts';
import { busyMs, calm, LabPair } from '../../../lab/pair.ts';
import { floatingAddress, lanDevice, nodeNames, otherNode } from '../../../lab/topology.ts';
import { callsOn, changesIn, installRecorder } from './recorder.ts';
import { row } from './row.ts';

const haresources = `# group: site\nnode1 ${floatingAddress}/24/${lanDevice} recorder::a recorder::b\n`;
const fourBeatsMs = 400;
/** Two scripts are stopped, and a loaded machine is slow. */
const stopMs = 1500;

row('I9: after a healed split one node goes on, the other stops, and both have it in the journal', async (lab) => {
  lab.nodes.forEach(installRecorder);
  const pair = await LabPair.up(lab, { ...calm, haresources });
  const probe = await lab.probe(floatingAddress);
  await probe.answerFrom('node1', pair.fromMs, patienceMs);
  // The nodes lose sight of each other; the client goes on seeing both.
  await lab.cut('lan:node1>node2', 'lan:node2>node1', 'cross', 'serial');
  for (const node of nodeNames) await pair.untilActive(node);
  await until('the split makes both active', patienceMs, () => lab.addresses.holders(floatingAddress).length === 2);
  await pair.letBeat('node1', 10);

  const mend = await lab.mendAll();
  await until('one node owns the address', patienceMs, () => lab.addresses.holders(floatingAddress).length === 1);
  const [owner] = lab.addresses.holders(floatingAddress);
  assert.ok(owner === 'node1' || owner === 'node2');
  await pair.untilWell(owner);
  const twiceMs = lab.addresses.heldTwiceMs(floatingAddress, mend.doneMs);
  assert.ok(twiceMs < fourBeatsMs + stopMs, `both nodes held the address for ${twiceMs} ms after the heal`);
  assert.equal(changesIn(callsOn(lab.host(owner))).at(-1), 'b start', 'the survivor goes on without a stop');
  const other = otherNode(owner);
  assert.deepEqual(changesIn(callsOn(lab.host(other))).slice(-2), ['b stop', 'a stop'], 'the other one stops');
  for (const node of nodeNames) {
    const contests = (await pair.events(node)).filter(({ id }) => id === 'contest');
    assert.ok(contests.length > 0, `the journal of ${node} has it`);
  }
  const settledMs = nowMs();
  await pair.letBeat(owner, 10);
  pair.assertNothingMoved(owner, settledMs);
  const gap = await probe.outage(mend.startedMs);
  assert.ok(gap.ms < busyMs, `after the heal nobody answered for ${gap.ms} ms`);
});
