import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';

const root = join(import.meta.dirname, '..', '..');
const checkout = mkdtempSync(join(tmpdir(), 'twinbeat launch '));
const program = `const words: string[] = process.argv.slice(2);
console.log(JSON.stringify({ main: import.meta.filename, flags: process.execArgv, words }));
process.exitCode = 5;
`;
const systemPath = '/usr/bin:/bin';

mkdirSync(join(checkout, 'node_modules', 'yaml'), { recursive: true });
for (const folder of ['bin', 'scripts']) cpSync(join(root, folder), join(checkout, folder), { recursive: true });
for (const folder of ['cli', 'daemon', 'runner']) {
  mkdirSync(join(checkout, 'src', folder), { recursive: true });
  writeFileSync(join(checkout, 'src', folder, 'main.ts'), program);
}
writeFileSync(join(checkout, 'package.json'), '{ "type": "module" }');
after(() => rmSync(checkout, { recursive: true }));

suite('a launcher', () => {
  const mains = { hactl: 'cli', twinbeatd: 'daemon', 'twinbeat-runner': 'runner' };
  for (const [name, folder] of Object.entries(mains)) {
    test(`${name} hands its words and its exit code through, blanks and all`, () => {
      const { status, seen } = run(join(checkout, 'bin', name), ['a b', '*', '']);
      assert.equal(status, 5);
      assert.deepEqual(seen.words, ['a b', '*', '']);
      assert.equal(seen.main, join(checkout, 'src', folder, 'main.ts'));
    });
  }

  test('finds its checkout through a link to a link, from any folder', () => {
    symlinkSync(join(checkout, 'bin', 'hactl'), join(checkout, 'one'));
    symlinkSync('one', join(checkout, 'two'));
    assert.equal(run('./two', []).seen.main, join(checkout, 'src', 'cli', 'main.ts'));
  });

  test('keeps the garbage collection of the head on its own thread', () => {
    assert.ok(run(join(checkout, 'bin', 'twinbeatd'), []).seen.flags.includes('--single-threaded-gc'));
  });

  test('says "npm ci" where there is no Node, and where the packages are missing', () => {
    const noNode = spawnSync(join(checkout, 'bin', 'hactl'), { env: { PATH: '/nonexistent' }, encoding: 'utf8' });
    assert.equal(noNode.status, 1);
    assert.match(noNode.stderr, /hactl: no Node found; run 'npm ci' in /);
    rmSync(join(checkout, 'node_modules', 'yaml'), { recursive: true });
    const noPackages = spawnSync(join(checkout, 'bin', 'hactl'), { env: env(), encoding: 'utf8' });
    mkdirSync(join(checkout, 'node_modules', 'yaml'));
    assert.match(noPackages.stderr, /the packages are missing; run 'npm ci'/);
  });

  test('prefers the Node that npm ci brought to the one in the PATH, which it asks for its age', () => {
    const folder = join(checkout, 'old');
    mkdirSync(folder);
    writeFileSync(join(folder, 'node'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const old = { PATH: `${folder}:${systemPath}` };
    const hactl = join(checkout, 'bin', 'hactl');
    assert.match(
      spawnSync(hactl, { env: old, encoding: 'utf8' }).stderr,
      /old\/node is older than 24\.12; run 'npm ci'/,
    );
    mkdirSync(join(checkout, 'node_modules', 'node-linux-any', 'bin'), { recursive: true });
    symlinkSync(process.execPath, join(checkout, 'node_modules', 'node-linux-any', 'bin', 'node'));
    assert.equal(spawnSync(hactl, { env: old }).status, 5);
    rmSync(join(checkout, 'node_modules', 'node-linux-any'), { recursive: true });
  });

  test('refuses a TWINBEAT_NODE that is no program', () => {
    const result = spawnSync(join(checkout, 'bin', 'hactl'), { env: { TWINBEAT_NODE: '/nowhere' }, encoding: 'utf8' });
    assert.equal(result.status, 1);
    assert.match(result.stderr, /TWINBEAT_NODE is \/nowhere/);
  });
});

interface Seen {
  readonly main: string;
  readonly flags: readonly string[];
  readonly words: readonly string[];
}

function run(path: string, words: readonly string[]): { readonly status: number | null; readonly seen: Seen } {
  const result = spawnSync(path, words, { cwd: checkout, env: env(), encoding: 'utf8' });
  assert.equal(result.stderr, '');
  return { status: result.status, seen: JSON.parse(result.stdout) as Seen };
}

function env(): NodeJS.ProcessEnv {
  return { PATH: systemPath, TWINBEAT_NODE: process.execPath };
}
