import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

test('npm run model repeats one way by its words, and refuses others', () => {
  const run = (...words: readonly string[]): ReturnType<typeof spawnSync> =>
    spawnSync(process.execPath, [join(import.meta.dirname, '../../src/sim/exhaust/main.ts'), ...words], {
      encoding: 'utf8',
    });
  const one = run('--from', 'steady', '--window', '1200', '--only', '2 a power cut, and back late; 6 the beat is lost');
  assert.match(String(one.stdout), /loses its power[\s\S]*every promise was kept/);
  for (const words of [
    ['--only', '2 a comet'],
    ['--only', 'x the beat is lost'],
    ['--from', 'nowhere'],
    ['--depth', '-1'],
    ['--bogus'],
  ]) {
    const { status, stderr } = run(...words);
    assert.equal(status, 2, words.join(' '));
    assert.match(String(stderr), /^usage: npm run model/);
  }
});
