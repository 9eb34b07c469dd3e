import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HeadUnderTest } from './machine/runnerUnderTest.ts';

const launcher = join(import.meta.dirname, '..', '..', 'bin', 'twinbeat-runner');

const config = `
cluster: plone
nodes: [node1, node2]
channels:
  - udp: { node1: 127.0.0.1, node2: 127.0.0.2 }
  - serial: { device: /dev/ttyS0, baud: 115200 }
`;

async function startRunner(
  t: TestContext,
  haresources: string,
): Promise<{ readonly folder: string; readonly head: HeadUnderTest }> {
  const folder = mkdtempSync(join(tmpdir(), 'tb-runner-main-'));
  mkdirSync(join(folder, 'resource.d'));
  writeFileSync(join(folder, 'twinbeat.yaml'), config);
  writeFileSync(join(folder, 'haresources'), haresources);
  const script = join(folder, 'resource.d', 'greeter');
  writeFileSync(
    script,
    `#!/bin/sh\n[ "$2" = status ] && echo stopped\necho "$1 $2 $HA_NODE $HA_PEER $(nice)" >> '${folder}/calls'\n`,
  );
  chmodSync(script, 0o755);
  const words = [
    '--config',
    join(folder, 'twinbeat.yaml'),
    '--node',
    'node1',
    '--run-dir',
    join(folder, 'run'),
    '--state-dir',
    folder,
  ];
  const child = spawn('nice', ['-n', process.getuid?.() === 0 ? '-5' : '5', launcher, ...words], { stdio: 'inherit' });
  t.after(async () => {
    if (child.exitCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
    }
    assert.equal(child.exitCode, 0, 'SIGTERM ends it in order');
    rmSync(folder, { recursive: true });
  });
  for (let count = 0; count < 250; count += 1) {
    await sleep(40);
    const socket = connect(join(folder, 'run', 'runner.sock'));
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    if (!isOpen) continue;
    const head = new HeadUnderTest(socket);
    head.send({ type: 'hello', version: 1, incarnation: 'aaaaaaaaaaaaaaaa' });
    return { folder, head };
  }
  throw new Error('the runner did not start');
}

test('the launcher runs what the config files name, by the name of the line, at normal priority', async (t) => {
  const { folder, head } = await startRunner(t, 'node1 greeter::world\n');
  const hello = await head.next('hello');
  assert.equal(hello.version, 1);
  assert.match(hello.bootId, /^[0-9a-f]{16}$/);
  assert.equal(hello.groups.length, 1);
  const [group] = hello.groups;
  assert.deepEqual(await head.run(group?.name ?? '', 'greeter::world', 'start'), { kind: 'done' });
  const isRoot = process.getuid?.() === 0;
  // Only root can be in more of a hurry than normal, and must not hand that on.
  const nice = isRoot ? '0' : '5';
  assert.deepEqual(readFileSync(join(folder, 'calls'), 'utf8').trimEnd().split('\n'), [
    `world status node1 node2 ${nice}`,
    `world start node1 node2 ${nice}`,
  ]);
  writeFileSync(join(folder, 'haresources'), 'node1 greeter::world greeter::moon\n');
  head.send({ type: 'reload' });
  assert.deepEqual(await head.next('config'), { type: 'config', ok: true, problems: [] });
  writeFileSync(join(folder, 'twinbeat.yaml'), `${config}nonsense: 3\n`);
  head.send({ type: 'reload' });
  const broken = await head.next('config');
  assert.equal(broken.ok, false);
  assert.match(broken.problems.join('\n'), /twinbeat\.yaml:7:1: .*nonsense/);
});

test('a runner without a readable config stays, says so, and runs nothing', async (t) => {
  const { head } = await startRunner(t, 'node1 greeter::world\nnode7 nonsense\n');
  assert.deepEqual((await head.next('hello')).groups, []);
  assert.match((await head.next('config')).problems.join(), /haresources:2:1/);
  assert.equal((await head.run('greeter', 'greeter::world', 'start')).kind, 'notStarted');
});

test('a wrong flag prints the usage and ends with 2', () => {
  const { status, stderr } = spawnSync(launcher, ['--confg', 'x'], { encoding: 'utf8' });
  assert.equal(status, 2);
  assert.match(stderr, /--confg[^]*usage: twinbeat-runner/);
});

test('a run directory that cannot be used ends it with a sentence that names the option', () => {
  for (const folder of ['/proc/nowhere/run', join(launcher, 'run')]) {
    const { status, stderr } = spawnSync(launcher, ['--run-dir', folder], { encoding: 'utf8', timeout: 10_000 });
    assert.equal(status, 1, folder);
    assert.match(stderr, /the run directory .*run cannot be used: .*--run-dir/);
    assert.doesNotMatch(stderr, /\n {4}at /);
  }
});
