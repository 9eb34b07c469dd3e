import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { fakeHead, folder, type Run, run } from './fakeHead.ts';
import { allWell } from './reports.ts';

const yaml = `cluster: plone
nodes: [node1, node2]
channels:
  - udp: { node1: 192.168.80.2, node2: 192.168.80.1 }
    name: udp0
  - udp: { node1: 192.168.1.10, node2: 192.168.1.11 }
    name: udp1
  - serial: { device: /dev/ttyS0, baud: 115200 }
    name: serial
`;
const haresources = '# group: site\nnode1 192.168.1.50/24 zeo::instance0\n';
const authkeys = 'auth 1\n1 sha256 0123456789abcdef0123456789abcdef\n';

suite('hactl check', () => {
  test('of a valid config says what it promises, and ends with 0 without a daemon', async (t) => {
    const { exitCode, out, err } = await check(t, {});
    assert.equal(err, '');
    assert.equal(exitCode, 0, out);
    assert.match(
      out,
      /^OK {2}.*twinbeat\.yaml: cluster plone, nodes node1 and node2, 3 channels on 3 media, 1 group$/m,
    );
    assert.match(out, /^WHAT IT PROMISES$/m);
    assert.match(out, /two nodes are active at once only when all networks and the serial line fail/);
    assert.match(out, /in figures: its address at most \d+ s on both/);
    assert.match(out, /better with: a fence or a witness/);
    assert.match(out, /when the active node dies, the other starts its groups after \d+ s/);
    assert.match(out, /^daemon: none answers here; the files alone were checked$/m);
  });

  test('shows every problem of every file with its place, and ends with 6', async (t) => {
    const files = { yaml: yaml.replace('cluster: plone', 'cluster: plone\nclutser: 1').replace('80.1', '80.999') };
    const { exitCode, out } = await check(t, { ...files, authkeys: 'auth 2\n' });
    assert.equal(exitCode, 6);
    assert.match(out, /twinbeat\.yaml:2:1: .*"clutser".*\nclutser: 1\n\^\n/);
    assert.match(out, /twinbeat\.yaml:5:\d+: .*\n.*80\.999.*\n +\^\n/);
    assert.match(out, /authkeys:1:1: /);
    assert.match(out, /^INVALID {2}.*: 3 problems; a daemon does not start with it$/m);
  });

  test('as JSON is one object with problems, warnings and bounds', async (t) => {
    const well = await check(t, {}, ['--json']);
    const { ok, bounds } = JSON.parse(well.out) as { ok: boolean; bounds: readonly { id: string }[] };
    assert.equal(ok, true);
    assert(bounds.some(({ id }) => id === 'takeover'));
    const { twoActive } = JSON.parse(well.out) as { twoActive: { row: string; addressMs: number } };
    assert.deepEqual([twoActive.row, twoActive.addressMs], ['serial', 4_000]);
    const ill = await check(t, { yaml: 'cluster: 7\n' }, ['--json']);
    assert.equal(ill.exitCode, 6);
    const { problems } = JSON.parse(ill.out) as {
      problems: readonly { file: string; line: number; message: string }[];
    };
    assert(problems.some(({ file, line }) => file.endsWith('twinbeat.yaml') && line === 1));
  });

  test('says what the daemon here warns of, and that it runs with other groups than the files', async (t) => {
    const warnings = [{ id: 'keys', sentence: 'key 1 was never used', next: '' }];
    const runDir = await fakeHead(t, (_request, reply) => {
      reply.line({ type: 'status', status: { ...allWell, groups: [], warnings } });
      reply.end();
    });
    const { exitCode, out } = await check(t, {}, [], runDir);
    assert.equal(exitCode, 0);
    assert.match(out, /^daemon: 0\.1\.0 on node1, online$/m);
    assert.match(out, /it runs with other groups than these files; run hactl reload/);
    assert.match(out, /key 1 was never used/);
  });

  test('compares the groups and the keys of the files, the daemon here and the peer', async (t) => {
    const same = await digestOfSite(t);
    const cases: ReadonlyArray<{ readonly here: string; readonly peer: string | null; readonly says: RegExp }> = [
      { here: same, peer: same, says: /groups: configured alike in these files and here, and on node2 keys/ },
      { here: same, peer: null, says: /groups: configured alike in these files and here keys/ },
      {
        here: '00000000',
        peer: '00000000',
        says: /group site: the daemon here has another configuration than these files; run hactl reload/,
      },
      { here: same, peer: 'absent', says: /group site: node2 has no such group; copy the files to it/ },
      { here: same, peer: '00000000', says: /group site: node2 has another configuration; copy the files to it/ },
    ];
    for (const { here, peer, says } of cases) {
      const keys = { signsWith: 1, accepts: [{ id: 1, fingerprint: 'f0f0f0f0' }], peerSignsWith: 2 };
      const runDir = await fakeHead(t, (_request, reply) => {
        reply.line({ type: 'status', status: { ...allWell, digests: { site: { here, peer } }, keys } });
        reply.end();
      });
      const { exitCode, out } = await check(t, {}, [], runDir);
      assert.equal(exitCode, 0);
      const said = out.replaceAll(/\n +/g, ' ');
      assert.match(said, says);
      assert.match(said, /keys: the daemon here has others than these files; run hactl reload/);
      assert.match(said, /keys: this node signs with key 1, and node2 with key 2; run hactl keys rotate/);
      assert.match(said, /clocks: not compared: node2 does not tell the time of day/);

      const diff = await configDiff(t, runDir);
      assert.equal(diff.exitCode, here === same && (peer === null || peer === same) ? 0 : 1, diff.out);
      assert.match(diff.out, new RegExp(`^site +${same} +${here} +${peer ?? 'unknown'} +(same|differs)$`, 'm'));
    }
  });

  test('compares the clocks of both nodes', async (t) => {
    const cases = [
      { ahead: 0, says: /clocks: that of node2 agrees with this one to 2 s/ },
      { ahead: -2, says: /clocks: that of node2 agrees with this one to 2 s/ },
      {
        ahead: 7,
        says: /clocks: that of node2 is 7 s ahead of this one, and so are the times in its journal; on both: timed/,
      },
      { ahead: -3600, says: /clocks: that of node2 is 3600 s behind this one/ },
    ];
    for (const { ahead, says } of cases) {
      const runDir = await fakeHead(t, (_request, reply) => {
        const { node2 } = allWell.nodes;
        assert.ok(node2 !== undefined);
        const nodes = { ...allWell.nodes, node2: { ...node2, clockAheadSeconds: ahead } };
        reply.line({ type: 'status', status: { ...allWell, nodes } });
        reply.end();
      });
      const { out } = await check(t, {}, [], runDir);
      assert.match(out.replaceAll(/\n +/g, ' '), says);
    }
  });

  test('config diff without a daemon, or with a broken file, says so', async (t) => {
    assert.equal((await configDiff(t, folder(t))).exitCode, 4);
    assert.equal((await configDiff(t, folder(t), 'cluster: 7\n')).exitCode, 6);
  });

  test('without files says which one is missing', async (t) => {
    const none = await run(folder(t), ['check', '--config', join(folder(t), 'twinbeat.yaml')]);
    assert.equal(none.exitCode, 6);
    assert.match(none.out, /twinbeat\.yaml:1:1: there is no such file\n {2}next: name it with --config FILE/);
    const keyless = await check(t, { authkeys: undefined });
    assert.equal(keyless.exitCode, 6);
    assert.match(keyless.out, /authkeys:1:1: there is no such file/);
  });

  test('never shows a key', async (t) => {
    const { out } = await check(t, { authkeys: 'auth 1\n1 crc verysecretword\n1 sha256 verysecretword x\n' });
    assert.doesNotMatch(out, /verysecret/);
  });

  test('reads neither a folder, nor a device without end, nor waits for a pipe', async (t) => {
    const dir = folder(t);
    mkdirSync(join(dir, 'folder.yaml'));
    spawnSync('mkfifo', [join(dir, 'pipe.yaml')]);
    for (const file of ['/dev/zero', join(dir, 'folder.yaml'), join(dir, 'pipe.yaml')]) {
      const { exitCode, out } = await run(dir, ['check', '--config', file]);
      assert.equal(exitCode, 6);
      assert.match(out, /it is no file/, file);
    }
    writeFileSync(join(dir, 'huge.yaml'), 'x'.repeat(3_000_000));
    const huge = await run(dir, ['check', '--config', join(dir, 'huge.yaml')]);
    assert.equal(huge.exitCode, 6);
    assert(huge.out.length < 5000);
  });

  test('of keys that may not be read checks the rest and says so', async (t) => {
    if (process.geteuid?.() === 0) process.seteuid?.(65534);
    t.after(() => process.seteuid?.(process.getuid?.() ?? 0));
    const { exitCode, out } = await check(t, { mode: 0 });
    assert.equal(exitCode, 0, out);
    assert.match(
      out,
      /warning: .*authkeys:1:1: permission denied: the keys are not checked\n {2}next: run it with sudo/,
    );
  });
});

