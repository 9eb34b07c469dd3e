import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

import { nowMs, patienceMs, sleep, until } from '../../lab/clock.ts';
import { shareLab } from '../../lab/forTest.ts';
import type { Host } from '../../lab/host.ts';
import { hiccupMs } from '../../lab/pair.ts';
import { crossAddress, floatingAddress, floatingAddress6, lanAddress } from '../../lab/topology.ts';

const labTest = shareLab();

labTest('a lab comes up, each host once', async (lab) => {
  const boots = lab.history.filter(({ what }) => what.startsWith('boot '));
  assert.equal(boots.length, 3);
  assert.deepEqual(new Set(boots.map(({ what }) => what)), new Set(['boot node1', 'boot node2', 'boot client']));
});

labTest('each host has a name, processes and addresses of its own, and the same programs', async (lab) => {
  for (const node of lab.nodes) {
    assert.equal((await node.run(['hostname'])).trim(), node.name);
    const shown = await node.run(['ip', '-br', 'addr']);
    assert.match(shown, new RegExp(`eth0@\\S+ +UP +${lanAddress[node.name]}/24`));
    const argvs = (await node.processes()).map(({ argv }) => argv.join(' '));
    assert.equal(argvs.length, 1, argvs.join('\n'));
    assert.match((await node.run(['sh', '-c', 'ls package.json && node --version'])).trim(), /^package.json\nv24/);
  }
});

labTest('hosts reach each other by the LAN and by the cross cable, and the client by the LAN only', async (lab) => {
  await assertReaches(lab.node1, lanAddress.node2, true);
  await assertReaches(lab.node1, crossAddress.node2, true);
  await assertReaches(lab.node1, 'fd00:80::1', true);
  await assertReaches(lab.client, lanAddress.node1, true);
  await assertReaches(lab.client, crossAddress.node1, false);
});

labTest('a pulled cross cable takes the carrier away at both ends, and a mended one brings it back', async (lab) => {
  assert.deepEqual(await Promise.all(lab.nodes.map(async (node) => await carrier(node, 'eth1'))), ['1', '1']);
  await lab.cut('cross');
  assert.deepEqual(await Promise.all(lab.nodes.map(async (node) => await carrier(node, 'eth1'))), ['0', '0']);
  assert.deepEqual(await Promise.all(lab.nodes.map(async (node) => await carrier(node, 'eth0'))), ['1', '1']);
  await assertReaches(lab.node1, crossAddress.node2, false);
  await lab.mend('cross');
  assert.deepEqual(await Promise.all(lab.nodes.map(async (node) => await carrier(node, 'eth1'))), ['1', '1']);
  await assertReaches(lab.node1, crossAddress.node2, true);
});

labTest('a pulled LAN cable of one host leaves the carrier of the others', async (lab) => {
  await lab.cut('lan:node1');
  assert.deepEqual(await Promise.all(lab.hostsOn.map(async (host) => await carrier(host, 'eth0'))), ['0', '1', '1']);
  await assertReaches(lab.client, lanAddress.node1, false);
  await assertReaches(lab.client, lanAddress.node2, true);
  await lab.mend('lan:node1');
  await assertReaches(lab.client, lanAddress.node1, true);
});

labTest('a LAN without its switch has no carrier anywhere', async (lab) => {
  await lab.cut('lan', 'lan:node1');
  await lab.mend('lan');
  assert.deepEqual(await Promise.all(lab.hostsOn.map(async (host) => await carrier(host, 'eth0'))), ['0', '1', '1']);
  await lab.cut('lan');
  assert.deepEqual(await Promise.all(lab.hostsOn.map(async (host) => await carrier(host, 'eth0'))), ['0', '0', '0']);
});

for (const link of ['lan', 'cross'] as const) {
  labTest(`a one-way cut of ${link} loses what goes that way, and nothing else`, async (lab) => {
    const [one, two] = link === 'lan' ? [lanAddress.node1, lanAddress.node2] : [crossAddress.node1, crossAddress.node2];
    await lab.cut(`${link}:node1>node2`);
    assert.equal(await hears(lab.node1, two, lab.node2), false);
    assert.equal(await hears(lab.node2, one, lab.node1), true);
    assert.equal(await carrier(lab.node1, 'eth0'), '1');
    await assertReaches(lab.client, lanAddress.node1, true);
    await lab.mend(`${link}:node1>node2`);
    assert.equal(await hears(lab.node1, two, lab.node2), true);
  });
}

labTest('a link that does not exist, and one that is not cut, are named in the refusal', async (lab) => {
  await assert.rejects(lab.cut('lan:nobody' as 'lan'), /no link "lan:nobody" to cut; there are: lan cross serial/);
  await assert.rejects(lab.mend('cross'), /cross is not cut; cut are: none/);
  await assert.rejects(lab.mend('serial'), /serial is not cut/);
});

