import assert from 'node:assert/strict';
import { nowMs, patienceMs, until } from '../../../lab/clock.ts';
import type { Lab } from '../../../lab/lab.ts';
import { busyMs, fast, hiccupMs, LabPair } from '../../../lab/pair.ts';
import { floatingAddress, lanDevice, nodeNames } from '../../../lab/topology.ts';
import { daemonName, type PairConfig } from '../../../lab/twinbeat.ts';
import { callsOn, changesIn, installRecorder } from './recorder.ts';
import { row } from './row.ts';

const haresources = `# group: site\nnode1 ${floatingAddress}/24/${lanDevice} recorder::a recorder::b\n`;
const leaseMs = 3000;
/** The kernel removes an address up to a second after its lifetime. */
const lapseMs = leaseMs + 1000;
const usual: PairConfig = { keepalive: '200ms', warntime: '600ms', deadtime: '2s', initdead: '4s', haresources };
const patient: PairConfig = { ...fast, haresources };

row('I10: a daemon that is killed and back at once causes no outage and no move', async (lab) => {
  lab.nodes.forEach(installRecorder);
  const pair = await LabPair.up(lab, usual, { restartAfterMs: 10 });
  const probe = await lab.probe(floatingAddress);
  const beganMs = await probe.answerFrom('node1', pair.fromMs, patienceMs);
  const deeds = [
    ['node2', 'SIGKILL'],
    // An upgrade: the old daemon leaves its services to the next one.
    ['node1', 'SIGUSR2'],
    ['node1', 'SIGKILL'],
  ] as const;
  for (const [node, signal] of deeds) {
    const before = await pair.status(node);
    await pair.host(node).signal(daemonName, signal);
    await pair.until(node, 'another incarnation', ({ incarnation }) => incarnation !== before?.incarnation);
    await pair.untilWell('node1');
  }
  // Longer than the address would live without a renewal.
  await pair.letBeat('node1', lapseMs / 200);
  pair.assertNothingMoved('node1', beganMs);
  const gap = await probe.silence(beganMs);
  assert.ok(gap.ms < hiccupMs, `no outage: nobody answered for ${gap.ms} ms`);
  assertUntouched(lab);
});

row('I10: a runner that is killed is started again, and nothing moves', async (lab) => {
  lab.nodes.forEach(installRecorder);
  const pair = await LabPair.up(lab, usual);
  const beganMs = nowMs();
  for (const node of [lab.node1, lab.node2]) {
    assert.equal((await node.signalMatching('src/runner/main.ts', 'SIGKILL')).length, 1);
  }
  for (const node of nodeNames) await pair.untilEvent(node, 'the runner is lost', ({ id }) => id === 'runner-lost');
  await pair.untilWell('node1');
  await pair.letBeat('node1', lapseMs / 200);
  pair.assertNothingMoved('node1', beganMs);
  assertUntouched(lab);
});

row(
  'I10: a daemon that stays away loses its address to the lease and its services to the dead-man order',
  async (lab) => {
    lab.nodes.forEach(installRecorder);
    const pair = await LabPair.up(lab, usual);
    const probe = await lab.probe(floatingAddress);
    await probe.answerFrom('node1', pair.fromMs, patienceMs);
    const killedMs = nowMs();
    await lab.node1.kill(daemonName);
    const servedMs = await probe.answerFrom('node2', killedMs, patienceMs);
    assert.ok(servedMs - killedMs < lapseMs + busyMs, `the standby took ${servedMs - killedMs} ms`);
    await pair.untilActive('node2');
    await until('node1 has stopped its services', patienceMs, () => changesIn(callsOn(lab.node1)).includes('a stop'));
    assert.deepEqual(
      changesIn(callsOn(lab.node1)).slice(2),
      ['b stop', 'a stop'],
      'right to left, by the dead-man order',
    );
    const twiceMs = lab.addresses.heldTwiceMs(floatingAddress, killedMs);
    assert.ok(twiceMs <= lapseMs, `both nodes held the address for ${twiceMs} ms`);
    assert.deepEqual(lab.addresses.holders(floatingAddress), ['node2']);
  },
);

