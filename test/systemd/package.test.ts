import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { nowMs, patienceMs, until } from '../../lab/clock.ts';
import { busyMs, hiccupMs } from '../../lab/pair.ts';
import { floatingAddress } from '../../lab/topology.ts';
import { stateVersion } from '../../src/adapters/slotStore/encodeDurable.ts';
import type { StatusReport } from '../../src/control/controlProtocol.ts';
import type { Machine } from './machine.ts';
import { deadMs, newVersion, oldVersion, type PairOfMachines, siteOf, yaml } from './pairOfMachines.ts';
import { head, runner, signalMain, tellStory, untilRestarted } from './story.ts';

/** WatchdogSec= of the head. */
const watchdogMs = 10_000;
const killCount = 20;
const keys = '/etc/twinbeat/authkeys';
/** CAP_NET_BIND_SERVICE. */
const bindCapability = '0000000000000400';

const step = tellStory([oldVersion, newVersion]);

suite('two machines with the package:', () => {
  step('it installs a user, groups, folders and units, and starts nothing by itself', async (pair) => {
    const done = await Promise.all(
      pair.machines.map(async (machine) => await pair.installPackage(machine, oldVersion)),
    );
    assert.match(done[0]?.stdout ?? '', /then on both: systemctl enable --now twinbeat/);
    const { node1 } = pair;
    assert.equal(await node1.show(head, 'UnitFileState'), 'disabled');
    assert.equal(await node1.isActive(runner), false);
    const groups = (await node1.run('id', '-nG', 'twinbeat')).split(' ').toSorted();
    assert.deepEqual(groups, ['dialout', 'twinbeat', 'twinbeat-head', 'twinbeat-sync']);
    const folders = ['/run/twinbeat', '/run/twinbeat/jobs', '/var/lib/twinbeat'];
    assert.deepEqual((await node1.run('stat', '-c', '%A %U %G %n', ...folders)).split('\n'), [
      'drwxrwxr-t root twinbeat-head /run/twinbeat',
      'drwx------ root root /run/twinbeat/jobs',
      'drwxrwxr-t root twinbeat-head /var/lib/twinbeat',
    ]);
    for (const program of ['hactl', 'twinbeatd', 'twinbeat-runner']) {
      assert.equal(await node1.run(program, '--version'), `${program} ${oldVersion}`);
    }
    const verified = await node1.exec(['systemd-analyze', 'verify', '--man=no', head, runner]);
    assert.equal(`${verified.stdout}${verified.stderr}`, '');
  });

  step(
    'keys that others may read are refused by name; keys that root has copied become those of the head',
    async (pair) => {
      const { node1 } = pair;
      for (const machine of pair.machines) await pair.configure(machine);
      await node1.run('chmod', '644', keys);
      const started = await node1.exec(['systemctl', 'start', head]);
      assert.equal(started.code, 1);
      assert.equal(await node1.show(head, 'ExecMainStatus'), '6');
      const log = await node1.run('journalctl', '--no-pager', '-u', head);
      assert.match(log, /authkeys:1:1: the keys are open to others than their owner \(mode 0644\)[^]*chmod 600/);
      await node1.run('systemctl', 'reset-failed', head);
      for (const machine of pair.machines) {
        await machine.run('chmod', '600', keys);
        await machine.run('chown', 'root:root', keys);
      }
    },
  );

  step(
    'enabled on both, they are a pair: over port 694 and a serial line, with a head that is not root',
    async (pair) => {
      await Promise.all(
        pair.machines.map(async (machine) => await machine.run('systemctl', 'enable', '--quiet', '--now', head)),
      );
      await pair.untilWell('node1');
      const { node1 } = pair;
      const headPid = await node1.show(head, 'MainPID');
      assert.equal(await ownerOf(node1, headPid), 'twinbeat');
      assert.equal(await procField(node1, headPid, 'CapEff'), bindCapability);
      assert.equal(await procField(node1, headPid, 'CapBnd'), bindCapability);
      const isRealTime = (await node1.run('chrt', '-p', headPid)).includes('SCHED_FIFO|SCHED_RESET_ON_FORK');
      const warnings = (await node1.status())?.warnings ?? [];
      assert.ok(isRealTime || warnings.some(({ id }) => id === 'real-time'), 'real-time priority, or a warning');
      assert.deepEqual(
        warnings.filter(({ id }) => id !== 'real-time'),
        [],
      );
      await until('systemctl status shows it', patienceMs, async () =>
        /^site active; node2 online(; 1 warning: hactl status)?$/.test(await node1.show(head, 'StatusText')),
      );
      if (!isRealTime) await provePriority(pair);
    },
  );

  step('the runner and its scripts have the whole machine, and services nothing of the urgency', async (pair) => {
    const { node1 } = pair;
    const runnerPid = await node1.show(runner, 'MainPID');
    const service = pair.servicePid(node1);
    for (const pid of [runnerPid, service]) {
      for (const space of ['mnt', 'net', 'pid']) {
        const namespace = await node1.run('readlink', `/proc/${pid}/ns/${space}`);
        assert.equal(namespace, await node1.run('readlink', `/proc/1/ns/${space}`), `${space} of ${pid}`);
      }
      assert.equal(await procField(node1, pid, 'NoNewPrivs'), '0');
      assert.equal(await procField(node1, pid, 'Seccomp'), await procField(node1, '1', 'Seccomp'));
    }
    assert.equal(await procField(node1, runnerPid, 'CapEff'), await procField(node1, '1', 'CapEff'));
    assert.equal(await ownerOf(node1, service), 'nobody', 'the script could give its privileges up');
    assert.equal(node1.read(`/proc/${service}/oom_score_adj`).trim(), '0');
    assert.match(await node1.run('chrt', '-p', service), /SCHED_OTHER/);
    // The script of the standby side ran too, before the first start.
    assert.equal(node1.read('/run/syncPozo.status').trim(), 'SYNCING=0');
  });

  step('a power cut of the active one is survived, and its return moves nothing', async (pair) => {
    const startedMs = nowMs();
    await pair.node1.powerCut();
    const doneMs = await pair.node2.until('active', (status) => siteOf(status).role === 'active');
    assert.ok(doneMs - startedMs < deadMs + busyMs, `it took ${Math.round(doneMs - startedMs)} ms`);
    const backMs = nowMs();
    await pair.node1.powerOn();
    await pair.untilWell('node2');
    pair.assertNothingMoved('node2', backMs);
    await pair.node1.run('hactl', 'takeover', '--wait');
    await pair.untilWell('node1');
  });

  step('an upgrade to another version of the beat, one side after the other, interrupts nothing', async (pair) => {
    const { node1, node2 } = pair;
    const probe = await pair.lab.probe(floatingAddress);
    const service = pair.servicePid(node1);
    const startedMs = nowMs();
    for (const machine of [node1, node2]) await assertSpeaks(machine, { version: 1, versionMax: 1, peerVersionMax: 1 });

    await upgrade(pair, node2);
    await assertSpeaks(node2, { version: 1, versionMax: 2, peerVersionMax: 1 });
    await assertSpeaks(node1, { version: 1, versionMax: 1, peerVersionMax: 2 });
    assert.match(await node2.run('hactl', 'status'), /in version 1: the peer speaks no later one/);
    // A mixed pair is a pair for as long as one likes: it can be moved, and comes back.
    const mixedMs = nowMs();
    await node2.run('hactl', 'takeover', '--wait');
    await pair.untilWell('node2');
    await node1.run('hactl', 'takeover', '--wait');
    await pair.untilWell('node1');
    assert.equal(pair.lab.addresses.heldTwiceMs(floatingAddress, mixedMs), 0);
    assert.ok((await probe.silence(startedMs, mixedMs)).ms < hiccupMs, 'the first side was upgraded unseen');

    const restartedMs = nowMs();
    const restarted = pair.servicePid(node1);
    await upgrade(pair, node1);
    for (const machine of [node1, node2]) await assertSpeaks(machine, { version: 2, versionMax: 2, peerVersionMax: 2 });
    const { ms } = await probe.silence(restartedMs);
    assert.ok(ms < hiccupMs, `the address did not answer for ${Math.round(ms)} ms`);
    pair.assertNothingMoved('node1', restartedMs);
    assert.equal(pair.servicePid(node1), restarted);
    assert.notEqual(restarted, service, 'it moved when it was told to');
    await probe.stop();
  });

  step('systemctl restart moves nothing, and reload reads the files', async (pair) => {
    const { node1 } = pair;
    const service = pair.servicePid(node1);
    const startedMs = nowMs();
    for (const unit of [head, runner]) {
      const before = await node1.show(unit, 'MainPID');
      await node1.run('systemctl', 'restart', unit);
      assert.notEqual(await node1.show(unit, 'MainPID'), before);
      await pair.untilWell('node1');
    }
    const pid = await node1.show(head, 'MainPID');
    await node1.run('systemctl', 'reload', head);
    assert.equal(await node1.show(head, 'MainPID'), pid);
    assert.match(
      await node1.run('journalctl', '--no-pager', '-u', head, '-n', '20'),
      /the new configuration is in force/,
    );
    pair.assertNothingMoved('node1', startedMs);
    assert.equal(pair.servicePid(node1), service);
  });

  step(`${killCount} SIGKILLs, of the head and of the runner in turn, move nothing`, async (pair) => {
    const { node1 } = pair;
    const service = pair.servicePid(node1);
    const startedMs = nowMs();
    for (let count = 0; count < killCount; count += 1) {
      await killMain(node1, count % 2 === 0 ? head : runner);
      await node1.until('active, with its runner', (status) => siteOf(status).role === 'active' && hasRunner(status));
    }
    await pair.untilWell('node1');
    pair.assertNothingMoved('node1', startedMs);
    assert.equal(pair.servicePid(node1), service);
    assert.equal(await failedUnits(node1), '');
  });

  step(`${killCount} SIGKILLs of both, as fast as systemd starts them, leave no unit failed`, async (pair) => {
    const { node1 } = pair;
    const killAgainAndAgain = async (unit: string): Promise<void> => {
      for (let count = 0; count < killCount / 2; count += 1) await killMain(node1, unit);
    };
    await Promise.all([killAgainAndAgain(head), killAgainAndAgain(runner)]);
    assert.equal(await failedUnits(node1), '');
    // No daemon may have lived long enough to keep the address, so that it may have moved.
    await node1.until('in order again', (status) => hasRunner(status) && siteOf(status).owner !== null);
    const owner = siteOf((await node1.status()) ?? assert.fail('node1 answers')).owner;
    if (owner === 'node2') await node1.run('hactl', 'takeover', '--wait');
    await pair.untilWell('node1');
  });

  step('a head that hangs is killed by the watchdog, and is back', async (pair) => {
    const { node2 } = pair;
    const startedMs = nowMs();
    const before = await node2.show(head, 'MainPID');
    await signalMain(node2, head, 'STOP');
    await untilRestarted(node2, head, before, watchdogMs + 15_000);
    assert.match(await node2.run('journalctl', '--no-pager', '-u', head), /Watchdog timeout \(limit 10s\)/);
    await pair.untilWell('node1');
    pair.assertNothingMoved('node1', startedMs);
  });

  step('systemctl stop hands over, and the stopped one joins again', async (pair) => {
    const { node1, node2 } = pair;
    await node1.run('systemctl', 'stop', head);
    await node2.until(
      'active',
      (status) => siteOf(status).role === 'active' && status.nodes['node1']?.state === 'left',
    );
    assert.equal(await node1.show(head, 'Result'), 'success');
    assert.equal(await node1.run('ip', '-o', 'addr', 'show', 'to', `${floatingAddress}/32`), '');
    await node1.run('systemctl', 'start', head);
    await pair.untilWell('node2');
  });

  step('a reboot of the active one hands over first, and it joins again', async (pair) => {
    const startedMs = nowMs();
    await pair.node2.reboot();
    await pair.untilWell('node1');
    assert.equal(pair.lab.addresses.heldTwiceMs(floatingAddress, startedMs), 0);
    const events = await pair.node1.run('hactl', 'events', '--limit', '20');
    assert.match(events, /E1/, 'the peer said so: nobody waited for a silence');
  });

  step('an upgrade leaves a daemon alone whose config the new version would refuse', async (pair) => {
    const { node1 } = pair;
    const before = await node1.show(head, 'MainPID');
    node1.write('/etc/twinbeat/twinbeat.yaml', `${yaml}nonsense: 1\n`);
    const done = await pair.installPackage(node1, newVersion);
    assert.match(done.stderr, /the config is not valid for this version, so the old daemon goes on/);
    assert.equal(await node1.show(head, 'MainPID'), before);
    node1.write('/etc/twinbeat/twinbeat.yaml', yaml);
    await pair.untilWell('node1');
  });

  step(
    'the way back to an older build is that of the manual: its state is refused, by name, until it is removed',
    async (pair) => {
      const { node1, node2 } = pair;
      const beganMs = nowMs();
      await node2.run('hactl', 'standby', '--wait');
      await node2.run('systemctl', 'stop', head);
      await pair.installPackage(node2, oldVersion);
      assert.notEqual((await node2.exec(['systemctl', 'start', head])).code, 0);
      await node2.run('systemctl', 'stop', head);
      const log = await node2.run('journalctl', '--no-pager', '-u', head, '-n', '40');
      assert.ok(
        log.includes(
          `was written by twinbeatd ${newVersion} (state version ${stateVersion}), and this is ${oldVersion}`,
        ),
        log,
      );
      await node2.run('rm', '/var/lib/twinbeat/state');
      await node2.run('systemctl', 'start', head);
      await pair.untilWell('node1');
      await assertSpeaks(node1, { version: 1, versionMax: 2, peerVersionMax: 1 });
      pair.assertNothingMoved('node1', beganMs);
      await upgrade(pair, node2);
      await assertSpeaks(node1, { version: 2 });
    },
  );

  step('A12: heartbeat starts at boot on the slave; on the master by hand, or at boot as an observer', async (pair) => {
    const { node1: master, node2: slave } = pair;
    // By hand: the unit is not enabled.
    await master.run('systemctl', 'disable', '--quiet', head);
    await master.powerCut();
    await slave.until('active', (status) => siteOf(status).role === 'active');
    const afterMs = nowMs();
    await master.powerOn();
    assert.equal(await master.isActive(head), false, 'nobody has started it');
    await master.run('systemctl', 'start', head);
    await pair.untilWell('node2');
    pair.assertNothingMoved('node2', afterMs);

    // At boot, as an observer: it is seen, and claims nothing when the slave is lost.
    master.write('/etc/default/twinbeat', 'TWINBEATD_OPTIONS="--observer"\n');
    await master.run('systemctl', 'enable', '--quiet', head);
    await master.powerCut();
    await master.powerOn();
    await slave.until('the master is seen', ({ nodes }) => nodes['node1']?.state === 'online');
    assert.equal((await master.status())?.isObserver, true);
    await slave.powerCut();
    const cutMs = nowMs();
    await master.until('the slave is lost', ({ nodes }) => nodes['node2']?.state === 'silent');
    await sleep(2 * deadMs);
    assert.notEqual((await master.status())?.groups[0]?.role, 'active');
    assert.deepEqual(pair.lab.addresses.holders(floatingAddress), []);

    // The slave starts at boot, and serves again. The master takes over when somebody says so, and keeps it then.
    await slave.powerOn();
    await slave.until('active', (status) => siteOf(status).role === 'active');
    assert.ok(
      pair.lab.addresses.holdings(floatingAddress).every(({ host, fromMs }) => host === 'node2' || fromMs < cutMs),
    );
    await master.run('hactl', 'takeover', '--wait');
    const toldMs = await pair.untilWell('node1');
    await master.run('systemctl', 'restart', head);
    await pair.untilWell('node1');
    pair.assertNothingMoved('node1', toldMs);
  });

  step('a removal hands over and keeps config and state; a purge keeps neither', async (pair) => {
    const { node1, node2 } = pair;
    await node1.run('dpkg', '--remove', 'twinbeat');
    await node2.until(
      'active',
      (status) => siteOf(status).role === 'active' && status.nodes['node1']?.state === 'left',
    );
    assert.equal(await node1.show(head, 'LoadState'), 'not-found');
    assert.equal(await failedUnits(node1), '');
    assert.equal(await node1.run('find', '/etc/systemd', '-name', '*twinbeat*'), '');
    assert.equal(node1.read('/etc/twinbeat/twinbeat.yaml'), yaml);
    await node1.run('test', '-s', '/var/lib/twinbeat/lock');
    await node1.run('dpkg', '--purge', 'twinbeat');
    const left = ['/etc/twinbeat', '/etc/default/twinbeat', '/var/lib/twinbeat', '/run/twinbeat', '/usr/lib/twinbeat'];
    assert.equal((await node1.exec(['ls', '-d', ...left])).stdout, '');
    assert.equal(await node1.run('id', '-nu', 'twinbeat'), 'twinbeat', 'nobody else may get its number');
  });
});

