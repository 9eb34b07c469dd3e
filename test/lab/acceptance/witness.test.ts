import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { nowMs, patienceMs, sleep } from '../../../lab/clock.ts';
import type { Lab } from '../../../lab/lab.ts';
import { pythonPath } from '../../../lab/namespaces.ts';
import { busyMs, calm, LabPair } from '../../../lab/pair.ts';
import { floatingAddress, lanAddress, lanDevice } from '../../../lab/topology.ts';
import { startWitness, witnessGuard, witnessName } from '../../../lab/witness.ts';
import { regrantMs } from '../../../src/core/witnessWords.ts';
import { row } from './row.ts';

const leaseMs = 4000;
const guarded = { ...calm, more: witnessGuard('4s') };
const port = 695;

row(
  'C4: an owner that reaches neither peer nor witness stops before its lease ends, and one takes over',
  async (lab) => {
    const pair = await upWithWitness(lab);
    const probe = await lab.probe(floatingAddress);
    await probe.answerFrom('node1', pair.fromMs, patienceMs);
    // The carrier stays: nothing but the silence of both tells it.
    const toWitness = ['blackhole', `${lanAddress.witness}/32`];
    await lab.node1.run(['ip', 'route', 'add', ...toWitness]);
    const { startedMs } = await lab.cut('cross', 'serial', 'lan:node1>node2', 'lan:node2>node1');
    await pair.untilEvent('node1', 'its lease is over', ({ rule }) => rule === 'lease-over');
    const gone = await pair.until('node1', 'everything is stopped', ({ groups }) => groups[0]?.role === 'released');
    assert.equal(gone.groups[0]?.owner, null);
    const stoppedMs = nowMs();
    assert.ok(stoppedMs - startedMs < leaseMs, `node1 was down ${stoppedMs - startedMs} ms after the cut`);
    const servedMs = await probe.answerFrom('node2', startedMs, patienceMs);
    assert.ok(servedMs - startedMs > leaseMs - 500, `node2 serves ${servedMs - startedMs} ms after the cut`);
    assert.ok(servedMs - startedMs < regrantMs(leaseMs) + busyMs, `the takeover took ${servedMs - startedMs} ms`);
    const claimed = (await pair.events('node2')).find(({ id, evidence }) => id === 'claimed' && evidence === 'E4');
    assert.ok(claimed !== undefined, 'the evidence is E4');
    pair.assertNeverTwice();

    await lab.node1.run(['ip', 'route', 'del', ...toWitness]);
    const mend = await lab.mendAll();
    await pair.untilWell('node2');
    pair.assertNothingMoved('node2', mend.startedMs);
    await pair.until('node1', 'the witness answers', ({ guards }) => guards?.witness?.state === 'up');
  },
);

row(
  'C4: an owner whose LAN, cross cable and serial line are pulled at once is replaced, and never are there two',
  async (lab) => {
    const pair = await upWithWitness(lab);
    const probe = await lab.probe(floatingAddress);
    await probe.answerFrom('node1', pair.fromMs, patienceMs);
    const { startedMs } = await lab.cut('cross', 'serial', 'lan:node1');
    const servedMs = await probe.answerFrom('node2', startedMs, patienceMs);
    assert.ok(servedMs - startedMs < regrantMs(leaseMs) + busyMs, `the takeover took ${servedMs - startedMs} ms`);
    assert.notEqual((await pair.status('node1'))?.groups[0]?.role, 'active');
    const mend = await lab.mendAll();
    await pair.untilWell('node2');
    pair.assertNothingMoved('node2', mend.startedMs);
    pair.assertNeverTwice();
  },
);

row(
  'C4: what is cut between the two only, the witness decides: the owner goes on, and nobody takes over',
  async (lab) => {
    const pair = await upWithWitness(lab);
    const { startedMs } = await lab.cut('cross', 'serial', 'lan:node1>node2', 'lan:node2>node1');
    await pair.until('node2', 'the witness refuses', ({ groups }) => groups[0]?.because.rule === 'witness-refuses');
    await pair.untilEvent(
      'node2',
      'why',
      ({ id, sentence }) => id === 'witness-answer' && / for node1, which it heard \d+ ms ago/.test(sentence),
    );
    await sleep(2 * leaseMs);
    pair.assertNothingMoved('node1', startedMs);
    pair.assertNeverTwice();
    const mend = await lab.mendAll();
    await pair.untilWell('node1');
    pair.assertNothingMoved('node1', mend.startedMs);
  },
);

