import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AddressMeans } from '../../src/config/means.ts';
import type { GroupPlan, PlannedResource } from '../../src/config/plans.ts';
import { monotonicMs } from '../../src/runner/monotonic.ts';
import { four, six } from './machine/floatingAddresses.ts';
import { makeNetwork, type PretendedNetwork } from './machine/pretendedNetwork.ts';
import { groupOf, makeRunner, waitFor } from './machine/runnerUnderTest.ts';

const hostMac = '02:00:00:00:00:01';

function addressResource(name: string, plan: AddressMeans): PlannedResource {
  return { name, side: 'owner', stopTimeoutMs: 5000, statusTimeoutMs: 3000, means: plan };
}

function addressGroup(plan: AddressMeans, leaseMs = 20_000): GroupPlan {
  return groupOf('g', [addressResource('ip', plan)], leaseMs);
}

/** Each address on a device of the host: `10.77.0.9/32 3sec eth0`, lifetime and label as `ip` prints them. */
function held(network: PretendedNetwork, device = 'eth0'): readonly string[] {
  const lines = network.host(`ip -o addr show dev ${device}`).trim().split('\n');
  return lines
    .filter((line) => !line.includes('fe80'))
    .map((line) => {
      const [, address, rest, valid] = /inet6? (\S+) (.*)\\\s+valid_lft (\S+)/.exec(line) ?? [];
      return `${address} ${valid} ${/scope global (?:.* )?(\S+)$/.exec(rest ?? '')?.[1] ?? ''}`;
    });
}

test('an address is put up alone beside its subnet, with a lease and a label, and its neighbours know at once', async (t) => {
  const network = await makeNetwork(t);
  if (network === undefined) return;
  network.host('ip addr add 10.77.0.1/24 dev eth0');
  network.peer('ip neigh replace 10.77.0.9 lladdr 02:00:00:00:00:99 dev eth0 nud stale');
  const runner = makeRunner(t, [addressGroup({ ...four, label: 'eth0:0' })], network.hostPrefix);
  await runner.start();
  const head = await runner.connect();
  assert.deepEqual(await head.run('g', 'ip', 'status'), { kind: 'stopped' });
  assert.deepEqual(await head.run('g', 'ip', 'start'), { kind: 'done' });
  assert.match(network.peer('ip neigh show 10.77.0.9'), new RegExp(hostMac));
  assert.match(held(network)[1] ?? '', /^10\.77\.0\.9\/32 (1\d|20)sec eth0:0$/);
  assert.deepEqual(await head.run('g', 'ip', 'status'), { kind: 'running' });
  assert.deepEqual(await head.run('g', 'ip', 'stop'), { kind: 'done' });
  assert.equal(held(network).length, 1);
});

test('an IPv6 address comes up usable, leased and announced', async (t) => {
  const network = await makeNetwork(t);
  if (network === undefined) return;
  network.host('ip addr add fd77::1/64 dev eth0 nodad');
  network.peer('ip neigh replace fd77::9 lladdr 02:00:00:00:00:99 dev eth0 nud stale');
  const runner = makeRunner(t, [addressGroup(six)], network.hostPrefix);
  await runner.start();
  const head = await runner.connect();
  assert.deepEqual(await head.run('g', 'ip', 'start'), { kind: 'done' });
  assert.match(network.peer('ip neigh show fd77::9'), new RegExp(hostMac));
  const line = network.host('ip -o addr show to fd77::9/128');
  assert.doesNotMatch(line, /tentative/);
  assert.match(line, /fd77::9\/128.*valid_lft (1\d|20)sec/);
  assert.deepEqual((await head.renewed('g', 1)).missing, []);
  assert.deepEqual(await head.run('g', 'ip', 'stop'), { kind: 'done' });
});

