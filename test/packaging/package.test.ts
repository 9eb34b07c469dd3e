import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { build, builtPackage, canBuild, deb, newFolder, version } from './builtPackage.ts';

const root = join(import.meta.dirname, '..', '..');

test('the same sources make the same package, whoever makes it and wherever', async (t) => {
  if (!canBuild(t)) return;
  const { env } = process;
  const { TMPDIR: temporary, SOURCE_DATE_EPOCH: epoch } = env;
  const mask = process.umask();
  t.after(() => {
    process.umask(mask);
    restore('TMPDIR', temporary);
    restore('SOURCE_DATE_EPOCH', epoch);
  });
  // Otherwise it is the time of the last commit, and somebody may commit meanwhile.
  env['SOURCE_DATE_EPOCH'] = '1800000000';
  const first = await build({ version });
  process.umask(0o077);
  env['TMPDIR'] = newFolder();
  const second = await build({ version });
  assert.equal(sha256(second.path), sha256(first.path));
  const other = await build({ version: '9.9.9' });
  assert.notEqual(sha256(other.path), sha256(first.path));
  assert.equal(deb('--field', other.path, 'Version').trim(), '9.9.9');
  assert.match(deb('--contents', other.path), /^drwxr-xr-x root\/root +0 2027-01-15 08:00 \.\/$/m);
  env['SOURCE_DATE_EPOCH'] = 'yesterday';
  await assert.rejects(build(), /SOURCE_DATE_EPOCH is yesterday, which is no number of seconds/);
});

test('the package holds programs, units, pages and completions, all of them of root and closed to others', async (t) => {
  if (!canBuild(t)) return;
  const { path } = await builtPackage();
  const lines = deb('--contents', path).trimEnd().split('\n');
  const entries = lines.map((line) => line.split(/\s+/));
  assert.deepEqual([...new Set(entries.map(([, owner]) => owner))], ['root/root']);
  const allowed = ['-rw-r--r--', '-rwxr-xr-x', 'drwxr-xr-x', 'lrwxrwxrwx'];
  const odd = entries.filter(([mode = '']) => !allowed.includes(mode));
  assert.deepEqual(odd, []);
  const held = new Set(entries.map(([, , , , , place = '']) => place.replace(/^\./, '')));
  for (const place of expected) assert.ok(held.has(place), `${place} is missing`);
  const strange = [...held].filter((place) => /\.ts$|node_modules|\.map$/.test(place));
  assert.deepEqual(strange, []);
});

test('what people change is asked for before it is overwritten, and no key is shipped', async (t) => {
  if (!canBuild(t)) return;
  const { path } = await builtPackage();
  assert.deepEqual(deb('--info', path, 'conffiles').trim().split('\n'), [
    '/etc/default/twinbeat',
    '/etc/twinbeat/haresources',
    '/etc/twinbeat/twinbeat.yaml',
  ]);
  assert.doesNotMatch(deb('--contents', path), /\.\/etc\/.*authkeys/);
});

test('unpacked anywhere its programs run with its own Node, and say nothing of the machine that made them', async (t) => {
  if (!canBuild(t)) return;
  const { path } = await builtPackage();
  const folder = newFolder();
  deb('--extract', path, folder);
  const call = (
    program: string,
    ...words: readonly string[]
  ): { readonly code: number | null; readonly said: string } => {
    const done = spawnSync(join(folder, 'usr', program), words, { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } });
    return { code: done.status, said: `${done.stdout}${done.stderr}` };
  };
  assert.deepEqual(call('sbin/twinbeatd', '--version'), { code: 0, said: 'twinbeatd 3.2.1\n' });
  assert.match(call('bin/hactl', 'version').said, /^hactl 3\.2\.1$/m);
  assert.match(call('sbin/twinbeat-runner', '--help').said, /usage: twinbeat-runner/);
  const config = join(folder, 'etc/twinbeat/twinbeat.yaml');
  const checked = call('bin/hactl', '--config', config, 'check');
  assert.match(checked.said, /authkeys:1:1: there is no such file/);
  for (const program of ['cli', 'daemon', 'runner']) {
    const text = readFileSync(join(folder, 'usr/lib/twinbeat/src', program, 'main.cjs'), 'utf8');
    assert.ok(!text.includes(root), `${program} names ${root}`);
    assert.doesNotMatch(text, /^(?!\s*\*).*import\.meta|import_meta/m, `${program} asks import.meta`);
  }
  const sums = spawnSync('md5sum', ['--check', '--quiet', '-'], {
    cwd: folder,
    input: deb('--info', path, 'md5sums'),
    encoding: 'utf8',
  });
  assert.equal(sums.status, 0, sums.stderr);
});

