import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
const vectors = [...page.matchAll(/```hex\n([^]*?)```/g)].map((match) => match[1] ?? '');
const script = /```python\n([^]*?)```/.exec(page)?.[1] ?? '';

test('the check on the protocol page accepts every beat on that page, and none that was changed', (t) => {
  if (spawnSync('python3', ['--version']).error !== undefined) {
    if (process.env['CI'] === 'true') assert.fail('python3 is not installed: apt-get install python3');
    t.skip('python3 is not installed: apt-get install python3');
    return;
  }
  assert(vectors.length >= 5);
  for (const vector of vectors) {
    const { status, stdout, stderr } = checked(vector);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^authentic, sequence [1-9]\d*$/m);
    assert.notEqual(checked(vector.replace(/^fbeb42f5/m, 'fbeb42f6')).status, 0, 'another cluster');
    assert.notEqual(checked(vector.replace(/^0123456789abcdef/m, '0123456789abcdee')).status, 0, 'another sender');
  }
});

function checked(vector: string): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync('python3', ['-c', script], { input: vector, encoding: 'utf8' });
}
