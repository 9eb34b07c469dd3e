import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareZeo } from '../../lab/zeo.ts';
import { startTicksOf } from '../../src/runner/processes.ts';
import { callScript, type ScriptAnswer } from './callScript.ts';

interface Instance {
  readonly folder: string;
  readonly port: number;
  readonly python: string;
  zeo(action: string, environment?: Readonly<Record<string, string>>): ScriptAnswer;
  pid(): number;
}

/** An instance with two storages, `main` and `temp`, of a real ZEO; it is stopped and gone after the test. */
async function makeInstance(t: TestContext, address = '127.0.0.1'): Promise<Instance | undefined> {
  const zeo = await prepareZeo();
  if (!zeo.ok) {
    const reason = `${zeo.sentence} npm run demo installs it.`;
    if (process.env['CI'] === 'true') throw new Error(reason);
    t.skip(reason);
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'tb-zeo-'));
  for (const name of ['etc', 'var', 'bin']) mkdirSync(join(folder, name));
  symlinkSync(zeo.runzeo, join(folder, 'bin', 'runzeo'));
  const port = await freePort();
  writeFileSync(
    join(folder, 'etc', 'zeo.conf'),
    `# the site
%define INSTANCE ${folder}
%define VAR $INSTANCE/var
<zeo>
  address ${address}:${port}
</zeo>
<filestorage Main>
  path \${VAR}/Data.fs
</filestorage>
<demostorage temp>
  <filestorage base>
    path $VAR/base.fs
  </filestorage>
  <mappingstorage changes/>
</demostorage>
`,
  );
  const instance: Instance = {
    folder,
    port,
    python: zeo.python,
    zeo: (action, environment) => callScript('zeo', [folder, action], environment),
    pid: () => Number(readFileSync(join(folder, 'var', 'twinbeat-zeo.pid'), 'utf8').split(' ')[0]),
  };
  t.after(() => {
    instance.zeo('stop', { TWINBEAT_ZEO_STOP_SECONDS: '1' });
    rmSync(folder, { recursive: true });
  });
  return instance;
}

test('a server is started, answers for all its storages, counts its transactions and stops', async (t) => {
  const instance = await makeInstance(t);
  if (instance === undefined) return;
  assert.equal(instance.zeo('status').code, 3);
  assert.equal(instance.zeo('stop').code, 0);
  assert.equal(instance.zeo('start').code, 0);
  assert.match(instance.zeo('status').said, /is running, pid \d+\nposition=0$/);
  const pid = instance.pid();
  assert.equal(instance.zeo('start').code, 0);
  assert.equal(instance.pid(), pid, 'a second start made a second server');
  const commit = `import ZEO, transaction as t; db = ZEO.DB(('127.0.0.1', ${instance.port}), storage='main'); c = db.open(); c.root.x = 1; t.commit(); db.close()`;
  execFileSync(instance.python, ['-c', commit]);
  const { code, said } = instance.zeo('status');
  assert.equal(code, 0);
  assert.ok(Number(/position=(\d+)$/.exec(said)?.[1]) >= 1, said);
  assert.equal(instance.zeo('stop').code, 0);
  assert.equal(instance.zeo('status').code, 3);
  assert.equal(startTicksOf(pid), undefined);
});

test('a server that ends while it starts is a failure with its last words', async (t) => {
  const instance = await makeInstance(t);
  if (instance === undefined) return;
  rmSync(join(instance.folder, 'etc', 'zeo.conf'));
  writeFileSync(
    join(instance.folder, 'etc', 'zeo.conf'),
    `<zeo>\naddress 127.0.0.1:${instance.port}\n</zeo>\n<filestorage>\npath /proc/none/Data.fs\n</filestorage>\n`,
  );
  const { code, said } = instance.zeo('start');
  assert.equal(code, 1);
  assert.match(said, /ended before storage 1 answered: .*\/proc\/none\/Data\.fs/);
  assert.equal(instance.zeo('stop').code, 0);
});

