import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTicksOf } from '../../src/runner/processes.ts';
import { callScript, type ScriptAnswer } from './callScript.ts';

interface Syncer {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  call(action: string, environment?: Readonly<Record<string, string>>): ScriptAnswer;
  flag(): string;
  copies(): number;
}

const script = join(import.meta.dirname, '..', '..', 'resource.d', 'syncer');

/** A syncer whose sync command is the shell script `command`, called with both folders. */
function makeSyncer(t: TestContext, command: string): Syncer {
  const folder = mkdtempSync(join(tmpdir(), 'tb-syncer-'));
  const script = join(folder, 'sync');
  writeFileSync(script, `#!/bin/sh\necho copied >> '${folder}/copies'\n${command}\n`);
  chmodSync(script, 0o755);
  const environment = {
    TWINBEAT_STATE_DIR: join(folder, 'state'),
    TWINBEAT_SYNC_RUN_FILE: join(folder, 'syncPozo.status'),
    TWINBEAT_SYNC_COMMAND: script,
    TWINBEAT_SYNC_STOP_SECONDS: '1',
  };
  t.after(() => rmSync(folder, { recursive: true }));
  return {
    folder,
    environment,
    call: (action, more) => callScript('syncer', ['/master dir', '/slave dir', action], { ...environment, ...more }),
    flag: () =>
      existsSync(environment.TWINBEAT_SYNC_RUN_FILE) ? readFileSync(environment.TWINBEAT_SYNC_RUN_FILE, 'utf8') : '',
    copies: () =>
      existsSync(join(folder, 'copies')) ? readFileSync(join(folder, 'copies'), 'utf8').split('\n').length - 1 : 0,
  };
}

test('the syncer is off until it is started, and syncs only when it is on', (t) => {
  const syncer = makeSyncer(t, 'test "$1" = "/master dir" && test "$2" = "/slave dir"');
  assert.equal(syncer.call('status').code, 3);
  assert.deepEqual(syncer.call('sync'), { code: 3, said: 'NOT SYNCING FROM MASTER' });
  assert.equal(syncer.call('start').code, 0);
  assert.equal(syncer.flag(), 'SYNCING=1\n');
  assert.equal(syncer.call('status').code, 0);
  assert.deepEqual(syncer.call('sync'), { code: 0, said: 'synced /slave dir from /master dir' });
  assert.equal(syncer.call('stop').code, 0);
  assert.equal(syncer.flag(), 'SYNCING=0\n');
  assert.equal(syncer.call('status').code, 3);
  assert.equal(syncer.call('sync').code, 3);
  assert.equal(syncer.copies(), 1);
});

test('a reboot changes the switch in neither direction', (t) => {
  const syncer = makeSyncer(t, 'true');
  syncer.call('start');
  rmSync(join(syncer.folder, 'syncPozo.status'));
  assert.equal(syncer.call('sync').code, 3, 'without its mirror the switch is not believed');
  assert.equal(syncer.call('status').code, 0);
  assert.equal(syncer.flag(), 'SYNCING=1\n');
  syncer.call('stop');
  rmSync(join(syncer.folder, 'syncPozo.status'));
  assert.equal(syncer.call('status').code, 3);
  assert.equal(syncer.call('sync').code, 3);
});

test('absent, unreadable or junk means off', (t) => {
  const syncer = makeSyncer(t, 'true');
  syncer.call('start');
  for (const junk of ['SYNCING=2\n', 'SYNCING=1\nSYNCING=0\n', 'yes', '\0', 'SYNCING=0\n']) {
    writeFileSync(join(syncer.folder, 'syncPozo.status'), junk);
    assert.equal(syncer.call('sync').code, 3, JSON.stringify(junk));
    assert.equal(syncer.call('status').code, 0);
    assert.equal(syncer.flag(), junk, 'what somebody wrote by hand stays');
  }
  const switchFile = join(syncer.folder, 'state', 'syncer_slave_dir');
  assert.equal(readFileSync(switchFile, 'utf8'), 'on\n');
  for (const junk of ['', 'o', 'on\non\n']) {
    writeFileSync(switchFile, junk);
    assert.equal(syncer.call('status').code, 3, JSON.stringify(junk));
  }
  assert.equal(syncer.copies(), 0);
});

