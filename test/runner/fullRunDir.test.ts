import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JobOutcome } from '../../src/core/job.ts';

const flags = process.getuid?.() === 0 ? ['-m'] : ['-Urm'];
const child = join(import.meta.dirname, 'machine', 'statusWhenFull.ts');

/** The status of a service that runs, where these folders have no byte left and `/mnt` takes the output. */
function statusWhenFull(folders: readonly string[]): JobOutcome {
  const fill = 'mount -t tmpfs -o size=64k tmpfs $folder; dd if=/dev/zero of=$folder/filler bs=4k 2>/dev/null';
  const script = `for folder in ${folders.join(' ')}; do ${fill}; done; exec "$0" "$1" /mnt`;
  const ran = spawnSync('unshare', [...flags, 'sh', '-c', script, process.execPath, child], { encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr);
  return JSON.parse(ran.stdout) as JobOutcome;
}

test('a service that runs is never called stopped because the run directory is full', (t) => {
  const probe = spawnSync('unshare', [...flags, 'true'], { encoding: 'utf8' });
  if (probe.status !== 0 && process.env['CI'] !== 'true') {
    t.skip('needs a mount namespace: sysctl kernel.unprivileged_userns_clone=1, or run it as root');
    return;
  }
  assert.deepEqual(statusWhenFull(['/mnt']), { kind: 'running' });
  const unknown = statusWhenFull(['/mnt', '/dev/shm']);
  assert.equal(unknown.kind, 'notStarted');
  assert.match(JSON.stringify(unknown), /no file for the output in \/mnt: ENOSPC/);
});