/** The machine's own root may not raise the limit that the unit asks for: by a capability instead. */
async function provePriority(pair: PairOfMachines): Promise<void> {
  const { node1 } = pair;
  const dropIn = '/run/systemd/system/twinbeat.service.d/priority.conf';
  const capabilities = 'CAP_NET_BIND_SERVICE CAP_SYS_NICE';
  node1.write(dropIn, `[Service]\nAmbientCapabilities=${capabilities}\nCapabilityBoundingSet=${capabilities}\n`);
  for (const isAllowed of [true, false]) {
    if (!isAllowed) await node1.run('rm', dropIn);
    await node1.run('systemctl', 'daemon-reload');
    await node1.run('systemctl', 'restart', head);
    await pair.untilWell('node1');
    const shown = await node1.run('chrt', '-p', await node1.show(head, 'MainPID'));
    assert.equal(shown.includes('SCHED_FIFO|SCHED_RESET_ON_FORK'), isAllowed, shown);
  }
}

async function upgrade(pair: PairOfMachines, machine: Machine): Promise<void> {
  const before = await machine.show(head, 'MainPID');
  await pair.installPackage(machine, newVersion);
  assert.notEqual(await machine.show(head, 'MainPID'), before);
  await pair.untilWell('node1');
  assert.equal((await machine.status())?.version, newVersion);
}

