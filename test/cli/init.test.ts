import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import type { Io } from '../../src/cli/io.ts';
import { lookAtMachine, type Machine } from '../../src/cli/setup/machine.ts';
import { shippedExamples } from '../../src/cli/setup/shipped.ts';
import { init } from '../../src/cli/verbs/init.ts';
import { folder, run } from './fakeHead.ts';

const etc = join(import.meta.dirname, '../../etc');
const machine: Machine = {
  hostName: 'node1',
  addresses: [
    { device: 'eth0', address: '192.168.1.10', cidr: '192.168.1.10/24' },
    { device: 'eth1', address: '192.168.80.2', cidr: '192.168.80.2/30' },
    { device: 'docker0', address: '172.17.0.1', cidr: '172.17.0.1/16' },
  ],
  serialPorts: ['/dev/ttyS0'],
};

interface Talk {
  readonly exitCode: number;
  readonly said: string;
  readonly asked: readonly string[];
  readonly folder: string;
}

/** Runs init with somebody who answers so, and then no more. */
async function talk(t: TestContext, answers: readonly string[]): Promise<Talk> {
  const dir = folder(t);
  const said: string[] = [];
  const asked: string[] = [];
  const left = [...answers];
  const io: Io = {
    ...silent,
    out: (text) => void said.push(text),
    err: (text) => void said.push(text),
  };
  const call = { io, socketPath: '', configFile: join(dir, 'twinbeat.yaml'), isJson: false };
  const exitCode = await init(
    call,
    { given: {}, folder: dir, isAsking: true, isForced: false },
    {
      machine: () => Promise.resolve(machine),
      openAsker: () => ({
        ask: (question) => {
          asked.push(question);
          return Promise.resolve(left.shift());
        },
        say: (text) => void said.push(text),
        close: () => undefined,
      }),
    },
  );
  return { exitCode, said: said.join('\n'), asked, folder: dir };
}

const silent: Io = {
  out: () => undefined,
  err: () => undefined,
  isTerminal: true,
  hasColours: false,
  settle: () => undefined,
  width: () => 80,
  openScreen: () => assert.fail('init needs no screen'),
  interrupted: () => new AbortController().signal,
};

async function checked(dir: string): Promise<string> {
  const { exitCode, out } = await run(dir, ['--config', join(dir, 'twinbeat.yaml'), 'check']);
  assert.equal(exitCode, 0, out);
  return out;
}

