import assert from 'node:assert/strict';
import { join } from 'node:path';
import { nowMs, patienceMs } from '../../lab/clock.ts';
import { ownLab } from '../../lab/forTest.ts';
import { busyMs, calm, calmDeadMs, LabPair } from '../../lab/pair.ts';
import {
  crossAddress,
  crossDevice,
  floatingAddress,
  lanAddress,
  lanAddress6,
  lanDevice,
  type NodeName,
  nodeNames,
  serialDevice,
} from '../../lab/topology.ts';
import { hactl, type PairConfig } from '../../lab/twinbeat.ts';
import type { StatusReport } from '../../src/control/controlProtocol.ts';

const labTest = ownLab();
const beatsInTwoDeadtimes = (2 * calmDeadMs) / 100;
const guestProgram = join(import.meta.dirname, 'programs/lanGuest.ts');

const types = [
  {
    name: 'broadcast',
    entry: (device: string) => `broadcast: { interface: ${device} }`,
    guest: ['255.255.255.255', '694', lanAddress.client],
  },
  {
    name: 'IPv4 multicast',
    entry: (device: string) => `multicast: { interface: ${device}, group: 239.192.6.94 }`,
    guest: ['239.192.6.94', '694', lanAddress.client],
  },
  {
    name: 'IPv6 multicast',
    entry: (device: string) => `multicast: { interface: ${device}, group: "ff02::694" }`,
    guest: ['ff02::694', '694', lanAddress6.client, lanDevice],
  },
] as const;

for (const { name, entry, guest } of types) {
  labTest(
    `${name} alone on two LANs with one group: neither vouches for the other, and the pair fails over`,
    async (lab) => {
      const pair = await LabPair.up(lab, pairWith(named(entry(lanDevice), 'lan'), named(entry(crossDevice), 'cross')));
      // Of the LAN the standby's plug alone: where the owner loses it too, moving the service is another rule's affair.
      for (const [plug, cut, other] of [
        ['lan:node2', 'lan', 'cross'],
        ['cross', 'cross', 'lan'],
      ] as const) {
        const { startedMs } = await lab.cut(plug);
        for (const node of nodeNames) {
          await pair.until(node, `${cut} is dead`, (status) => stateOf(status, cut) === 'down');
        }
        await pair.letBeat('node2', beatsInTwoDeadtimes);
        for (const node of nodeNames) {
          const status = await pair.status(node);
          assert.equal(stateOf(status, cut), 'down', `${node} believes that the dead ${cut} lives`);
          assert.equal(stateOf(status, other), 'up');
          assert.equal(status?.jeopardy, true);
        }
        pair.assertNothingMoved('node1', startedMs);
        await lab.mend(plug);
        await pair.untilWell('node1');
      }

      await lab.node2.run(['ip', 'link', 'set', crossDevice, 'down']);
      await pair.until('node2', 'the device is told to be down', ({ channels }) =>
        channels.some((channel) => channel.name === 'cross' && !channel.isOpen && /bring it up/.test(channel.detail)),
      );
      await lab.node2.run(['ip', 'link', 'set', crossDevice, 'up']);
      await pair.untilWell('node1');
      assert.deepEqual(await rejections(pair), [], 'no packet was refused, not even one of its own');

      const probe = await lab.probe(floatingAddress);
      await probe.answerFrom('node1', pair.fromMs, patienceMs);
      const { startedMs } = await lab.powerCut('node1');
      const servedMs = await probe.answerFrom('node2', startedMs, patienceMs);
      assert.ok(servedMs - startedMs < calmDeadMs + busyMs, `the takeover took ${servedMs - startedMs} ms`);
    },
  );

  labTest(`${name}: what a guest of the LAN sends to the group is counted and changes nothing`, async (lab) => {
    const pair = await LabPair.up(lab, pairWith(named(entry(lanDevice), 'lan'), named(entry(crossDevice), 'cross')));
    const beganMs = nowMs();
    const before = await Promise.all(nodeNames.map(async (node) => await pair.status(node)));
    const sent = await lab.client.run([process.execPath, guestProgram, ...guest], { timeoutMs: 30_000 });
    assert.ok(Number(sent) > 1000, sent);
    for (const [index, node] of nodeNames.entries()) {
      const status = await pair.until(node, 'it counts them', (now) => rejectedOn(now, 'lan') > 700);
      assert.equal(rejectedOn(status, 'cross'), 0, 'the other LAN heard none of it');
      assert.equal(status.incarnation, before[index]?.incarnation, `the daemon of ${node} is the same`);
    }
    await pair.untilWell('node1');
    pair.assertNothingMoved('node1', beganMs);
  });
}

