import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { JobOutcome } from '../../src/core/job.ts';

const flags = process.getuid?.() === 0 ? ['-m'] : ['-Urm'];
const child = join(import.meta.dirname, 'machine', 'callWhenFull.ts');

/** What comes of `action` of a service that runs, where these folders have no byte left and `/mnt` takes the output. */
function whenFull(action: 'status' | 'stop', folders: readonly string[]): unknown {
  const fill = 'mount -t tmpfs -o size=64k tmpfs $folder; dd if=/dev/zero of=$folder/filler bs=4k 2>/dev/null';
  const script = `for folder in ${folders.join(' ')}; do ${fill}; done; exec "$0" "$1" /mnt ${action}`;
  const ran = spawnSync('unshare', [...flags, 'sh', '-c', script, process.execPath, child], { encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr);
  return JSON.parse(ran.stdout);
}

function canMount(t: TestContext): boolean {
  const probe = spawnSync('unshare', [...flags, 'true'], { encoding: 'utf8' });
  const isPossible = probe.status === 0 || process.env['CI'] === 'true';
  if (!isPossible) t.skip('needs a mount namespace: sysctl kernel.unprivileged_userns_clone=1, or run it as root');
  return isPossible;
}

test('a service that runs is never called stopped because the run directory is full', (t) => {
  if (!canMount(t)) return;
  assert.deepEqual(whenFull('status', ['/mnt']), { kind: 'running' });
  const unknown = whenFull('status', ['/mnt', '/dev/shm']) as JobOutcome;
  assert.equal(unknown.kind, 'notStarted');
  assert.match(JSON.stringify(unknown), /no file for the output in \/mnt: ENOSPC/);
});

test('a script that fails where it cannot write is stopped also while the run directory is full', (t) => {
  if (!canMount(t)) return;
  assert.deepEqual(whenFull('stop', ['/mnt', '/dev/shm']), {
    outcome: { kind: 'done' },
    lines: ['(no room in /mnt: what it says is lost)'],
  });
});