labTest('a power cut kills every process at once, and takes the carrier of the cross cable away', async (lab) => {
  const { node1, node2 } = lab;
  const markers = [`${41_000 + (process.pid % 1000)}.1`, `${41_000 + (process.pid % 1000)}.2`] as const;
  await node1.start({ name: 'sleeper', argv: ['sleep', markers[0]] });
  const hanging = node1.exec(['sleep', markers[1]]);
  await until('both sleep', patienceMs, async () => (await node1.processes()).length >= 3);
  assert.equal(machineRuns(markers[0]), true);
  await lab.powerCut('node1');
  assert.equal(node1.isOn, false);
  assert.equal(machineRuns(markers[0]) || machineRuns(markers[1]), false);
  assert.equal((await hanging).signal, 'SIGKILL');
  assert.equal(await carrier(node2, 'eth1'), '0');
  assert.equal(await carrier(node2, 'eth0'), '1');
  await assert.rejects(node1.exec(['true']), /node1 is off/);
});

labTest('a boot gives another boot id, keeps /etc and /var, and empties /run', async (lab) => {
  const { node1, node2 } = lab;
  const bootId = await node1.run(['cat', '/proc/sys/kernel/random/boot_id']);
  assert.equal(bootId.trim(), node1.bootId);
  assert.notEqual(node1.bootId, node2.bootId);
  node1.writeFile('/etc/twinbeat/kept', 'one');
  await node1.run([
    'sh',
    '-c',
    'mkdir -p /var/lib/twinbeat && echo two > /var/lib/twinbeat/kept && echo gone > /run/gone',
  ]);
  await lab.powerCut('node1');
  node1.writeFile('/etc/twinbeat/written-while-off', 'three');
  assert.equal(node1.readFile('/var/lib/twinbeat/kept'), 'two\n');
  await lab.boot('node1');
  assert.notEqual((await node1.run(['cat', '/proc/sys/kernel/random/boot_id'])).trim(), bootId.trim());
  const kept = await node1.run(['sh', '-c', 'cat /etc/twinbeat/* /var/lib/twinbeat/kept; ls /run']);
  assert.equal(kept, 'onethreetwo\nlock\n');
  assert.equal((await node2.exec(['ls', '/etc/twinbeat'])).code, 2);
  assert.throws(() => readFileSync('/etc/twinbeat/kept'), /ENOENT/);
});

labTest('a frozen host runs nothing while its kernel answers, and goes on when it is thawed', async (lab) => {
  const { node1, client } = lab;
  await node1.start({ name: 'ticker', argv: ['sh', '-c', 'while :; do echo tick; sleep 0.02; done'] });
  const running = node1.exec(['sh', '-c', 'sleep 0.3; echo done']);
  await until('it ticks', patienceMs, () => node1.readLog('ticker').length > 10);
  await lab.freeze('node1');
  const ticks = node1.readLog('ticker').length;
  await sleep(200);
  assert.equal(node1.readLog('ticker').length, ticks);
  assert.ok((await node1.processes()).every(({ state }) => 'TtD'.includes(state)));
  await client.run(['ip', 'neigh', 'flush', 'all']);
  await client.run(['python3', '-c', poke(lanAddress.node1)]);
  await until('the kernel has answered ARP', patienceMs, async () =>
    /lladdr 02:7b:00:00:01:10/.test(await client.run(['ip', 'neigh', 'show', lanAddress.node1])),
  );
  await lab.thaw('node1');
  await until('it ticks again', patienceMs, () => node1.readLog('ticker').length > ticks);
  assert.equal((await running).stdout, 'done\n');
  await node1.kill('ticker');
});

labTest('a killed process is gone at once, is reaped, and is restarted where that was asked for', async (lab) => {
  const { node1 } = lab;
  await node1.start({ name: 'once', argv: ['sleep', '1000'] });
  await node1.start({ name: 'again', argv: ['sleep', '1001'], restartAfterMs: 20 });
  const first = node1.pidOf('again');
  await node1.kill('once');
  await node1.kill('again');
  await until('it runs again', patienceMs, () => node1.pidOf('again') !== undefined && node1.pidOf('again') !== first);
  assert.equal(node1.pidOf('once'), undefined);
  assert.deepEqual(
    node1.exits.slice(-2).map(({ name, code }) => [name, code]),
    [
      ['once', -9],
      ['again', -9],
    ],
  );
  await node1.disable('again');
  assert.equal((await node1.signalMatching('sleep 1001', 'SIGTERM')).length, 1);
  await until('it has ended', patienceMs, () => node1.pidOf('again') === undefined);
  assert.equal(
    (await node1.processes()).some(({ state }) => state === 'Z'),
    false,
  );
});

