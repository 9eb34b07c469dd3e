import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { nowMs } from '../../lab/clock.ts';
import type { Finished } from '../../lab/command.ts';
import { crossAddress, floatingAddress, lanAddress } from '../../lab/topology.ts';
import type { StatusReport } from '../../src/control/controlProtocol.ts';
import type { Machine } from './machine.ts';
import { newVersion } from './pairOfMachines.ts';
import { readmeCommands } from './readmeCommands.ts';
import { tellStory } from './story.ts';

/** Default deadtime of data that is not copied, and the start of a service on a machine that is busy. */
const takeoverMsMax = 2000 + 3000;
/** What somebody types who takes the README's own example. */
const answers = [
  'plone',
  '', // The name of this node is found.
  'node2',
  lanAddress.node2,
  crossAddress.node2,
  `${floatingAddress}/24/eth0`,
  'systemd:apache2',
  'y',
];

/** Where he types. */
const desk = '/srv';
const told = readmeCommands('Fifteen minutes');
const step = tellStory([newVersion]);

suite('fifteen minutes with the README, on two machines:', () => {
  step('each command of the README is tried here', async () => {
    assert.deepEqual(told, [
      'npm ci && npm run -s package',
      'sudo apt install ./twinbeat_*.deb',
      'sudo hactl init',
      'sudo hactl check',
      'sudo systemctl disable --now apache2',
      'sudo systemctl enable --now twinbeat',
      'sudo hactl status',
      'sudo hactl takeover --wait',
    ]);
    return await Promise.resolve();
  });

  step('the package installs by apt, and says what comes next', async (pair) => {
    for (const machine of pair.machines) {
      await installApache(machine);
      pair.copyPackage(machine, newVersion, `${desk}/twinbeat_${newVersion}_amd64.deb`);
      const { stdout } = await type(machine, 'sudo apt install ./twinbeat_*.deb');
      assert.match(stdout, /configure both nodes: type hactl init on one of them/);
    }
  });

  step('hactl init asks, writes, and prints commands that bring the files over', async (pair) => {
    const { node1, node2 } = pair;
    const { stdout } = await type(node1, 'sudo hactl init', answers);
    assert.match(stdout, /Name of this node \(uname -n\) \[node1\]/);
    assert.match(stdout, /written: \/etc\/twinbeat\/twinbeat\.yaml \S+ \S+ \(key [0-9a-f]{8}\)/);
    const [, pack = '', there = ''] = /^next: copy to node2: (.*) \| ssh node2 '(.*)'\r?$/m.exec(stdout) ?? [];
    const [, unpack = ''] = /^next: on node2: (.*)\r?$/m.exec(stdout) ?? [];
    // There is no sshd: what goes through the pipe is carried.
    await type(node1, `${pack} > parcel`);
    const carried = await node1.run('base64', '-w0', `${desk}/parcel`);
    node2.write(`${desk}/parcel`, Buffer.from(carried, 'base64'));
    await type(node2, `cat parcel | (${there})`);
    assert.equal(
      await node2.run('stat', '-c', '%a', `${desk}/twinbeat.tar`),
      '600',
      'nobody else sees the key on its way',
    );
    await type(node2, unpack);
    const shown = ['stat', '-c', '%A %U %n', '/etc/twinbeat/authkeys', '/etc/twinbeat/twinbeat.yaml'];
    assert.equal(await node2.run(...shown), await node1.run(...shown));
    assert.match(await node2.run(...shown), /^-rw------- twinbeat /);
  });

  step('hactl check is content on both, and knows that systemd would start the service, too', async (pair) => {
    for (const machine of pair.machines) {
      const { stdout } = await type(machine, 'sudo hactl check');
      assert.match(stdout, /2 channels on 2 media, 1 group/);
      assert.match(stdout, /systemd starts apache2\S* at boot[^]*systemctl disable --now apache2/);
      await type(machine, 'sudo systemctl disable --now apache2');
      assert.doesNotMatch((await type(machine, 'sudo hactl check')).stdout, /systemctl disable/);
    }
  });

  step('started on both, all is well', async (pair) => {
    for (const machine of pair.machines) await type(machine, 'sudo systemctl enable --now twinbeat');
    await untilWell(pair.node2, 'node1');
    const { stdout } = await type(pair.node1, 'sudo hactl status');
    // A machine whose root may not raise limits says so, and nothing else.
    assert.match(stdout, /^(OK|ATTENTION) {2}apache2 is active on node1; node2 can take over$/m);
    const warnings = (await pair.node1.status())?.warnings.filter(({ id }) => id !== 'real-time');
    assert.deepEqual(warnings, []);
    assert.equal(await pair.node1.isActive('apache2'), true);
    assert.equal(await pair.node2.isActive('apache2'), false);
  });

  step(
    'the LAN cable of the active node is pulled: the other one takes over; put back, nothing moves',
    async (pair) => {
      const { lab, node1, node2 } = pair;
      await lab.cut('lan:node1');
      await node2.until('active', isActive);
      await lab.mend('lan:node1');
      const mendedMs = nowMs();
      await untilWell(node1, 'node2');
      pair.assertNothingMoved('node2', mendedMs);
      await type(node1, 'sudo hactl takeover --wait');
      await untilWell(node2, 'node1');
      assert.equal(lab.addresses.heldTwiceMs(floatingAddress, mendedMs), 0);
    },
  );

  step('the power of the active node is cut: the other one serves within deadtime and a start', async (pair) => {
    const cutMs = nowMs();
    await pair.node1.powerCut();
    const servedMs = await pair.node2.until('active', isActive);
    assert.ok(servedMs - cutMs < takeoverMsMax, `it took ${Math.round(servedMs - cutMs)} ms`);
    assert.equal(await pair.node2.isActive('apache2'), true);
    await pair.node1.powerOn();
    await untilWell(pair.node1, 'node2');
    assert.equal(await pair.node1.isActive('apache2'), false, 'a node that comes back starts nothing');
  });
});

/** A service that Debian would have enabled when it was installed. */
async function installApache(machine: Machine): Promise<void> {
  const lines = ['[Service]', 'ExecStart=/bin/sleep infinity', '[Install]', 'WantedBy=multi-user.target', ''];
  machine.write('/etc/systemd/system/apache2.service', lines.join('\n'));
  await machine.run('systemctl', 'enable', '--quiet', '--now', 'apache2');
}

/** As root, on a terminal where there are answers to give. */
async function type(machine: Machine, command: string, typed?: readonly string[]): Promise<Finished> {
  const words = command.replaceAll(/\bsudo /g, '');
  const line = typed === undefined ? words : `script -qec '${words}' /dev/null`;
  const stdin = typed === undefined ? {} : { stdin: `${typed.join('\n')}\n` };
  const done = await machine.exec(['sh', '-c', `cd ${desk} && ${line}`], { timeoutMs: 60_000, ...stdin });
  assert.equal(done.code, 0, `${command} on ${machine.name}: ${done.stdout}${done.stderr}`);
  return done;
}

function isActive({ groups }: StatusReport): boolean {
  return groups[0]?.role === 'active';
}

/** `owner` serves, and the other one could take over. */
async function untilWell(witness: Machine, owner: string): Promise<void> {
  await witness.until(`${owner} owns, and all is well`, ({ groups, jeopardy, nodes }) => {
    const other = owner === 'node1' ? 'node2' : 'node1';
    const isOnline = Object.values(nodes).every(({ state }) => state === 'online');
    return isOnline && !jeopardy && groups[0]?.owner === owner && groups[0].armed[other]?.armed === true;
  });
}
