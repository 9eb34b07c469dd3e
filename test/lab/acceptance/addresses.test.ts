import assert from 'node:assert/strict';
import { nowMs, patienceMs, until } from '../../../lab/clock.ts';
import { calm, LabPair } from '../../../lab/pair.ts';
import type { Interval } from '../../../lab/timeline.ts';
import { floatingAddress, floatingAddress6, lanDevice, lanMac, type NodeName } from '../../../lab/topology.ts';
import { daemonName, startDaemon } from '../../../lab/twinbeat.ts';
import { row } from './row.ts';
import { startWebService, whoAnswers } from './webService.ts';

row('A1: at each millisecond at most one node holds the address, and none only while it moves', async (lab) => {
  const pair = await LabPair.up(lab);
  const firstMs = nowMs();
  const moves: Interval[] = [];
  const probe = await lab.probe(floatingAddress);
  const moveTo = async (node: NodeName, act: () => Promise<unknown>): Promise<void> => {
    const fromMs = nowMs();
    await act();
    await probe.answerFrom(node, fromMs, patienceMs);
    await until(`${node} holds the address`, patienceMs, () => lab.addresses.holders(floatingAddress).includes(node));
    pair.assertNeverTwice();
    await pair.untilHeldBy(node);
    moves.push({ fromMs, toMs: nowMs() });
  };
  await probe.answerFrom('node1', firstMs, patienceMs);

  await moveTo('node2', async () => await pair.takeover('node2'));
  await pair.untilWell('node2');
  await moveTo('node1', async () => await lab.powerCut('node2'));
  await lab.boot('node2');
  await pair.untilWell('node1');
  await moveTo('node2', async () => await lab.node1.signal(daemonName, 'SIGTERM'));
  await startDaemon(lab.node1);
  await pair.untilWell('node2');

  const lastMs = nowMs();
  pair.assertNeverTwice();
  const gaps = lab.addresses.heldByNobody(floatingAddress, firstMs, lastMs);
  const unnamed = gaps.filter((gap) => !moves.some(({ fromMs, toMs }) => gap.fromMs >= fromMs && gap.toMs <= toMs));
  assert.deepEqual(unnamed, [], 'nobody held the address, and nothing moved');
  assert.equal(gaps.length, moves.length, 'each move has one gap');
});

row('A4: a takeover is announced in both forms, and the address is answered by the new owner', async (lab) => {
  await LabPair.up(lab, {
    ...calm,
    haresources: `node1 ${floatingAddress}/24/${lanDevice} ${floatingAddress6}/64/${lanDevice}\n`,
  });
  for (const node of lab.nodes) await startWebService(node);
  const watch = await lab.announcements();
  // From here on the client knows the old owner's hardware address, and has no reason to ask again.
  assert.equal(await whoAnswers(lab.client, floatingAddress, 5000), 'node1');
  assert.equal(await whoAnswers(lab.client, floatingAddress6, 5000), 'node1');

  const cut = await lab.powerCut('node1');
  assert.equal(
    await whoAnswers(lab.client, floatingAddress, 5000),
    'node2',
    'TCP to the address reaches the new owner',
  );
  assert.equal(await whoAnswers(lab.client, floatingAddress6, 5000), 'node2', 'TCP to the IPv6 address does too');
  const told = watch.of(floatingAddress, cut.startedMs).filter(({ mac }) => mac === lanMac.node2);
  assert.deepEqual(new Set(told.map(({ form }) => form)), new Set(['arp-request', 'arp-reply']), 'gratuitous ARP');
  const told6 = watch.of(floatingAddress6, cut.startedMs).filter(({ mac }) => mac === lanMac.node2);
  assert.deepEqual(new Set(told6.map(({ form }) => form)), new Set(['neighbour-advertisement']), 'unsolicited NA');
});