test('a lease that is renewed stays, one that is not goes by itself, and a renewal never brings it back', async (t) => {
  const network = await makeNetwork(t);
  if (network === undefined) return;
  network.host('ip addr add 10.77.0.1/24 dev eth0');
  const runner = makeRunner(t, [addressGroup(four, 4000)], network.hostPrefix);
  await runner.start();
  const head = await runner.connect();
  await head.run('g', 'ip', 'start');
  // For longer than the lease.
  for (let order = 0; order < 14; order += 1) {
    assert.deepEqual((await head.renewed('g', order)).missing, []);
    await sleep(400);
  }
  assert.equal(held(network).length, 2);
  // Too old: neither renewed nor answered.
  const beganMs = monotonicMs();
  const renewing = setInterval(() => head.renew('g', 99, monotonicMs() - 300), 200);
  const isGone = await waitFor(() => held(network).length === 1);
  clearInterval(renewing);
  assert.ok(isGone, 'an old order was obeyed');
  assert.ok(!head.received.some((message) => message.type === 'renewed' && message.order === 99));
  assert.deepEqual((await head.renewed('g', 100)).missing, ['ip']);
  assert.equal(held(network).length, 1);
  const next = await runner.connectSilently();
  next.send({ type: 'hello', version: 1, incarnation: 'bbbbbbbbbbbbbbbb' });
  const [group] = (await next.next('hello')).groups;
  assert.equal(group?.renewedEpochCounter, 7);
  assert.ok(
    group.renewedAgoMs !== null && group.renewedAgoMs > 3000 && group.renewedAgoMs < monotonicMs() - beganMs + 2000,
    String(group.renewedAgoMs),
  );
  assert.deepEqual(group.devices, ['eth0']);
});

test('renewals that meet a removal never bring the address back', async (t) => {
  const network = await makeNetwork(t);
  if (network === undefined) return;
  network.host('ip addr add 10.77.0.1/24 dev eth0');
  const runner = makeRunner(t, [addressGroup(four)], network.hostPrefix);
  await runner.start();
  const head = await runner.connect();
  for (let round = 0; round < 30; round += 1) {
    await head.run('g', 'ip', 'start');
    for (let order = 0; order < 5; order += 1) head.renew('g', order);
    const stop = head.order('g', 'ip', 'stop');
    for (let order = 5; order < 10; order += 1) head.renew('g', order);
    if (round % 2 === 1) head.send({ type: 'dropAddresses', group: 'g' });
    assert.deepEqual(await head.outcomeOf(stop), { kind: 'done' });
    await head.renewed('g', 100 + round);
    assert.equal(held(network).length, 1, `round ${round}`);
  }
});

test('without its subnet an address carries it, until the host gets an address of its own there', async (t) => {
  const network = await makeNetwork(t);
  if (network === undefined) return;
  const runner = makeRunner(t, [addressGroup(four)], network.hostPrefix);
  await runner.start();
  const head = await runner.connect();
  assert.deepEqual(await head.run('g', 'ip', 'start'), { kind: 'done' });
  assert.match(held(network).join(), /^10\.77\.0\.9\/24/);
  network.host('ip addr add 10.77.0.1/24 dev eth0');
  await head.renewed('g', 1);
  assert.deepEqual(new Set(held(network).map((line) => line.split(' ')[0])), new Set(['10.77.0.1/24', '10.77.0.9/32']));
  await head.run('g', 'ip', 'stop');
  assert.match(held(network).join(), /^10\.77\.0\.1\/24 forever/, 'the host lost its own address');
  assert.match(network.host('ip route get 10.77.0.2'), /10\.77\.0\.2 dev eth0 src 10\.77\.0\.1/);
});

test('a leftover without a lease on another device counts as running, and a stop removes it there', async (t) => {
  const network = await makeNetwork(t);
  if (network === undefined) return;
  network.host('ip link set eth1 up; ip addr add 10.77.0.9/24 dev eth1');
  const runner = makeRunner(t, [addressGroup(four)], network.hostPrefix);
  await runner.start();
  const head = await runner.connect();
  assert.deepEqual(await head.run('g', 'ip', 'status'), { kind: 'running' });
  assert.deepEqual(await head.run('g', 'ip', 'stop'), { kind: 'done' });
  assert.deepEqual(await head.run('g', 'ip', 'status'), { kind: 'stopped' });
});

