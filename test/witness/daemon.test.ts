import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { afterEach, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWitnessCodec, unknownStart } from '../../src/wire/witnessCodec.ts';
import { Asker, testPair, WitnessDaemon } from './witnessDaemon.ts';

const daemons: WitnessDaemon[] = [];
const askers: Asker[] = [];
afterEach(async () => {
  for (const asker of askers.splice(0)) asker.close();
  for (const daemon of daemons.splice(0)) await daemon.destroy();
});

/** A witness that has been up for longer than the lease of these tests. */
async function settled(): Promise<{ daemon: WitnessDaemon; node1: Asker; node2: Asker }> {
  const daemon = new WitnessDaemon();
  daemons.push(daemon);
  await daemon.start();
  const node1 = new Asker('node1', daemon.port);
  const node2 = new Asker('node2', daemon.port);
  askers.push(node1, node2);
  await sleep(700);
  return { daemon, node1, node2 };
}

suite('twinbeatd --witness', () => {
  test('gives the lease to one node, and to the other one when it is over', async () => {
    const { daemon, node1, node2 } = await settled();
    assert.equal((await node1.ask())?.verdict, 'granted');
    const refused = await node2.ask();
    assert.deepEqual([refused?.verdict, refused?.holder], ['held', 'node1']);
    assert.ok((refused?.otherHeardAgoMs ?? Infinity) < 2_000);
    assert.match(daemon.state(), /"holder":"node1"/);
    await sleep((refused?.waitMs ?? 0) + 20);
    assert.equal((await node2.ask())?.verdict, 'granted');
    assert.match(daemon.state(), /"holder":"node2"/);
  });

  test('killed at any time it knows the holder afterwards, and gives nothing away for one lease', async () => {
    const { daemon, node1, node2 } = await settled();
    assert.equal((await node1.ask())?.verdict, 'granted');
    await daemon.end('SIGKILL');
    await daemon.start();
    assert.equal((await node2.ask())?.verdict, 'held');
    assert.equal((await node1.ask())?.verdict, 'granted');
    assert.equal((await node1.ask({ wish: 'release' }))?.verdict, 'released');
    await daemon.end('SIGKILL');
    await daemon.start();
    assert.equal((await node2.ask())?.verdict, 'settling');
    await sleep(700);
    assert.equal((await node2.ask())?.verdict, 'granted');
  });

  test('answers no stranger, however many there are, and grows by nothing', { timeout: 60_000 }, async () => {
    const { daemon, node1 } = await settled();
    assert.equal((await node1.ask())?.verdict, 'granted');
    const stranger = createSocket('udp4');
    let answers = 0;
    stranger.on('message', () => (answers += 1));
    const before = residentKb(daemon.pid);
    const forged = createWitnessCodec({ ...testPair, keys: [{ id: 1, secret: new TextEncoder().encode('guess') }] });
    const request = { group: 'site', wish: 'release', isHolding: true, leaseMs: 1 } as const;
    const epochs = { epoch: { counter: 9, node: 'node1' }, servedEpoch: { counter: 0, node: '' } };
    const hostile = [
      ...Array.from({ length: 50 }, (_, sequence) =>
        forged.encodeRequest(
          { ...request, ...epochs },
          { from: 'node1', nonce: randomBytes(8).toString('hex'), start: unknownStart, sequence },
        ),
      ),
      ...Array.from({ length: 200 }, (_, length) => randomBytes(length * 7)),
      ...node1.sent.flatMap((bytes) => Array.from({ length: bytes.length }, (_, length) => bytes.subarray(0, length))),
    ];
    for (let round = 0; round < 60; round += 1) {
      for (const bytes of hostile) stranger.send(bytes, daemon.port, '127.0.0.1');
      await sleep(5);
    }
    await sleep(200);
    assert.equal(answers, 0);
    assert.ok(residentKb(daemon.pid) < before + 60_000, `${before} kB, then ${residentKb(daemon.pid)} kB`);
    assert.ok(daemon.log.split('\n').length < 20, daemon.log);
    assert.match(daemon.log, /not believed: bad-mac, from 127\.0\.0\.1/);
    assert.equal((await node1.ask())?.verdict, 'granted');
    stranger.close();
  });

  test('does nothing for a request that somebody recorded', async () => {
    const { daemon, node1 } = await settled();
    await node1.ask();
    await node1.ask({ wish: 'release' });
    const recorded = [...node1.sent];
    assert.equal((await node1.ask())?.verdict, 'granted');
    const stranger = createSocket('udp4');
    for (const bytes of recorded) stranger.send(bytes, daemon.port, '127.0.0.1');
    await sleep(100);
    assert.match(daemon.state(), /"holder":"node1"/);
    await daemon.end('SIGKILL');
    await daemon.start();
    for (const bytes of recorded) stranger.send(bytes, daemon.port, '127.0.0.1');
    await sleep(100);
    assert.match(daemon.state(), /"holder":"node1"/);
    stranger.close();
  });

  test('says so when it is reached by IPv4 alone, because another program has its port', async (t) => {
    const other = createSocket({ type: 'udp6', ipv6Only: true });
    t.after(() => other.close());
    const hasIpv6 = await new Promise<boolean>((resolve) => {
      other.once('error', () => resolve(false));
      other.bind(0, '::', () => resolve(true));
    });
    if (!hasIpv6) return t.skip('this machine has no IPv6');
    const daemon = new WitnessDaemon('port: PORT\nclusters:\n  plone: { nodes: [node1, node2], authkeys: keys }\n');
    daemons.push(daemon);
    daemon.port = other.address().port;
    await daemon.start();
    assert.match(daemon.log, /cannot listen on :: port \d+: .*EADDRINUSE.*; whoever asks by IPv6 gets no answer/);
    const node1 = new Asker('node1', daemon.port);
    askers.push(node1);
    assert.notEqual(await node1.ask(), undefined);
  });

  test('ends with 0 when it is asked to, and with 6 for a config that is wrong', async () => {
    const daemon = new WitnessDaemon();
    daemons.push(daemon);
    await daemon.start();
    assert.equal(await daemon.end(), 0);
    const wrong = new WitnessDaemon('port: PORT\nclusters:\n  plone: { nodes: [node1], authkeys: keys }\n');
    daemons.push(wrong);
    await assert.rejects(wrong.start(), /witness\.yaml:3:19: .*a pair has exactly two nodes[\s\S]*\^/);
    assert.equal(await wrong.end(), 6);
  });
});

function residentKb(pid: number): number {
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0);
}