test('a port or a Data.fs that another process has is not touched', async (t) => {
  const instance = await makeInstance(t);
  if (instance === undefined) return;
  const stranger = createServer((socket) => socket.on('error', () => undefined)).listen(instance.port, '127.0.0.1');
  await sleep(100);
  // spawnSync holds this loop; the kernel accepts the connection all the same.
  assert.match(instance.zeo('start').said, new RegExp(`something else listens on 127\\.0\\.0\\.1:${instance.port}`));
  assert.equal(instance.zeo('status').code, 1);
  assert.equal(instance.zeo('stop').code, 1, 'a stop that leaves the port answered is no stop');
  stranger.close();
  const lock = join(instance.folder, 'var', 'Data.fs.lock');
  const holder = spawn('flock', [lock, 'sleep', '60'], { detached: true, stdio: 'ignore' });
  t.after(() => process.kill(-(holder.pid ?? 0), 'SIGKILL'));
  for (let count = 0; count < 50 && !existsSync(lock); count += 1) await sleep(20);
  await sleep(50);
  assert.match(instance.zeo('start').said, /Data\.fs\.lock is held: another process writes this Data\.fs/);
  assert.match(instance.zeo('status').said, /something holds .*Data\.fs\.lock/);
  assert.equal(existsSync(lock), true);
  assert.equal(existsSync(join(instance.folder, 'var', 'Data.fs')), false);
});

test('a frozen server is no running one, and a stop ends it although it cannot hear TERM', async (t) => {
  const instance = await makeInstance(t);
  if (instance === undefined) return;
  assert.equal(instance.zeo('start').code, 0);
  process.kill(instance.pid(), 'SIGSTOP');
  const { code, said } = instance.zeo('status');
  assert.deepEqual([code, /storage main does not answer/.test(said)], [1, true]);
  assert.match(instance.zeo('stop', { TWINBEAT_ZEO_STOP_SECONDS: '1' }).said, /is stopped\n.*ignored TERM for 1 s/);
  assert.equal(instance.zeo('status').code, 3);
});

test('a server that somebody started by hand is found by its lock and stopped', async (t) => {
  const instance = await makeInstance(t);
  if (instance === undefined) return;
  const child = spawn(join(instance.folder, 'bin', 'runzeo'), ['-C', join(instance.folder, 'etc', 'zeo.conf')], {
    stdio: 'ignore',
  });
  for (let count = 0; count < 100 && instance.zeo('status').code !== 0; count += 1) await sleep(50);
  assert.match(instance.zeo('status').said, new RegExp(`is running, pid ${child.pid}`));
  assert.equal(instance.zeo('stop').code, 0);
  assert.equal(instance.zeo('status').code, 3);
});

test('a pid file that is older than its process harms nobody', async (t) => {
  const instance = await makeInstance(t);
  if (instance === undefined) return;
  writeFileSync(join(instance.folder, 'var', 'twinbeat-zeo.pid'), `${process.pid} 1\n`);
  assert.equal(instance.zeo('status').code, 3);
  assert.equal(instance.zeo('stop').code, 0);
});

test('a process of somebody else that the user of the instance has named is neither the server nor ended', async (t) => {
  if (process.getuid?.() !== 0) {
    t.skip('only root can end what is not its own');
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'tb-zeo-'));
  const somebodys = spawn('sleep', ['60'], { stdio: 'ignore' });
  t.after(() => {
    somebodys.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });
  for (const name of ['etc', 'var']) mkdirSync(join(folder, name));
  const lock = join(folder, 'var', 'Data.fs.lock');
  const conf = `<zeo>\naddress 127.0.0.1:${await freePort()}\n</zeo>\n<filestorage>\npath ${folder}/var/Data.fs\n</filestorage>\n`;
  writeFileSync(join(folder, 'etc', 'zeo.conf'), conf);
  chownSync(join(folder, 'var'), 65534, 65534);
  const pid = somebodys.pid ?? 0;
  writeFileSync(join(folder, 'var', 'twinbeat-zeo.pid'), `${pid} ${startTicksOf(pid)}\n`);
  assert.equal(callScript('zeo', [folder, 'status']).code, 3);
  assert.equal(callScript('zeo', [folder, 'stop']).code, 0);
  writeFileSync(lock, `${pid}\n`);
  const holder = spawn('flock', [lock, 'sleep', '60'], { detached: true, stdio: 'ignore' });
  t.after(() => process.kill(-(holder.pid ?? 0), 'SIGKILL'));
  await sleep(200);
  assert.match(callScript('zeo', [folder, 'status']).said, /something holds .*, and it is no server that can be found/);
  assert.match(callScript('zeo', [folder, 'stop']).said, /Data\.fs\.lock is still held/);
  assert.notEqual(startTicksOf(pid), undefined, 'it was ended');
  // What holds the lock itself is the server, whoever runs it.
  const root = join(folder, 'var', 'base.fs.lock');
  writeFileSync(join(folder, 'etc', 'zeo.conf'), conf.replace('Data.fs', 'base.fs'));
  const server = spawn('flock', [root, 'sleep', '60'], { detached: true, stdio: 'ignore' });
  for (let count = 0; count < 50 && !existsSync(root); count += 1) await sleep(20);
  writeFileSync(root, ` ${server.pid}\n`);
  await sleep(100);
  assert.match(callScript('zeo', [folder, 'status']).said, new RegExp(`server ${server.pid} runs, but storage`));
  process.kill(-(server.pid ?? 0), 'SIGKILL');
});