async function digestOfSite(t: TestContext): Promise<string> {
  const { out } = await check(
    t,
    {},
    ['--json'],
    await fakeHead(t, (_request, reply) => {
      reply.line({ type: 'status', status: allWell });
      reply.end();
    }),
  );
  const { groups } = JSON.parse(out) as {
    readonly groups: readonly { readonly group: string; readonly files?: string }[];
  };
  return groups.find(({ group }) => group === 'site')?.files ?? assert.fail(out);
}

async function configDiff(t: TestContext, runDir: string, text = yaml): Promise<Run> {
  const dir = folder(t);
  writeFileSync(join(dir, 'twinbeat.yaml'), text);
  writeFileSync(join(dir, 'haresources'), haresources);
  writeFileSync(join(dir, 'authkeys'), authkeys, { mode: 0o600 });
  return run(runDir, ['--config', join(dir, 'twinbeat.yaml'), 'config', 'diff']);
}

interface Files {
  readonly yaml?: string;
  readonly authkeys?: string | undefined;
  readonly mode?: number;
}

async function check(t: TestContext, files: Files, words: readonly string[] = [], runDir = folder(t)): Promise<Run> {
  const dir = folder(t);
  const keys = 'authkeys' in files ? files.authkeys : authkeys;
  writeFileSync(join(dir, 'twinbeat.yaml'), files.yaml ?? yaml);
  writeFileSync(join(dir, 'haresources'), haresources);
  if (keys !== undefined) {
    writeFileSync(join(dir, 'authkeys'), keys);
    chmodSync(join(dir, 'authkeys'), files.mode ?? 0o600);
  }
  return run(runDir, ['check', '--config', join(dir, 'twinbeat.yaml'), ...words]);
}
