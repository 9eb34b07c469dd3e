import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const program = fileURLToPath(new URL('addressComesBack.ts', import.meta.url));
const unshare = ['--user', '--map-root-user', '--net', '--'];

const cases = [
  { name: 'IPv4', address: '10.9.0.1', peer: '10.9.0.2' },
  { name: 'IPv6', address: 'fd00::1', peer: 'fd00::2' },
  { name: 'link-local', address: 'fe80::1%tb0', peer: 'fe80::2%tb0' },
] as const;

for (const { name, address, peer } of cases) {
  test(`a channel survives that its ${name} address and its device go away and come back`, async (t) => {
    const probe = spawnSync('unshare', [...unshare, 'ip', 'link', 'add', 'name', 'tb0', 'type', 'veth']);
    if (probe.status !== 0 && process.env['CI'] !== 'true') {
      t.skip('no user namespaces, or no ip: sysctl -w kernel.unprivileged_userns_clone=1; apt install iproute2');
      return;
    }
    const run = promisify(execFile);
    const { stdout } = await run('unshare', [...unshare, process.execPath, program, address, peer], {
      timeout: 30_000,
    });
    const { opened } = JSON.parse(stdout) as { readonly opened: readonly { readonly isOpen: boolean }[] };
    assert.equal(opened[0]?.isOpen, false);
    assert.equal(opened.at(-1)?.isOpen, true);
    const opens = opened.filter(({ isOpen }) => isOpen);
    assert.equal(opens.length, 3, stdout);
  });
}