/** In which version it sends its beats, the highest that it knows, and the highest that it has heard its peer knows. */
async function assertSpeaks(machine: Machine, expected: Partial<StatusReport['beats']>): Promise<void> {
  await machine.until(`speaks ${JSON.stringify(expected)}`, ({ beats }) =>
    Object.entries(expected).every(([key, value]) => beats[key as keyof typeof beats] === value),
  );
}

function hasRunner({ warnings }: StatusReport): boolean {
  return warnings.every(({ id }) => id !== 'runner-away');
}

async function killMain(machine: Machine, unit: string): Promise<void> {
  const before = await machine.show(unit, 'MainPID');
  await signalMain(machine, unit, 'KILL');
  await untilRestarted(machine, unit, before);
}

async function failedUnits(machine: Machine): Promise<string> {
  return await machine.run('systemctl', '--failed', '--quiet', '--plain', '--no-legend');
}

async function ownerOf(machine: Machine, pid: string): Promise<string> {
  return await machine.run('stat', '-c', '%U', `/proc/${pid}`);
}

/** A line of /proc/PID/status. */
async function procField(machine: Machine, pid: string, name: string): Promise<string | undefined> {
  const status = await machine.run('cat', `/proc/${pid}/status`);
  return new RegExp(`^${name}:\\s*(\\S+)$`, 'm').exec(status)?.[1];
}
