import assert from 'node:assert/strict';

import { nowMs, patienceMs, sleep, until } from '../../lab/clock.ts';
import { ownLab } from '../../lab/forTest.ts';
import { floatingAddress, lanAddress, serialDevice } from '../../lab/topology.ts';

/** The same lab without the machine's root: `ok` in a user namespace, whoever runs the tests. */
const rootlessTest = ownLab({ mode: 'user' });

rootlessTest('a user namespace suffices for hosts, cuts, power, freezing and the probe', async (lab) => {
  const { node1, node2 } = lab;
  assert.equal(lab.mode, 'user');
  assert.equal((await node1.run(['id', '-u'])).trim(), '0');
  await node1.run([
    'sh',
    '-c',
    'mkdir -p /etc/twinbeat /var/lib/twinbeat /opt/zope && echo x > /var/lib/twinbeat/kept',
  ]);
  await node1.run(['ip', 'addr', 'add', `${floatingAddress}/32`, 'dev', 'eth0']);
  const probe = await lab.probe(floatingAddress);
  await probe.answerFrom('node1', nowMs(), patienceMs);
  await lab.cut('cross:node1>node2', 'lan:node2');
  assert.equal((await node2.run(['cat', '/sys/class/net/eth0/carrier'])).trim(), '0');
  await lab.mendAll();
  await lab.freeze('node1');
  const frozenMs = nowMs();
  await sleep(200);
  assert.ok((await probe.outage(frozenMs)).ms > 150);
  await lab.thaw('node1');
  await probe.answerFrom('node1', nowMs(), patienceMs);
  const bootId = node1.bootId;
  await lab.powerCut('node1');
  await lab.boot('node1');
  assert.notEqual((await node1.run(['cat', '/proc/sys/kernel/random/boot_id'])).trim(), bootId);
  assert.equal(node1.readFile('/var/lib/twinbeat/kept'), 'x\n');
  assert.equal((await node1.run(['cat', '/etc/hosts'])).includes(lanAddress.node2), true);
});

rootlessTest('a user namespace suffices for the serial cable, also after its reader was killed', async (lab) => {
  const { node1, node2 } = lab;
  await node2.start({
    name: 'reader',
    argv: ['node', '--input-type=module', '-e', readWithSerialport],
    restartAfterMs: 20,
  });
  const hears = async (text: string): Promise<void> => {
    await until(`it hears ${text}`, patienceMs, async () => {
      await node1.run(['sh', '-c', `printf ${text} > ${serialDevice}`]);
      return node2.readLog('reader').includes(text);
    });
  };
  await hears('first');
  await node2.kill('reader');
  await hears('second');
  assert.doesNotMatch(node2.readLog('reader'), /error/);
});

const readWithSerialport = `
import { SerialPort } from 'serialport';
const port = new SerialPort({ path: '${serialDevice}', baudRate: 115200 });
port.on('error', (error) => console.log('error', error.message));
port.on('data', (chunk) => console.log(String(chunk)));`;