test('a stop ends the sync that runs with all its children, and none begins after it', async (t) => {
  const syncer = makeSyncer(
    t,
    `trap '' TERM; (trap '' TERM; echo $$ > "$0.parent"; while :; do echo more >> "$0.written"; sleep 0.05; done) & echo $! > "$0.child"; wait; sleep 60`,
  );
  syncer.call('start');
  const running = spawn(script, ['/m', '/slave dir', 'sync'], {
    env: { ...process.env, ...syncer.environment },
    stdio: 'ignore',
  });
  const ended = once(running, 'exit');
  const written = join(syncer.folder, 'sync.written');
  for (let count = 0; count < 100 && !existsSync(written); count += 1) await sleep(20);
  assert.match(syncer.call('sync').said, /another sync of \/slave dir runs/);
  const { code, said } = syncer.call('stop');
  assert.deepEqual([code, /ending the sync that runs/.test(said)], [0, true]);
  const size = readFileSync(written).length;
  await sleep(300);
  assert.equal(readFileSync(written).length, size, 'something still writes');
  const child = Number(readFileSync(join(syncer.folder, 'sync.child'), 'utf8'));
  // Who collects the dead of this machine may take a moment.
  for (let count = 0; count < 100 && startTicksOf(child) !== undefined; count += 1) await sleep(20);
  assert.equal(startTicksOf(child), undefined, 'the child of the sync has ended');
  assert.deepEqual(await ended, [1, null]);
  assert.equal(syncer.call('sync').code, 3);
});

test('a sync that is on its way when the syncer is stopped copies nothing after that', async (t) => {
  const syncer = makeSyncer(t, 'true');
  syncer.call('start');
  const command = join(syncer.folder, 'state', 'syncer.command');
  execFileSync('mkfifo', [command]);
  // It has asked the switch, and reads its command now.
  const running = spawn(script, ['/m', '/slave dir', 'sync'], {
    env: { ...process.env, ...syncer.environment, TWINBEAT_SYNC_COMMAND: '' },
    stdio: 'ignore',
  });
  const ended = once(running, 'exit');
  const writer = await openWhenRead(command);
  assert.equal(syncer.call('stop').code, 0);
  writeSync(writer, `${syncer.environment['TWINBEAT_SYNC_COMMAND']}\n`);
  closeSync(writer);
  assert.deepEqual(await ended, [3, null]);
  assert.equal(syncer.copies(), 0);
});

