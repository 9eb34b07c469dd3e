import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';

const root = join(import.meta.dirname, '..', '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };

suite('every program', () => {
  for (const name of ['hactl', 'twinbeatd', 'twinbeat-runner']) {
    test(`says its version and nothing else: ${name} --version`, () => {
      assert.deepEqual(run(name, '--version'), { status: 0, stdout: `${name} ${version}\n`, stderr: '' });
    });

    test(`prints its help where it can be piped: ${name} --help`, () => {
      const { status, stdout, stderr } = run(name, '--help');
      assert.equal(status, 0);
      assert.match(stdout, new RegExp(`^usage: ${name} `, 'i'));
      assert.equal(stderr, '');
    });

    test(`ends with 2 and names the option that it does not know: ${name} --nonsense`, () => {
      const { status, stdout, stderr } = run(name, '--nonsense');
      assert.equal(status, 2);
      assert.equal(stdout, '');
      assert.match(stderr, /'--nonsense'/);
    });
  }
});

function run(name: string, ...words: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(join(root, 'bin', name), words, { encoding: 'utf8' });
  return { status, stdout, stderr };
}
