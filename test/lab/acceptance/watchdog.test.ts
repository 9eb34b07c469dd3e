import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Lab } from '../../../lab/lab.ts';
import { busyMs, calm, LabPair } from '../../../lab/pair.ts';
import { PretendedWatchdog, watchdogPath } from '../../../lab/pretendedWatchdog.ts';
import type { ServiceSpec } from '../../../lab/service.ts';
import { floatingAddress } from '../../../lab/topology.ts';
import { configureNode, daemonName, type PairConfig, startDaemon } from '../../../lab/twinbeat.ts';
import { row } from './row.ts';

const timeoutMs = 2000;
/** A daemon starts in half a second; on a busy machine it takes several. */
const patientMs = 15_000;
const guarded = guardedFor(timeoutMs);

function guardedFor(ms: number): PairConfig {
  return { ...calm, more: `guards: { watchdog: { device: ${watchdogPath}, timeout: ${ms / 1000}s } }` };
}

/** Twice the timeout and the age of the oldest order that still counts. */
const takenOverAfterMs = 2 * (timeoutMs + 250);

async function guardedPair(
  lab: Lab,
  t: TestContext,
  ms = timeoutMs,
  daemon: Partial<ServiceSpec> = {},
): Promise<readonly [LabPair, PretendedWatchdog, PretendedWatchdog]> {
  const [one, other] = await Promise.all([
    PretendedWatchdog.on(lab, 'node1', ms),
    PretendedWatchdog.on(lab, 'node2', ms),
  ]);
  t.after(() => {
    one.close();
    other.close();
  });
  return [await LabPair.up(lab, guardedFor(ms), daemon), one, other];
}

row('watchdog: a host that hangs is reset, and the other one takes over after twice its bound', async (lab, t) => {
  const [pair, one, other] = await guardedPair(lab, t);
  const probe = await lab.probe(floatingAddress);
  await probe.answerFrom('node1', pair.fromMs, 5000);
  await pair.letBeat('node1', 30);
  const gaps = one.pets.slice(1).map(({ atMs }, index) => atMs - (one.pets[index]?.atMs ?? 0));
  assert(one.pets.length >= 5 && Math.max(...gaps) < timeoutMs - 500, `petted each half second: ${gaps.join()}`);
  assert.equal(other.pets.length, 0, 'a node that holds nothing pets nothing');

  const { startedMs } = await lab.freeze('node1');
  const servedMs = await probe.answerFrom('node2', startedMs, takenOverAfterMs + 10_000);
  assert(one.firedAtMs !== undefined, 'the watchdog of node1 has fired');
  assert(servedMs > one.firedAtMs, 'node1 was off before node2 answered');
  assert(servedMs - startedMs < takenOverAfterMs + busyMs, `the takeover took ${servedMs - startedMs} ms`);
  await pair.untilEvent('node2', 'E3', ({ id, evidence }) => id === 'claimed' && evidence === 'E3');
  pair.assertNeverTwice();
});

row('watchdog: a stop and a restart of the daemon reset nothing', async (lab, t) => {
  const [pair, one, other] = await guardedPair(lab, t, patientMs, { restartAfterMs: 100 });
  // Killed and back at once: the new one goes on to pet.
  await lab.node1.signal(daemonName, 'SIGKILL');
  await pair.untilWell('node1');
  await pair.letBeat('node1', 30);
  assert.equal(one.firedAtMs, undefined);
  assert(one.isArmed);

  await lab.node1.signal(daemonName, 'SIGTERM');
  await pair.untilActive('node2');
  await pair.letBeat('node2', 40);
  assert.equal(one.pets.at(-1)?.byte, 'V', 'the magic letter is the last');
  assert.equal(one.firedAtMs, undefined);
  assert(other.isArmed);
});

row('watchdog: a daemon that dies and stays away costs its machine', async (lab, t) => {
  const [pair, one] = await guardedPair(lab, t);
  const probe = await lab.probe(floatingAddress);
  await probe.answerFrom('node1', pair.fromMs, 5000);
  await lab.node1.kill(daemonName);
  await pair.untilActive('node2');
  assert(one.firedAtMs !== undefined);
  pair.assertNeverTwice();
});

row('watchdog: a node that cannot arm it becomes not active', async (lab) => {
  for (const node of lab.nodes) configureNode(node, guarded);
  const pair = LabPair.of(lab);
  await Promise.all(lab.nodes.map(async (node) => await startDaemon(node)));
  const status = await pair.until('node1', 'it holds', ({ groups }) => groups[0]?.because.rule === 'no-watchdog');
  assert.equal(status.guards?.watchdog?.state, 'failed');
  assert(status.warnings.some(({ id }) => id === 'no-watchdog'));
  assert.deepEqual(lab.addresses.holders(floatingAddress), []);
});