/** A pipe can be opened to be written, without waiting, once somebody reads it. */
async function openWhenRead(pipe: string): Promise<number> {
  for (let tries = 0; tries < 200; tries += 1) {
    try {
      return openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch {
      await sleep(20);
    }
  }
  return assert.fail(`nobody reads ${pipe}`);
}

test('a sync whose syncer was killed is ended by the next one, and none is left after a stop', async (t) => {
  const syncer = makeSyncer(t, 'while :; do echo more >> "$0.written"; sleep 0.05; done');
  syncer.call('start');
  for (const round of [1, 2]) {
    const running = spawn(script, ['/m', '/slave dir', 'sync'], {
      env: { ...process.env, ...syncer.environment },
      stdio: 'ignore',
    });
    for (let count = 0; count < 100 && syncer.copies() < round; count += 1) await sleep(20);
    running.kill('SIGKILL');
    await once(running, 'exit');
  }
  assert.equal(syncer.copies(), 2);
  assert.equal(syncer.call('stop').code, 0);
  const written = join(syncer.folder, 'sync.written');
  const size = readFileSync(written).length;
  await sleep(300);
  assert.equal(readFileSync(written).length, size, 'something still writes');
});

test('a sync of which no record can be kept copies nothing: no stop could end it', (t) => {
  const syncer = makeSyncer(t, 'true');
  syncer.call('start');
  mkdirSync(join(syncer.folder, 'state', 'syncer_slave_dir.pid'));
  const { code, said } = syncer.call('sync');
  assert.equal(code, 1);
  assert.match(said, /syncer_slave_dir\.pid cannot be written/);
  assert.equal(syncer.copies(), 0);
});

test('links that somebody has planted in the state folder lead no write anywhere', (t) => {
  const syncer = makeSyncer(t, 'true');
  const state = join(syncer.folder, 'state');
  const file = join(syncer.folder, 'precious');
  const folder = join(syncer.folder, 'folder');
  mkdirSync(state);
  mkdirSync(folder);
  writeFileSync(file, 'precious\n');
  symlinkSync(folder, join(state, 'syncer_slave_dir'));
  symlinkSync(file, join(state, 'syncer_slave_dir.lock'));
  symlinkSync(file, join(state, 'syncer_slave_dir.pid'));
  for (const action of ['start', 'sync', 'status', 'stop']) syncer.call(action);
  assert.equal(readFileSync(file, 'utf8'), 'precious\n');
  assert.deepEqual(readdirSync(folder), []);
  assert.equal(syncer.copies(), 1);
});

test('a sync command that another user may have put there is not run', (t) => {
  const syncer = makeSyncer(t, 'true');
  const command = join(syncer.folder, 'state', 'syncer.command');
  mkdirSync(join(syncer.folder, 'state'));
  writeFileSync(join(syncer.folder, 'command'), `${syncer.environment['TWINBEAT_SYNC_COMMAND']}\n`);
  symlinkSync(join(syncer.folder, 'command'), command);
  const { code, said } = syncer.call('sync', { HA_ACTION: 'sync', TWINBEAT_SYNC_COMMAND: '' });
  assert.equal(code, 1);
  assert.match(said, /syncer\.command is a link, or another user's/);
  assert.equal(syncer.copies(), 0);
});

test('the last sync of a planned move waits for one that runs, and then copies too', async (t) => {
  const syncer = makeSyncer(t, 'sleep 0.5');
  syncer.call('start');
  const running = spawn(script, ['/master dir', '/slave dir', 'sync'], {
    env: { ...process.env, ...syncer.environment },
  });
  t.after(() => running.kill('SIGKILL'));
  for (let count = 0; count < 100 && syncer.copies() === 0; count += 1) await sleep(20);
  assert.equal(syncer.call('sync', { HA_ACTION: 'sync' }).code, 0);
  assert.equal(syncer.copies(), 2);
});

test('the last sync of a planned move runs although the switch is off, and a failed one is a failure', (t) => {
  const syncer = makeSyncer(t, 'exit 4');
  assert.deepEqual(syncer.call('sync', { HA_ACTION: 'sync' }), { code: 1, said: 'syncer: the sync ended with 4' });
  assert.equal(syncer.copies(), 1);
  assert.equal(syncer.call('status').code, 3, 'it switched itself on');
});

test('the sync command is read from the state folder, and a missing one is named', (t) => {
  const syncer = makeSyncer(t, 'true');
  assert.match(
    syncer.call('sync', { HA_ACTION: 'sync', TWINBEAT_SYNC_COMMAND: '' }).said,
    /no sync command: name it in TWINBEAT_SYNC_COMMAND or in .*syncer\.command/,
  );
  mkdirSync(join(syncer.folder, 'state'), { recursive: true });
  writeFileSync(join(syncer.folder, 'state', 'syncer.command'), `sh ${syncer.folder}/sync\n`);
  assert.equal(syncer.call('sync', { HA_ACTION: 'sync', TWINBEAT_SYNC_COMMAND: '' }).code, 0);
});

test('a stop that cannot switch off says so and is no success', (t) => {
  const syncer = makeSyncer(t, 'true');
  syncer.call('start');
  const { code, said } = syncer.call('stop', { TWINBEAT_SYNC_RUN_FILE: '/proc/none/syncPozo.status' });
  assert.equal(code, 1);
  assert.match(said, /\/proc\/none\/syncPozo\.status cannot be written/);
  assert.equal(syncer.call('status').code, 3, 'what could be switched off is off');
});

test('each of two copies has a switch of its own, whatever its folder is called', (t) => {
  for (const [one, other] of [
    ['/a/b', '/a_b'],
    ['/a_b', '/a/b'],
    ['/a/b', '/c/d'],
  ] as const) {
    const { environment } = makeSyncer(t, 'true');
    const call = (slave: string, action: string): number | null =>
      callScript('syncer', ['/m', slave, action], environment).code;
    assert.equal(call(one, 'start'), 0);
    assert.equal(call(other, 'status'), 3, `${one} has switched ${other} on`);
    assert.equal(call(other, 'sync'), 3);
    assert.equal(call(other, 'start'), 0);
    assert.equal(call(one, 'stop'), 0);
    assert.equal(call(one, 'sync'), 3);
    assert.equal(call(other, 'status'), 0, `${one} has switched ${other} off`);
    assert.equal(call(other, 'sync'), 0, `${other} is on, and does not sync`);
    const runFile = environment['TWINBEAT_SYNC_RUN_FILE'] ?? '';
    assert.equal(readFileSync(runFile, 'utf8'), 'SYNCING=0\n');
    writeFileSync(runFile, 'SYNCING=0\n');
    assert.equal(call(other, 'sync'), 3, 'a 0 that somebody wrote by hand is for all');
    assert.equal(call(other, 'stop'), 0);
  }
});

test('a switch that an older version has left is the same switch', (t) => {
  const syncer = makeSyncer(t, 'true');
  mkdirSync(join(syncer.folder, 'state'));
  writeFileSync(join(syncer.folder, 'state', 'syncer_slave_dir'), 'on\n');
  assert.equal(syncer.call('status').code, 0);
  assert.equal(syncer.call('sync').code, 0);
  assert.equal(syncer.call('start').code, 0);
  assert.equal(syncer.call('sync').code, 0);
  assert.equal(syncer.call('stop').code, 0);
  assert.equal(readFileSync(join(syncer.folder, 'state', 'syncer_slave_dir'), 'utf8'), 'off\n');
});

test('wrong words are a usage', () => {
  assert.equal(callScript('syncer', ['/m', 'start']).code, 2);
  assert.equal(callScript('syncer', ['/m', '/s', 'reload']).code, 2);
});