test("the peer's server at a floating address is not taken for this node's", async (t) => {
  const instance = await makeInstance(t, '192.0.2.1');
  if (instance === undefined) return;
  assert.equal(instance.zeo('status').code, 3);
  assert.match(instance.zeo('start').said, /192\.0\.2\.1.*is not on this machine: start the address first/);
  assert.equal(instance.zeo('stop').code, 0);
});

test('links that the user of the instance has planted lead no write of root anywhere', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tb-zeo-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const name of ['etc', 'var', 'elsewhere']) mkdirSync(join(folder, name));
  const conf = `<zeo>\naddress 127.0.0.1:${await freePort()}\n</zeo>\n<filestorage>\npath ${folder}/var/Data.fs\n</filestorage>\n`;
  writeFileSync(join(folder, 'etc', 'zeo.conf'), conf);
  writeFileSync(join(folder, 'precious'), 'precious\n');
  symlinkSync(join(folder, 'precious'), join(folder, 'var', 'twinbeat-zeo.pid'));
  symlinkSync(join(folder, 'new'), join(folder, 'var', 'twinbeat-zeo.log'));
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'var', 'twinbeat-zeo.log.1'));
  const server = join(folder, 'server');
  writeFileSync(server, '#!/bin/sh\necho no licence\n', { mode: 0o755 });
  const { code, said } = callScript('zeo', [folder, 'start'], { TWINBEAT_RUNZEO: server });
  assert.equal(code, 1);
  assert.match(said, /the server ended before storage 1 answered: no licence/);
  assert.equal(readFileSync(join(folder, 'precious'), 'utf8'), 'precious\n');
  assert.equal(existsSync(join(folder, 'new')), false);
  assert.deepEqual(readdirSync(join(folder, 'elsewhere')), []);
});

test("a file that the server's user may not read is not shown as the server's last words", async (t) => {
  if (process.getuid?.() !== 0) {
    t.skip('only root reads what others may not');
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'tb-zeo-'));
  t.after(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755);
  for (const name of ['etc', 'var']) mkdirSync(join(folder, name));
  const conf = `<zeo>\naddress 127.0.0.1:${await freePort()}\n</zeo>\n<filestorage>\npath ${folder}/var/Data.fs\n</filestorage>\n`;
  writeFileSync(join(folder, 'etc', 'zeo.conf'), conf);
  writeFileSync(join(folder, 'shadow'), 'precious\n', { mode: 0o600 });
  chownSync(join(folder, 'var'), 65534, 65534);
  const server = join(folder, 'server');
  const words = `#!/bin/sh\nln -sf '${folder}/shadow' '${folder}/var/twinbeat-zeo.log'\n`;
  writeFileSync(server, words, { mode: 0o755 });
  const { code, said } = callScript('zeo', [folder, 'start'], { TWINBEAT_RUNZEO: server });
  assert.equal(code, 1);
  assert.match(said, /the server ended before storage 1 answered:$/);
});

test('on a node without the instance a stop succeeds, a start fails, and wrong words are a usage', () => {
  assert.equal(callScript('zeo', ['/nonexistent', 'stop']).code, 0);
  assert.equal(callScript('zeo', ['/nonexistent', 'status']).code, 3);
  assert.match(callScript('zeo', ['/nonexistent', 'start']).said, /\/nonexistent\/etc\/zeo\.conf cannot be read/);
  assert.match(callScript('zeo', ['instance7', 'start']).said, /\/opt\/zope\/instance7\/etc/);
  assert.equal(callScript('zeo', ['/nonexistent', 'reload']).code, 2);
  assert.equal(callScript('zeo', []).code, 2);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
