import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { patienceMs } from '../../../lab/clock.ts';
import type { Host } from '../../../lab/host.ts';
import { pythonPath } from '../../../lab/namespaces.ts';
import { busyMs, calmDeadMs, hiccupMs, LabPair } from '../../../lab/pair.ts';
import { floatingAddress, lanAddress, lanDevice, nodeNames, otherNode } from '../../../lab/topology.ts';
import { row } from './row.ts';

const port = 694;

row(
  'I11: garbage, cut, flipped, forged, replayed and oversized packets are counted and change nothing',
  async (lab) => {
    const pair = await LabPair.up(lab);
    const probe = await lab.probe(floatingAddress);
    const beganMs = await probe.answerFrom('node1', pair.fromMs, patienceMs);
    const before = await Promise.all(nodeNames.map(async (node) => await pair.status(node)));
    for (const target of nodeNames) {
      const beats = await sniff(lab.host(target));
      const words = [lanAddress[otherNode(target)], lanAddress[target], String(port), 'noise', '1'];
      const sent = Number(await lab.client.run(program('attack.py', ...words), { stdin: beats, timeoutMs: 30_000 }));
      assert.ok(sent > 1000);
    }
    for (const [index, node] of nodeNames.entries()) {
      const status = await pair.until(node, 'it counts them', (now) => rejected(now, 'lan') > 1000);
      assert.equal(status.incarnation, before[index]?.incarnation, `the daemon of ${node} is the same`);
    }
    await pair.untilWell('node1');
    pair.assertNothingMoved('node1', beganMs);
    assert.ok((await probe.silence(beganMs)).ms < hiccupMs);
  },
);

row('I11: noise on the serial line is counted and changes nothing', async (lab) => {
  const pair = await LabPair.up(lab);
  const probe = await lab.probe(floatingAddress);
  const beganMs = await probe.answerFrom('node1', pair.fromMs, patienceMs);
  await lab.serial.garble(200);
  for (const node of nodeNames) await pair.until(node, 'it counts noise', (now) => rejected(now, 'serial') > 10);
  await pair.until('node2', 'the line is useless', (now) =>
    now.channels.some(({ name, state }) => name === 'serial' && state !== 'up'),
  );
  await lab.serial.garble(0);
  await pair.untilWell('node1');
  pair.assertNothingMoved('node1', beganMs);
});

row('I11: the beats of a dead node, replayed by somebody else, do not keep it alive', async (lab) => {
  const pair = await LabPair.up(lab);
  const probe = await lab.probe(floatingAddress);
  await probe.answerFrom('node1', pair.fromMs, patienceMs);
  lab.client.writeFile('/var/lib/beats', await sniff(lab.node2));
  const words = program('attack.py', lanAddress.node1, lanAddress.node2, String(port), 'replay');
  await lab.client.start({ name: 'replay', argv: ['sh', '-c', `exec ${words.join(' ')} < /var/lib/beats`] });
  const cut = await lab.powerCut('node1');
  const servedMs = await probe.answerFrom('node2', cut.startedMs, patienceMs);
  assert.ok(servedMs - cut.startedMs < calmDeadMs + busyMs, `the takeover took ${servedMs - cut.startedMs} ms`);
  const heard = (await pair.status('node2'))?.beats.heard ?? Number.NaN;
  await pair.until('node2', 'replayed beats still arrive', ({ beats }) => beats.heard > heard + 10);
  assert.equal((await pair.status('node2'))?.nodes['node1']?.state, 'silent', 'node1 counts as silent');
});

/** Real beats that arrive at a node, as hex. */
async function sniff(host: Host): Promise<string> {
  return await host.run(program('sniff.py', lanDevice, String(port), '3'));
}

function program(name: string, ...args: readonly string[]): readonly string[] {
  return [pythonPath(), '-B', fileURLToPath(new URL(`inside/${name}`, import.meta.url)), ...args];
}

function rejected(status: NonNullable<Awaited<ReturnType<LabPair['status']>>>, channel: string): number {
  const counts = status.channels.find(({ name }) => name === channel)?.rejected ?? {};
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