labTest('all types of channels together carry a pair, and only the loss of all of them is a takeover', async (lab) => {
  const pair = await LabPair.up(
    lab,
    pairWith(
      named(types[1].entry(lanDevice), 'lan-multicast'),
      named(types[2].entry(lanDevice), 'lan-multicast6'),
      `udp: { node1: "${lanAddress6.node1}", node2: "${lanAddress6.node2}" }\n    name: lan-udp6\n    medium: lan-multicast`,
      named(types[0].entry(crossDevice), 'cross-broadcast'),
      `udp: { node1: ${crossAddress.node1}, node2: ${crossAddress.node2} }\n    name: cross-udp\n    medium: cross-broadcast`,
      named(types[1].entry(crossDevice), 'cross-multicast'),
      named(`serial: { device: ${serialDevice} }`, 'serial'),
    ),
  );
  const status = await pair.status('node1');
  assert.deepEqual(
    status?.channels.map(({ medium }) => medium),
    [
      'lan-multicast',
      'lan-multicast',
      'lan-multicast',
      'cross-broadcast',
      'cross-broadcast',
      'cross-broadcast',
      'serial',
    ],
  );
  // That one is about the machine that the test runs on.
  const warnings = status.warnings.filter(({ id }) => id !== 'real-time');
  assert.deepEqual(warnings, [], 'nothing to complain of');
  assert.deepEqual(await rejections(pair), []);

  const { startedMs } = await lab.cut('lan:node2', 'serial');
  await pair.until('node2', 'two media are dead', ({ channels }) =>
    channels.every(({ name, state }) => (state === 'up') === name.startsWith('cross')),
  );
  await pair.letBeat('node2', beatsInTwoDeadtimes);
  pair.assertNothingMoved('node1', startedMs);
  await lab.mendAll();
  await pair.untilWell('node1');
  await lab.powerCut('node1');
  await pair.untilActive('node2');
  pair.assertNeverTwice();
});

labTest('a channel that leaves by another device, two that share one, and a small MTU are told', async (lab) => {
  const pair = await LabPair.up(
    lab,
    pairWith(
      `udp: { node1: ${lanAddress.node1}, node2: ${crossAddress.node2} }\n    name: lan`,
      named(types[0].entry(crossDevice), 'cross'),
      named(`serial: { device: ${serialDevice} }`, 'serial'),
    ),
  );
  const warned = (status: StatusReport): string =>
    status.warnings.map(({ id, sentence }) => `${id}: ${sentence}`).join();
  const areBoth = ({ warnings }: StatusReport): boolean =>
    warnings.filter(({ id }) => id === 'channel-route').length === 2;
  const told = warned(await pair.until('node1', 'warned of both', areBoth));
  assert.match(told, /channel-route: lan: 192\.168\.1\.10 is on eth0, and packets to 192\.168\.80\.1 leave by eth1/);
  assert.match(told, /channel-route: cross and lan both leave by eth1, and count as two media: they fail together/);
  assert.equal(told.includes('channel-mtu'), false);
  const { code, stdout } = await hactl(lab.node1, ['check']);
  const plain = stdout.replaceAll(/\s+/g, ' ');
  assert.equal(code, 0);
  assert.match(plain, /warning: lan: 192\.168\.1\.10 is on eth0, and packets to 192\.168\.80\.1 leave by eth1;/);
  assert.match(plain, /warning: cross and lan both leave by eth1, and count as two media: they fail together;/);
  assert.match(
    plain,
    /groups: configured alike in these files and here, and on node2 keys: both nodes sign with key 1/,
  );

  await lab.node1.run(['ip', 'link', 'set', crossDevice, 'mtu', '120']);
  await pair.until('node1', 'the MTU is told', (status) =>
    /channel-mtu: cross: a beat is a packet of \d+ bytes, and the MTU of eth1 is 120: it is not sent/.test(
      warned(status),
    ),
  );
  const { channels } = await pair.until('node1', 'the channel says so too', ({ channels: now }) =>
    now.some(({ isOpen }) => !isOpen),
  );
  assert.match(channels[1]?.detail ?? '', /beats do not fit into the MTU of eth1/);
  await lab.node1.run(['ip', 'link', 'set', crossDevice, 'mtu', '1500']);
  await pair.untilWell('node1');
  await pair.until('node1', 'the warning ends', (status) => !warned(status).includes('channel-mtu'));
});

function pairWith(...channelEntries: readonly string[]): PairConfig {
  return { ...calm, channelEntries };
}

function named(entry: string, name: string): string {
  return `${entry}\n    name: ${name}`;
}

function stateOf(status: StatusReport | undefined, channel: string): string | undefined {
  return status?.channels.find(({ name }) => name === channel)?.state;
}

function rejectedOn(status: StatusReport, channel: string): number {
  const counts = status.channels.find(({ name }) => name === channel)?.rejected ?? {};
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

async function rejections(pair: LabPair): Promise<readonly string[]> {
  const found = await Promise.all(
    nodeNames.map(async (node: NodeName) =>
      ((await pair.status(node))?.channels ?? []).flatMap(({ name, rejected }) =>
        Object.entries(rejected).map(([reason, count]) => `${node} ${name}: ${count} ${reason}`),
      ),
    ),
  );
  return found.flat();
}