suite('hactl init asks', () => {
  test('and writes a pair that check accepts', async (t) => {
    const answers = [
      'plone',
      '',
      'node2',
      '192.168.1.11',
      '192.168.80.1',
      '',
      'y',
      '',
      '192.168.1.50/24/eth0',
      'apache  systemd:mail',
      '',
    ];
    const { exitCode, said, asked, folder: dir } = await talk(t, answers);
    assert.equal(exitCode, 0, said);
    assert.match(asked[1] ?? '', /Name of this node \(uname -n\) \[node1\]/);
    assert.match(asked[3] ?? '', /eth0 has 192\.168\.1\.10\/24\. Address of node2 there/);
    assert.match(await checked(dir), /cluster plone, nodes node1 and node2, 3 channels on 3 media, 1 group/);
    const yaml = readFileSync(join(dir, 'twinbeat.yaml'), 'utf8');
    assert.match(yaml, /^ {2}- udp: \{ node1: 192\.168\.1\.10, node2: 192\.168\.1\.11 \}\n {4}name: eth0$/m);
    assert.match(yaml, /^ {2}- serial: \{ device: \/dev\/ttyS0, baud: 115200 \}\n {4}name: ttyS0$/m);
    assert.doesNotMatch(yaml, /172\.17/);
    assert.match(
      readFileSync(join(dir, 'haresources'), 'utf8'),
      /^node1 192\.168\.1\.50\/24\/eth0 apache systemd:mail$/m,
    );
    assert.equal(statSync(join(dir, 'authkeys')).mode & 0o777, 0o600);
    assert.match(
      said,
      /next: copy to node2: sudo tar -C (\S+) -c twinbeat\.yaml haresources authkeys \| ssh node2 'umask 077; cat > twinbeat\.tar'\nnext: on node2: sudo tar -C \1 -xpf twinbeat\.tar && rm twinbeat\.tar\n/,
    );
    assert.match(said, /next: on node1 and on node2: sudo hactl check/);
    const key = /sha256 (\w+)/.exec(readFileSync(join(dir, 'authkeys'), 'utf8'))?.[1] ?? '';
    assert.ok(key.length === 64 && !said.includes(key), 'the key is not shown');
  });

  test('again what was answered wrongly, and says why', async (t) => {
    const answers = ['a b', 'plone', 'Node1', 'node1', 'node1', 'node2', 'node2.lan', '192.168.1.10', '192.168.1.11'];
    const { asked, said } = await talk(t, answers);
    assert.equal(asked.filter((question) => question.startsWith('Name of the pair')).length, 2);
    assert.match(said, /the host name in lower case/);
    assert.match(said, /the two nodes need two names/);
    assert.match(said, /"node2\.lan" is no IP address: names are not looked up/);
    assert.match(said, /that is this node's own/);
  });

  test('for ever of nobody: after five wrong answers, or none, it ends and writes nothing', async (t) => {
    for (const answers of [['!', '!', '!', '!', '!', 'good'], ['plone', 'node1'], []]) {
      const { exitCode, said, folder: dir } = await talk(t, answers);
      assert.equal(exitCode, 1);
      assert.match(said, /nothing was written/);
      assert.deepEqual(readdirSync(dir), []);
    }
  });

  test('before it writes, and shows what is doubtful', async (t) => {
    const answers = ['plone', '', 'node2', '192.168.1.11', '', '', '', '', 'n'];
    const { exitCode, said, folder: dir } = await talk(t, answers);
    assert.equal(exitCode, 1);
    assert.match(said, /warning: .*there is one channel: when it falls silent/);
    assert.deepEqual(readdirSync(dir), []);
  });
});

suite('hactl init takes options', () => {
  const options = ['--yes', '--nodes', 'node1,node2', '--udp', '192.168.80.2,192.168.80.1'];

  test('of every kind of channel, and what it writes passes check', async (t) => {
    const dir = join(folder(t), 'new');
    const more = ['--udp', 'fd00::1,fd00::2', '--broadcast', 'eth1', '--multicast', 'eth2,eth3=ff02::694'];
    const rest = ['--serial', '/dev/ttyS0,/dev/ttyUSB0@9600', '--cluster', 'null', '--address', '192.168.1.50/24/eth0'];
    const words = [
      'init',
      ...options,
      ...more,
      ...rest,
      '--resource',
      'zeo::/a',
      '--resource',
      'apache',
      '--output',
      dir,
    ];
    const { exitCode, out, err } = await run(folder(t), words);
    assert.equal(exitCode, 0, err);
    assert.match(await checked(dir), /cluster null, nodes node1 and node2, 5 channels on 5 media, 1 group/);
    assert.match(readFileSync(join(dir, 'haresources'), 'utf8'), /^node1 192\.168\.1\.50\/24\/eth0 zeo::\/a apache$/m);
    assert.match(out, /written: /);
  });

  test('that are wrong are refused as check refuses them, and nothing is written', async (t) => {
    const dir = folder(t);
    const words = ['init', '--yes', '--nodes', 'node1,node1', '--udp', '192.168.80.2,nonsense', '--output', dir];
    const { exitCode, err } = await run(dir, words);
    assert.equal(exitCode, 6);
    assert.match(err, /the two nodes need two names/);
    assert.match(err, /"nonsense" is no IP address/);
    assert.deepEqual(readdirSync(dir), []);
    for (const bad of [
      ['--udp', '1.2.3.4'],
      ['--nodes', 'one'],
      ['--serial', 'a,b,c'],
      ['--multicast', 'eth0'],
    ]) {
      assert.equal((await run(dir, ['init', '--yes', ...bad, '--output', dir])).exitCode, 2, bad.join(' '));
    }
  });

  test('and without a terminal says which are missing', async (t) => {
    const { exitCode, err } = await run(folder(t), ['init', '--output', folder(t)]);
    assert.equal(exitCode, 2);
    assert.match(err, /--nodes and at least one channel must be given/);
  });

  test('never replaces what somebody wrote, unless --force', async (t) => {
    for (const name of ['twinbeat.yaml', 'haresources', 'authkeys']) {
      const dir = folder(t);
      if (name === 'authkeys') symlinkSync('nowhere', join(dir, name));
      else writeFileSync(join(dir, name), '# mine\n');
      const { exitCode, err } = await run(dir, ['init', ...options, '--output', dir]);
      assert.equal(exitCode, 5);
      assert.match(err, new RegExp(`refused: \\S*/${name} would be replaced`));
      assert.deepEqual(readdirSync(dir), [name]);
    }
    const dir = folder(t);
    writeFileSync(join(dir, 'twinbeat.yaml'), '# mine\n');
    assert.equal((await run(dir, ['init', ...options, '--force', '--output', dir])).exitCode, 0);
    await checked(dir);
  });

  test("the examples that a package puts there are nobody's", async (t) => {
    const dir = folder(t);
    for (const name of ['twinbeat.yaml', 'haresources']) {
      const example = readFileSync(join(etc, name));
      const hash = createHash('sha256').update(example).digest('hex');
      assert.ok(shippedExamples.has(hash), `etc/${name} has changed: put ${hash} into src/cli/setup/shipped.ts`);
      writeFileSync(join(dir, name), example);
    }
    const { exitCode, err } = await run(dir, ['init', ...options, '--output', dir]);
    assert.equal(exitCode, 0, err);
    await checked(dir);
  });
});

test('of serial ports, those without hardware are not found, and USB adapters by the name that stays', async (t) => {
  const root = folder(t);
  mkdirSync(join(root, 'dev/serial/by-id'), { recursive: true });
  for (const name of ['ttyS0', 'ttyS10', 'ttyS2', 'ttyUSB0', 'ttyUSB1', 'tty0'])
    writeFileSync(join(root, 'dev', name), '');
  symlinkSync('../../ttyUSB1', join(root, 'dev/serial/by-id/usb-Prolific-port0'));
  for (const [name, type] of [
    ['ttyS0', '4'],
    ['ttyS10', '4'],
    ['ttyS2', '0'],
  ] as const) {
    mkdirSync(join(root, 'sys/class/tty', name), { recursive: true });
    writeFileSync(join(root, 'sys/class/tty', name, 'type'), `${type}\n`);
  }
  const { serialPorts } = await lookAtMachine(root);
  assert.deepEqual(serialPorts, ['/dev/ttyS0', '/dev/ttyS10', '/dev/ttyUSB0', '/dev/serial/by-id/usb-Prolific-port0']);
  assert.deepEqual((await lookAtMachine(join(root, 'nowhere'))).serialPorts, []);
});