row('a host that froze for three seconds believes no old beat, and one node owns within two beats', async (lab) => {
  lab.nodes.forEach(installRecorder);
  const pair = await LabPair.up(lab, patient);
  const thawedMs = await freezeFor(pair, lab, 30);
  const within = async (): Promise<boolean> => lab.addresses.holders(floatingAddress).length === 1;
  await until('one node owns the address', 200 + slackMs, within);
  assert.ok(nowMs() - thawedMs < 200 + slackMs, 'one owner within two beats');
  await assertStallSettled(pair);
  await pair.letBeat('node1', 10);
  pair.assertNeverTwice();
  await assertOneOwner(pair, lab);
});

row(
  'a host that froze for longer than its lease finds its address gone, and leaves the group to the other',
  async (lab) => {
    lab.nodes.forEach(installRecorder);
    const pair = await LabPair.up(lab, patient);
    const probe = await lab.probe(floatingAddress);
    await probe.answerFrom('node1', pair.fromMs, patienceMs);
    const frozen = await lab.freeze('node1');
    const servedMs = await probe.answerFrom('node2', frozen.startedMs, patienceMs);
    await pair.untilActive('node2');
    const thaw = await lab.thaw('node1');
    await pair.until('node1', 'standby', ({ groups }) => groups[0]?.role === 'standby');
    await pair.untilWell('node2');
    await assertStallSettled(pair);
    pair.assertNeverTwice();
    pair.assertNothingMoved('node2', Math.max(servedMs, thaw.startedMs));
    assert.deepEqual(changesIn(callsOn(lab.node1)).slice(2), ['b stop', 'a stop'], 'the old services are stopped');
  },
);

function assertUntouched(lab: Lab): void {
  assert.deepEqual(changesIn(callsOn(lab.node1)), ['a start', 'b start'], 'no service was touched');
  assert.deepEqual(changesIn(callsOn(lab.node2)), [], 'no service was touched');
}

/** For the instruments and a loaded machine. */
const slackMs = 1500;

/** Freezes node1 until node2 has sent so many beats. Returns the moment at which it began to go on. */
async function freezeFor(pair: LabPair, lab: Lab, beats: number): Promise<number> {
  await lab.freeze('node1');
  await pair.letBeat('node2', beats);
  return (await lab.thaw('node1')).startedMs;
}

/** node1 noticed its stall, and nothing was decided before a beat that answered one sent after it. */
async function assertStallSettled(pair: LabPair): Promise<void> {
  await pair.untilEvent('node1', 'settled', ({ id }) => id === 'settled');
  const events = await pair.events('node1');
  const stalled = events.findIndex(({ id }) => id === 'stalled');
  const settled = events.findIndex(({ id }) => id === 'settled');
  assert.ok(stalled >= 0 && stalled < settled, 'the stall is noticed before it is settled');
  assert.match(events[settled]?.sentence ?? '', /answered a beat sent after the stall/, 'no old beat is believed');
  const between = events.slice(stalled, settled).filter(({ id }) => id === 'claimed');
  assert.deepEqual(between, [], 'nothing is claimed on the word of an old beat');
}

async function assertOneOwner(pair: LabPair, lab: Lab): Promise<void> {
  const [owner] = lab.addresses.holders(floatingAddress);
  assert.ok(owner === 'node1' || owner === 'node2');
  await pair.untilWell(owner);
  const running = ['node1', 'node2'].filter((node) => {
    const last = changesIn(callsOn(lab.host(node as 'node1'))).at(-1);
    return last?.endsWith('start') === true;
  });
  assert.deepEqual(running, [owner], 'the services run where the address is');
}
