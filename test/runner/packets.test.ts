import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AddressMeans } from '../../src/config/means.ts';
import { monotonicMs } from '../../src/runner/monotonic.ts';
import { four, six } from './machine/floatingAddresses.ts';
import { makeNetwork, type PretendedNetwork } from './machine/pretendedNetwork.ts';
import { groupOf, makeRunner, waitFor } from './machine/runnerUnderTest.ts';

const hostMac = '020000000001';
const peerMac = '02:00:00:00:00:02';
const atOnceMs = 100;

function groupWith(...plans: readonly AddressMeans[]) {
  return groupOf(
    'g',
    plans.map((plan) => ({
      name: plan.address,
      side: 'owner',
      stopTimeoutMs: 5000,
      statusTimeoutMs: 3000,
      means: plan,
    })),
    60_000,
  );
}

interface Heard {
  readonly atMs: number;
  readonly hex: string;
}

/** What the peer's device hears from here on. */
async function hear(t: TestContext, network: PretendedNetwork): Promise<Heard[]> {
  const index = network.peer('ip -o link show dev eth0').split(':')[0] ?? '';
  const [program, ...words] = [
    ...network.peerPrefix,
    process.execPath,
    join(import.meta.dirname, 'machine', 'hearFrames.ts'),
    index,
  ];
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => void child.kill('SIGKILL'));
  const heard: Heard[] = [];
  let unfinished = '';
  await new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (unfinished + text).split('\n');
      unfinished = lines.pop() ?? '';
      for (const line of lines) {
        if (line === 'listening') resolve();
        else heard.push({ atMs: Number(line.split(' ')[0]), hex: line.split(' ')[1] ?? '' });
      }
    });
  });
  return heard;
}

test('A4: an address that comes up is announced in both forms, at once and again, until it is stopped', async (t) => {
  const network = await makeNetwork(t);
  if (network === undefined) return;
  network.host('ip addr add 10.77.0.1/24 dev eth0');
  const runner = makeRunner(t, [groupWith(four, six)], network.hostPrefix);
  await runner.start();
  const head = await runner.connect();
  const heard = await hear(t, network);
  await head.run('g', four.address, 'start');
  await head.run('g', six.address, 'start');
  const upMs = monotonicMs();
  const ip = '0a4d0009';
  const request = `ffffffffffff${hostMac}0806000108000604${'0001'}${hostMac}${ip}000000000000${ip}`;
  const reply = `ffffffffffff${hostMac}0806000108000604${'0002'}${hostMac}${ip}${hostMac}${ip}`;
  const ofForm = (start: string): readonly Heard[] => heard.filter(({ hex }) => hex.startsWith(start));
  const advertisements = (): readonly Heard[] =>
    ofForm(`333300000001${hostMac}86dd`).filter(
      ({ hex }) => hex.includes(`3aff${'fd77000000000000'}0000000000000009`) && hex.includes('88'),
    );
  const counts = (): readonly number[] =>
    [ofForm(request), ofForm(reply), advertisements()].map(({ length }) => length);
  assert.ok(await waitFor(() => counts().every((count) => count >= 5)), counts().join());
  // A pair of the next five may be out already where this test was late.
  assert.ok(
    counts().every((count) => count <= 10),
    counts().join(),
  );
  assert.ok(ofForm(request)[0]!.atMs - upMs < atOnceMs);
  await head.run('g', four.address, 'stop');
  await sleep(100);
  const count = ofForm(request).length;
  await sleep(1000);
  assert.equal(ofForm(request).length, count, 'an address that is gone is announced');
  await head.run('g', four.address, 'start');
  await sleep(50);
  network.host('ip addr del 10.77.0.9/32 dev eth0');
  const lapsed = ofForm(request).length;
  await sleep(700);
  assert.ok(ofForm(request).length <= lapsed + 1, 'an address whose lease lapsed is announced');
  const afterwards = ofForm(request).length;
  head.send({ type: 'announce', group: 'g' });
  await sleep(200);
  assert.equal(ofForm(request).length, afterwards, 'an address that is not held is announced');
});