labTest('a service that starts at boot starts with each boot, and its log goes on', async (lab) => {
  const { node2 } = lab;
  await node2.start({ name: 'greeter', argv: ['sh', '-c', 'echo hello; sleep 1000'], atBoot: true });
  await until('it has greeted', patienceMs, () => node2.readLog('greeter') === 'hello\n');
  await lab.powerCut('node2');
  await lab.boot('node2');
  await until('it has greeted twice', patienceMs, () => node2.readLog('greeter') === 'hello\nhello\n');
  await node2.disable('greeter');
  await node2.kill('greeter');
});

labTest('a command that does not end is ended, with all that it started', async (lab) => {
  const finished = await lab.node1.exec(['sh', '-c', 'sleep 1234 & sleep 1235'], { timeoutMs: 200 });
  assert.equal(finished.hasTimedOut, true);
  assert.ok(finished.tookMs < patienceMs, `it took ${finished.tookMs} ms`);
  await until('nothing is left of it', patienceMs, async () =>
    (await lab.node1.processes()).every(({ argv }) => !/^sleep 123[45]$/.test(argv.join(' '))),
  );
});

labTest('the exit code, both outputs and the input of a command pass unchanged', async (lab) => {
  const finished = await lab.client.exec(['sh', '-c', 'cat; echo oops >&2; exit 7'], { stdin: 'hello' });
  assert.deepEqual([finished.code, finished.stdout, finished.stderr], [7, 'hello', 'oops\n']);
  await assert.rejects(lab.client.run(['sh', '-c', 'echo oops >&2; exit 7']), /on client: .*exit code 7: oops/);
});

for (const [address, prefix] of [
  [floatingAddress, 32],
  [floatingAddress6, 128],
] as const) {
  labTest(`the probe sees who answers for ${address}, and how long nobody does`, async (lab) => {
    const { node1, node2 } = lab;
    const add = ['ip', 'addr', 'add', `${address}/${prefix}`, 'dev', 'eth0'];
    await node1.run(add);
    const probe = await lab.probe(address);
    const startMs = nowMs();
    const before = await probe.answerFrom('node1', startMs, patienceMs);
    await sleep(200);
    assert.ok((await probe.silence(before, nowMs())).ms < hiccupMs, 'a quiet second has no outage');
    const removedMs = nowMs();
    await node1.run(['ip', 'addr', 'del', `${address}/${prefix}`, 'dev', 'eth0']);
    await sleep(100);
    const addedMs = nowMs();
    await node2.run(add);
    await lab.client.run(['ip', 'neigh', 'flush', 'all']);
    await probe.answerFrom('node2', addedMs, patienceMs);
    await sleep(50);
    const outage = await probe.outage(removedMs);
    assert.ok(outage.ms >= 100, `the outage was ${outage.ms} ms`);
    const hosts = (await probe.servings(before)).map(({ host }) => host);
    assert.deepEqual(hosts, ['node1', 'node2']);
    await probe.stop();
    await node2.run(['ip', 'addr', 'del', `${address}/${prefix}`, 'dev', 'eth0']);
  });
}

labTest('the times at which both hosts, or none, hold an address are known', async (lab) => {
  const { node1, node2 } = lab;
  const address = '192.168.1.77';
  const change = async (host: Host, verb: 'add' | 'del'): Promise<void> => {
    await host.run(['ip', 'addr', verb, `${address}/32`, 'dev', 'eth0']);
  };
  const startMs = nowMs();
  await change(node1, 'add');
  await change(node2, 'add');
  await sleep(100);
  await change(node1, 'del');
  await lab.freeze('node2');
  await lab.thaw('node2');
  await change(node2, 'del');
  await change(node1, 'add');
  await lab.powerCut('node1');
  const endMs = nowMs();
  await until('the watch has seen all', patienceMs, () => lab.addresses.holders(address).length === 0);
  const holdings = lab.addresses.holdings(address);
  assert.deepEqual(
    holdings.map(({ host }) => host),
    ['node1', 'node2', 'node1'],
  );
  assert.equal(lab.addresses.heldTwice(address, startMs, endMs).length, 1);
  const twiceMs = lab.addresses.heldTwiceMs(address, startMs, endMs);
  assert.ok(twiceMs > 100 && twiceMs < endMs - startMs, `both held it for ${twiceMs} ms`);
  assert.equal(lab.addresses.heldByNobody(address, startMs, endMs).length, 3);
});

