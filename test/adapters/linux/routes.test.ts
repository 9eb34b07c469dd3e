import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('askRoutes.ts', import.meta.url));
const unshare = ['--user', '--map-root-user', '--mount', '--net', '--'];
// What a namespace has of /sys is what was mounted in it.
const mounted = 'mount -t sysfs sysfs /sys 2>/dev/null; exec "$@"';

test('the kernel says by which device a packet leaves, with all its rules and tables', (t) => {
  const probe = spawnSync('unshare', [...unshare, 'ip', 'link', 'add', 'name', 'a0', 'type', 'veth']);
  if (probe.status !== 0 && process.env['CI'] === undefined) {
    t.skip('no user namespaces, or no ip: sysctl -w kernel.unprivileged_userns_clone=1; apt install iproute2');
    return;
  }
  const words = [...unshare, 'sh', '-c', mounted, 'sh', process.execPath, program];
  const { stdout, stderr } = spawnSync('unshare', words, { encoding: 'utf8', timeout: 30_000 });
  assert.notEqual(stdout, '', stderr);
  const { asked, devices, mtus } = JSON.parse(stdout) as Record<'asked' | 'devices' | 'mtus', unknown>;
  const by = (device: string, isLocal = false): object => ({ kind: 'found', device, isLocal });
  assert.deepEqual(asked, [
    by('a0'),
    by('a1'),
    by('a1'),
    by('lo', true),
    by('a0'),
    { kind: 'none' },
    { kind: 'unknown', reason: 'no numeric address' },
  ]);
  assert.deepEqual(devices, ['a0', 'a0', 'b1', null]);
  assert.deepEqual(mtus, [1400, null]);
});