row(
  'C4: a witness that is killed moves nothing, and after its restart it gives nothing away for one lease',
  async (lab) => {
    const pair = await upWithWitness(lab);
    const beganMs = nowMs();
    await lab.witness.kill(witnessName);
    await pair.until('node1', 'the witness is silent', ({ warnings }) =>
      warnings.some(({ id }) => id === 'no-witness'),
    );
    await sleep(2 * leaseMs);
    pair.assertNothingMoved('node1', beganMs);
    await startWitness(lab);
    await pair.until('node1', 'the witness answers', ({ guards }) => guards?.witness?.state === 'up');
    pair.assertNothingMoved('node1', beganMs);

    await lab.powerCut('node1');
    // As long as the peer itself must wait: what the witness remembers of before would be over by then.
    await sleep(leaseMs - 500);
    await lab.witness.kill(witnessName);
    await startWitness(lab);
    const restartedMs = nowMs();
    await pair.until('node2', 'the witness refuses', ({ groups }) => groups[0]?.because.rule === 'witness-refuses');
    await pair.untilActive('node2');
    const tookMs = nowMs() - restartedMs;
    assert.ok(tookMs > leaseMs - 600, `node2 was active ${tookMs} ms after the restart of the witness`);
    assert.ok(tookMs < regrantMs(leaseMs) + busyMs, `node2 was active ${tookMs} ms after the restart of the witness`);
    pair.assertNeverTwice();
  },
);

row('C4: two of three gone, the one that is left holds and says what to type', async (lab) => {
  const pair = await upWithWitness(lab);
  await lab.powerCut('witness');
  await lab.powerCut('node1');
  await pair.until('node2', 'nobody answers', ({ groups }) => groups[0]?.because.rule === 'witness-unreachable');
  await sleep(leaseMs);
  assert.deepEqual(lab.addresses.holders(floatingAddress), []);
  assert.match((await pair.status('node2'))?.groups[0]?.because.sentence ?? '', /hactl confirm-dead/);
});

row('I11: hostile packets to the witness change nothing, and cost it neither memory nor log', async (lab) => {
  const pair = await upWithWitness(lab);
  const beganMs = nowMs();
  const requests = await lab.witness.run(program('sniff.py', lanDevice, String(port), '6'), { timeoutMs: 30_000 });
  const before = await residentKb(lab);
  const words = [lanAddress.node1, lanAddress.witness, String(port), 'noise', '1'];
  const sent = Number(await lab.client.run(program('attack.py', ...words), { stdin: requests, timeoutMs: 60_000 }));
  assert.ok(sent > 1000);
  await sleep(2 * leaseMs);
  const log = lab.witness.readLog(witnessName);
  assert.match(log, /not believed: bad-mac/);
  assert.ok(log.split('\n').length < 30, log);
  assert.ok((await residentKb(lab)) < before + 60_000);
  pair.assertNothingMoved('node1', beganMs);
  await pair.until('node1', 'the witness answers', ({ guards }) => guards?.witness?.state === 'up');
});

/** The witness first, for so long that it gives leases away: then the pair. */
async function upWithWitness(lab: Lab): Promise<LabPair> {
  await startWitness(lab);
  const pair = await LabPair.up(lab, guarded);
  const has = (holder: string | null | undefined): boolean => holder === 'node1';
  await pair.until('node1', 'it has the lease', ({ guards }) => has(guards?.witness?.leases[0]?.holder));
  return pair;
}

async function residentKb(lab: Lab): Promise<number> {
  const pid = lab.witness.pidOf(witnessName);
  const status = await lab.witness.run(['cat', `/proc/${pid}/status`]);
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]);
}

function program(name: string, ...words: readonly string[]): readonly string[] {
  return [pythonPath(), '-B', fileURLToPath(new URL(`inside/${name}`, import.meta.url)), ...words];
}