test('the native parts are loaded from beside the bundle: real time, sockets of devices, serial lines', async (t) => {
  if (!canBuild(t)) return;
  const { path } = await builtPackage();
  const folder = newFolder();
  deb('--extract', path, folder);
  const home = join(folder, 'usr/lib/twinbeat');
  const koffi = `const k = require(${JSON.stringify(join(home, 'src/koffi.node'))}); console.log(typeof k.load);`;
  const serial = `console.log(typeof require(${JSON.stringify(serialPrebuild(home))}).open);`;
  for (const script of [koffi, serial]) {
    const done = spawnSync(join(home, 'bin/node'), ['-e', script], { encoding: 'utf8' });
    assert.equal(done.stdout, 'function\n', done.stderr);
  }
  for (const program of ['daemon', 'runner']) {
    assert.match(readFileSync(join(home, `src/${program}/main.cjs`), 'utf8'), /require\("\.\.\/koffi\.node"\)/);
  }
});

test('a version that dpkg does not know, and a compression that it does not know, are refused', async () => {
  await assert.rejects(build({ version: 'v1' }), /v1 is no version of a Debian package/);
  await assert.rejects(build({ compression: 'rar' }), /the compression rar is not one of xz, zstd, gzip, none/);
});

test('the scripts of the package are sh', () => {
  for (const name of ['debian/postinst', 'debian/prerm', 'debian/postrm', 'launch.sh']) {
    const done = spawnSync('sh', ['-n', join(root, 'packaging', name)], { encoding: 'utf8' });
    assert.equal(done.status, 0, done.stderr);
  }
});

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function serialPrebuild(home: string): string {
  const arch = process.arch === 'arm64' ? 'armv8.' : '';
  return join(home, `src/prebuilds/linux-${process.arch}/@serialport+bindings-cpp.${arch}glibc.node`);
}

const expected = [
  '/etc/twinbeat/resource.d/',
  '/usr/bin/hactl',
  '/usr/lib/systemd/system/twinbeat-runner.service',
  '/usr/lib/systemd/system/twinbeat-witness.service',
  '/usr/lib/systemd/system/twinbeat.service',
  '/usr/lib/sysusers.d/twinbeat.conf',
  '/usr/lib/tmpfiles.d/twinbeat.conf',
  '/usr/lib/twinbeat/bin/node',
  '/usr/lib/twinbeat/resource.d/syncer',
  '/usr/lib/twinbeat/resource.d/zeo',
  '/usr/sbin/twinbeat-runner',
  '/usr/sbin/twinbeatd',
  '/usr/share/bash-completion/completions/hactl',
  '/usr/share/doc/twinbeat/changelog.gz',
  '/usr/share/doc/twinbeat/copyright',
  '/usr/share/doc/twinbeat/examples/authkeys',
  '/usr/share/fish/vendor_completions.d/hactl.fish',
  '/usr/share/man/man5/haresources.5.gz',
  '/usr/share/man/man5/twinbeat.yaml.5.gz',
  '/usr/share/man/man8/hactl.8.gz',
  '/usr/share/man/man8/twinbeat-runner.8.gz',
  '/usr/share/man/man8/twinbeatd.8.gz',
  '/usr/share/zsh/vendor-completions/_hactl',
];
