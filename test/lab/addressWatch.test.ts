import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { nowMs, patienceMs, until } from '../../lab/clock.ts';
import { ownLab } from '../../lab/forTest.ts';
import type { Lab } from '../../lab/lab.ts';
import type { HostName } from '../../lab/topology.ts';

const labTest = ownLab();
const address = '192.168.1.77';

labTest('an address that moved while the watch stood still was never held by both', async (lab) => {
  await change(lab, 'node1', 'add');
  const fromMs = nowMs();
  const goOn = stopWatch(lab);
  await change(lab, 'node1', 'del');
  await change(lab, 'node2', 'add');
  goOn();
  await until('the watch has seen it', patienceMs, () => lab.addresses.holders(address).join() === 'node2');
  assert.deepEqual(lab.addresses.heldTwice(address, fromMs), []);
  assert.equal(lab.addresses.heldByNobody(address, fromMs).length, 1);
});

labTest('an address that both held while the watch stood still was held by both', async (lab) => {
  await change(lab, 'node1', 'add');
  const fromMs = nowMs();
  const goOn = stopWatch(lab);
  await change(lab, 'node2', 'add');
  await change(lab, 'node1', 'del');
  goOn();
  await until('the watch has seen it', patienceMs, () => lab.addresses.holders(address).join() === 'node2');
  assert.equal(lab.addresses.heldTwice(address, fromMs).length, 1);
  assert.deepEqual(lab.addresses.heldByNobody(address, fromMs), []);
});

labTest('a host that has booted again is watched under its name', async (lab) => {
  await change(lab, 'node2', 'add');
  const cut = await lab.powerCut('node2');
  await lab.boot('node2');
  await change(lab, 'node2', 'add');
  await until('the watch has seen it', patienceMs, () => lab.addresses.holdings(address).length === 2);
  const [before, after] = lab.addresses.holdings(address);
  assert.ok((before?.toMs ?? Number.NaN) >= cut.startedMs);
  assert.deepEqual([before?.host, after?.host, after?.device, after?.toMs], ['node2', 'node2', 'eth0', undefined]);
});

async function change(lab: Lab, host: HostName, verb: 'add' | 'del'): Promise<void> {
  await lab.host(host).run(['ip', 'addr', verb, `${address}/32`, 'dev', 'eth0']);
}

/** Stops the watch, as a machine does that has no time for it. Returns how it goes on. */
function stopWatch(lab: Lab): () => void {
  const namespace = readlinkSync(`/proc/${lab.pid}/ns/pid`);
  const pid = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .find((name) => isWatchIn(name, namespace));
  assert.ok(pid !== undefined, 'the watch runs');
  const parent = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  process.kill(Number(pid), 'SIGSTOP');
  return () => {
    // nsenter stops itself when its child was stopped.
    for (const stopped of [pid, parent]) process.kill(Number(stopped), 'SIGCONT');
  };
}

function isWatchIn(pid: string, namespace: string): boolean {
  try {
    const isWatch = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/watch.py\0');
    return isWatch && readlinkSync(`/proc/${pid}/ns/pid`) === namespace;
  } catch {
    return false; // It has ended meanwhile.
  }
}
