import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

test('a full disk costs the journal, not the claim, and a daemon that breaks twice on it holds', (t) => {
  const flags = process.getuid?.() === 0 ? ['-m'] : ['-Urm'];
  const script = 'mount -t tmpfs -o size=2m tmpfs /mnt && exec "$0" "$1" /mnt';
  const child = join(import.meta.dirname, 'fullDiskChild.ts');
  const probe = spawnSync('unshare', [...flags, 'true'], { encoding: 'utf8' });
  if (probe.status !== 0 && process.env['CI'] !== 'true') {
    t.skip('needs a mount namespace: sysctl kernel.unprivileged_userns_clone=1, or run it as root');
    return;
  }
  const ran = spawnSync('unshare', [...flags, 'sh', '-c', script, process.execPath, child], { encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr);
  const saw = JSON.parse(ran.stdout) as {
    readonly filledBytes: number;
    readonly saves: readonly unknown[];
    readonly troubles: readonly string[];
    readonly epoch: unknown;
    readonly isHeld: boolean;
    readonly second: { readonly kind: string; readonly sentence: string };
    readonly leftBehind: readonly string[];
  };
  assert.ok(saw.filledBytes > 100_000);
  assert.deepEqual(saw.saves, [{ ok: true }, { ok: true }, { ok: true }, { ok: true }]);
  assert.equal(saw.epoch, 4);
  assert.equal(saw.isHeld, true);
  assert.match(saw.troubles[0] ?? '', /ENOSPC/);
  assert.equal(saw.second.kind, 'unusable', 'a node that has no room for its first state does not begin');
  assert.match(saw.second.sentence, /ENOSPC.*on a disk with 1024 KiB to spare/);
  assert.ok(!saw.leftBehind.includes('state'), 'a file without all its blocks never gets the name');
});