test('a floating address that nobody has is silent, within the time that was given', async (t) => {
  const network = await makeNetwork(t);
  if (network === undefined) return;
  const runner = makeRunner(t, [groupWith(four, six)], network.hostPrefix);
  await runner.start();
  const head = await runner.connect();
  for (const waitMs of [20, 300]) {
    const took: number[] = [];
    // A busy machine may delay some.
    while ((took.at(-1) ?? 1e9) >= waitMs + atOnceMs && took.length < 10) {
      const beganMs = monotonicMs();
      head.send({ type: 'ask', ask: waitMs, group: 'g', waitMs });
      const { ask, answer } = await head.next('asked');
      assert.deepEqual([ask, answer], [waitMs, { kind: 'silent' }]);
      took.push(Math.round(monotonicMs() - beganMs));
    }
    assert.ok(took.every((ms) => ms >= waitMs) && (took.at(-1) ?? 1e9) < waitMs + atOnceMs, `${took.join(', ')} ms`);
  }
});

test('the holder of a floating address answers by its MAC, whether or not this host has an address', async (t) => {
  const network = await makeNetwork(t);
  if (network === undefined) return;
  const runner = makeRunner(t, [groupWith(four), { ...groupWith(six), name: 'six' }], network.hostPrefix);
  await runner.start();
  const head = await runner.connect();
  network.peer('ip addr add 10.77.0.9/32 dev eth0; ip addr add fd77::9/128 dev eth0 nodad');
  for (const hostHasAddress of [false, true]) {
    if (hostHasAddress) network.host('ip addr add 10.77.0.1/24 dev eth0; ip addr add fd77::1/64 dev eth0 nodad');
    head.send({ type: 'ask', ask: 1, group: 'g', waitMs: 20_000 });
    const beganMs = monotonicMs();
    assert.deepEqual((await head.next('asked')).answer, { kind: 'answered', mac: peerMac, address: four.address });
    assert.ok(monotonicMs() - beganMs < 15_000, 'an answer ends the waiting');
    head.send({ type: 'ask', ask: 2, group: 'six', waitMs: 2000 });
    assert.deepEqual((await head.next('asked')).answer, { kind: 'answered', mac: peerMac, address: six.address });
  }
});

test('asking for an address that this node holds itself is answered by nobody else', async (t) => {
  const network = await makeNetwork(t);
  if (network === undefined) return;
  network.host('ip addr add 10.77.0.1/24 dev eth0');
  const runner = makeRunner(t, [groupWith(four, six)], network.hostPrefix);
  await runner.start();
  const head = await runner.connect();
  for (const { address } of [four, six]) assert.deepEqual(await head.run('g', address, 'start'), { kind: 'done' });
  head.send({ type: 'ask', ask: 1, group: 'g', waitMs: 200 });
  assert.deepEqual((await head.next('asked')).answer, { kind: 'silent' });
});

test('without a carrier or a device the question is impossible, which is not silence', async (t) => {
  const network = await makeNetwork(t);
  if (network === undefined) return;
  const runner = makeRunner(
    t,
    [groupWith(four), { ...groupWith({ ...four, device: 'eth9' }), name: 'none' }],
    network.hostPrefix,
  );
  await runner.start();
  const head = await runner.connect();
  network.peer('ip link set eth0 down');
  await head.next('link', ({ hasCarrier, device }) => device === 'eth0' && !hasCarrier);
  head.send({ type: 'ask', ask: 1, group: 'g', waitMs: 200 });
  assert.deepEqual((await head.next('asked')).answer, { kind: 'impossible', detail: 'eth0 has no carrier' });
  head.send({ type: 'ask', ask: 2, group: 'none', waitMs: 200 });
  assert.deepEqual((await head.next('asked')).answer, { kind: 'impossible', detail: 'there is no device eth9' });
});