labTest('an address whose lifetime ends is seen to go', async (lab) => {
  await lab.node1.run(['ip', 'addr', 'add', '192.168.1.78/32', 'dev', 'eth0', 'valid_lft', '1', 'preferred_lft', '1']);
  await until('it is seen', patienceMs, () => lab.addresses.holdings('192.168.1.78').length === 1);
  await until('the kernel has removed it', patienceMs, () => lab.addresses.holders('192.168.1.78').length === 0);
  const [held] = lab.addresses.holdings('192.168.1.78');
  assert.ok((held?.toMs ?? 0) - (held?.fromMs ?? 0) > 500);
});

labTest('announcements of an address in all three forms are seen at the client', async (lab) => {
  const watch = await lab.announcements();
  await lab.node1.run(['python3', '-c', announceAll]);
  await until(
    'three have come',
    patienceMs,
    () => watch.seen.filter(({ mac }) => mac === '02:7b:00:00:00:99').length >= 3,
  );
  const seen = watch.seen.filter(({ mac }) => mac === '02:7b:00:00:00:99').map(({ form, address }) => [form, address]);
  assert.deepEqual(seen, [
    ['arp-request', floatingAddress],
    ['arp-reply', floatingAddress],
    ['neighbour-advertisement', floatingAddress6],
  ]);
  await watch.stop();
});

labTest('hogs use the CPU until they are killed', async (lab) => {
  const names = await lab.hog('node2', 2);
  await until('they run', patienceMs, async () => {
    const states = (await lab.node2.processes())
      .filter(({ argv }) => argv.join(' ').includes('while :'))
      .map((p) => p.state);
    return states.length === 2 && states.includes('R');
  });
  for (const name of names) await lab.node2.kill(name);
});

async function carrier(host: Host, device: string): Promise<string> {
  return (await host.run(['cat', `/sys/class/net/${device}/carrier`])).trim();
}

/** Whether a program on `from` gets an answer of the echo service at `address`. */
async function assertReaches(from: Host, address: string, isExpected: boolean): Promise<void> {
  const { code } = await from.exec(['python3', '-c', ask(address)]);
  assert.equal(code === 0, isExpected, `${from.name} ${isExpected ? 'does not reach' : 'reaches'} ${address}`);
}

/** Whether a datagram from `from` arrives at `to`, whose neighbour entry is known beforehand. */
async function hears(from: Host, address: string, to: Host): Promise<boolean> {
  const device = address.startsWith('192.168.80') ? 'eth1' : 'eth0';
  const mac = (await to.run(['cat', `/sys/class/net/${device}/address`])).trim();
  await from.run(['ip', 'neigh', 'replace', address, 'lladdr', mac, 'dev', device]);
  const listening = to.exec(['python3', '-c', listen]);
  await until('it listens', patienceMs, async () =>
    /:7999 /.test(await to.run(['cat', '/proc/net/udp']).then(hexPort)),
  );
  await from.run(['python3', '-c', poke(address, 7999)]);
  const { code } = await listening;
  await from.run(['ip', 'neigh', 'del', address, 'dev', device]);
  return code === 0;
}

function hexPort(table: string): string {
  return table.replaceAll(':1F3F ', ':7999 ');
}

function ask(address: string): string {
  const family = address.includes(':') ? 'AF_INET6' : 'AF_INET';
  return `
import socket
s = socket.socket(socket.${family}, socket.SOCK_DGRAM)
s.settimeout(0.5)
s.sendto(b"12345678abcdefgh", ("${address}", 7007))
s.recvfrom(100)`;
}

function poke(address: string, port = 9): string {
  return `import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("${address}", ${port}))`;
}

const listen = `
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 7999))
s.settimeout(0.5)
s.recvfrom(100)`;

const announceAll = `
import socket
mac = bytes.fromhex("027b00000099")
ip = socket.inet_aton("${floatingAddress}")
six = socket.inet_pton(socket.AF_INET6, "${floatingAddress6}")
all_nodes = socket.inet_pton(socket.AF_INET6, "ff02::1")
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("eth0", 0))
arp = lambda operation: b"\\xff" * 6 + mac + bytes.fromhex("080600010800060400") + bytes([operation]) + mac + ip + b"\\xff" * 6 + ip
s.send(arp(1))
s.send(arp(2))
advertisement = bytes([136, 0, 0, 0, 0x20, 0, 0, 0]) + six + bytes([2, 1]) + mac
s.send(bytes.fromhex("333300000001") + mac + bytes.fromhex("86dd60000000") + len(advertisement).to_bytes(2, "big")
       + bytes([58, 255]) + six + all_nodes + advertisement)`;

/** Whether a `sleep` with this argument runs anywhere on the machine. */
function machineRuns(marker: string): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`sleep\0${marker}`);
    } catch {
      return false; // It has ended meanwhile.
    }
  });
}