test('the route finds the device, and what is impossible is refused with a sentence', async (t) => {
  const network = await makeNetwork(t);
  if (network === undefined) return;
  network.host('ip addr add 10.77.0.1/24 dev eth0');
  const unrouted = { ...four, address: '192.0.2.1', device: undefined };
  const resources = [
    addressResource('routed', { ...four, device: undefined, bits: undefined }),
    addressResource('unrouted', unrouted),
    addressResource('nowhere', { ...four, address: '10.77.0.10', device: 'eth9' }),
    addressResource('down', { ...four, address: '10.77.0.11', device: 'eth1' }),
    addressResource('evil', { ...four, address: '10.77.0.12', device: 'eth0\naddr flush dev eth0' }),
  ];
  const runner = makeRunner(t, [groupOf('g', resources)], network.hostPrefix);
  await runner.start();
  const head = await runner.connect();
  assert.deepEqual(await head.run('g', 'routed', 'start'), { kind: 'done' });
  assert.match(held(network).join(), /10\.77\.0\.9\/32/);
  const sentences: string[] = [];
  for (const name of ['unrouted', 'nowhere', 'down', 'evil'])
    sentences.push(JSON.stringify(await head.run('g', name, 'start')));
  assert.match(sentences[0] ?? '', /no route leads to 192\.0\.2\.1.*name its device/);
  assert.match(sentences[1] ?? '', /there is no device eth9/);
  assert.match(sentences[2] ?? '', /eth1 is down; ip link set eth1 up/);
  assert.match(sentences[3] ?? '', /"failed"/);
  assert.equal(held(network).length, 2);
  head.send({ type: 'dropAddresses', group: 'g' });
  assert.ok(await waitFor(() => held(network).length === 1));
});

test('carrier is told at hello and at each change, with the MAC', async (t) => {
  const network = await makeNetwork(t);
  if (network === undefined) return;
  const runner = makeRunner(t, [addressGroup(four)], network.hostPrefix);
  await runner.start();
  const head = await runner.connect();
  assert.deepEqual(await head.next('link'), { type: 'link', device: 'eth0', hasCarrier: true, mac: hostMac });
  network.peer('ip link set eth0 down');
  assert.deepEqual(await head.next('link'), { type: 'link', device: 'eth0', hasCarrier: false, mac: hostMac });
  network.peer('ip link set eth0 up');
  assert.deepEqual(await head.next('link', ({ hasCarrier }) => hasCarrier), {
    type: 'link',
    device: 'eth0',
    hasCarrier: true,
    mac: hostMac,
  });
});

test('a killed ip process costs at most one answer', async (t) => {
  const network = await makeNetwork(t);
  if (network === undefined) return;
  network.host('ip addr add 10.77.0.1/24 dev eth0');
  const runner = makeRunner(t, [addressGroup(four)], network.hostPrefix);
  await runner.start();
  const head = await runner.connect();
  await head.run('g', 'ip', 'start');
  const children = network.host(`cat /proc/${runner.pid}/task/${runner.pid}/children`).trim().split(' ');
  assert.ok(children.length >= 2, `children: ${children.join(' ')}`);
  for (const child of children) process.kill(Number(child), 'SIGKILL');
  await sleep(50);
  assert.deepEqual((await head.renewed('g', 1)).missing, []);
  await sleep(1500);
  network.peer('ip link set eth0 down');
  await head.next('link', ({ device, hasCarrier }) => device === 'eth0' && !hasCarrier);
});

test('an order that grows old while ip is slow is dropped, not carried out late', async (t) => {
  const network = await makeNetwork(t);
  if (network === undefined) return;
  network.host('ip addr add 10.77.0.1/24 dev eth0');
  const runner = makeRunner(t, [addressGroup(four, 60_000)], network.hostPrefix);
  await runner.start();
  const head = await runner.connect();
  await head.run('g', 'ip', 'start');
  const children = network.host(`cat /proc/${runner.pid}/task/${runner.pid}/children`).trim().split(' ').map(Number);
  const isBatch = (pid: number): boolean => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('-batch');
  const batch = children.find(isBatch) ?? 0;
  process.kill(batch, 'SIGSTOP');
  head.renew('g', 1);
  await sleep(500);
  process.kill(batch, 'SIGCONT');
  await head.renewed('g', 2);
  assert.ok(
    !head.received.some((message) => message.type === 'renewed' && message.order === 1),
    'the old order was carried out',
  );
});
