import assert from 'node:assert/strict';
import childProcess from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Links } from '../../src/runner/links.ts';
import { waitFor } from './machine/runnerUnderTest.ts';

interface Told {
  readonly links: Links;
  /** `eth0 up` */
  readonly changes: readonly string[];
  readonly problems: readonly string[];
}

/** Links where `ip monitor` and `ip link show` are these shell scripts, which share a folder of their own. */
async function openLinks(t: TestContext, scripts: { readonly monitor: string; readonly show: string }): Promise<Told> {
  const folder = mkdtempSync(join(tmpdir(), 'tb-links-'));
  const { spawn } = childProcess;
  const pretended = (
    _: string,
    words: readonly string[],
    options: childProcess.SpawnOptions,
  ): childProcess.ChildProcess =>
    spawn('/bin/sh', ['-c', words.includes('monitor') ? scripts.monitor : scripts.show], { ...options, cwd: folder });
  const mocked = t.mock.method(childProcess, 'spawn', pretended as typeof spawn);
  syncBuiltinESMExports();
  const changes: string[] = [];
  const problems: string[] = [];
  const links = new Links({
    onChange: ({ device, hasCarrier }) => changes.push(`${device} ${hasCarrier ? 'up' : 'down'}`),
    onProblem: (sentence) => problems.push(sentence),
  });
  t.after(() => {
    links.close();
    mocked.mock.restore();
    syncBuiltinESMExports();
    rmSync(folder, { recursive: true });
  });
  await links.open();
  return { links, changes, problems };
}

const up = `echo '2: eth0: <BROADCAST,UP,LOWER_UP> mtu 1500 link/ether 02:00:00:00:00:01'`;
const down = `echo '2: eth0: <NO-CARRIER,BROADCAST,UP> mtu 1500 link/ether 02:00:00:00:00:01'`;
/** Says one thing when it is called first, and another one from then on. */
const firstAndThen = (first: string, then: string): string =>
  `if mkdir called 2>/dev/null; then ${first}; else ${then}; fi`;

test('a cable that is pulled while the devices are read for the first time is out', async (t) => {
  const { changes } = await openLinks(t, {
    monitor: `${down}; mkdir said; exec cat`,
    show: `${up}; until [ -d said ]; do sleep 0.02; done; sleep 0.2`,
  });
  assert.deepEqual(changes, ['eth0 down']);
});

test('a change that the kernel had no room to tell is found all the same', async (t) => {
  const { changes, problems } = await openLinks(t, {
    monitor: `sleep 0.2; echo 'netlink receive error No buffer space available (105)' >&2; exec cat`,
    show: firstAndThen(up, down),
  });
  assert.deepEqual(changes, ['eth0 up']);
  assert.ok(await waitFor(() => changes.length > 1));
  assert.deepEqual(changes, ['eth0 up', 'eth0 down']);
  assert.deepEqual(problems, ['ip monitor: netlink receive error No buffer space available (105)']);
});

test('a device that goes while the monitor is down is gone', async (t) => {
  const { links, changes } = await openLinks(t, {
    monitor: '[ -d called ] || sleep 0.1',
    show: firstAndThen(up, 'true'),
  });
  assert.equal(links.find('eth0')?.hasCarrier, true);
  assert.ok(await waitFor(() => changes.length > 1));
  assert.deepEqual(changes, ['eth0 up', 'eth0 down']);
  assert.equal(links.find('eth0'), undefined);
});

test('devices that cannot be read are not called gone, and are read later', async (t) => {
  const { changes } = await openLinks(t, {
    monitor: '[ -d called ] || sleep 0.1',
    show: firstAndThen(up, `if mkdir again 2>/dev/null; then exit 1; else ${down}; fi`),
  });
  assert.ok(await waitFor(() => changes.length > 1));
  assert.deepEqual(changes, ['eth0 up', 'eth0 down']);
});
