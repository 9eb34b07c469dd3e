import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { suite, type TestContext, test } from 'node:test';
import { resourceText } from '../../src/cli/status/resourceText.ts';
import { widthOf } from '../../src/cli/text/layout.ts';
import { paintFor } from '../../src/cli/text/paint.ts';
import type { GroupReport } from '../../src/control/controlProtocol.ts';
import { fakeHead, folder, run } from './fakeHead.ts';
import { allWell, site } from './reports.ts';

const failed = site({
  role: 'active',
  because: { rule: 'maintenance', sentence: 'the group is in maintenance, until hactl maintenance off' },
  resources: [
    { name: 'IPaddr::192.168.1.20/24', state: 'running' },
    {
      name: 'zeo::/opt/zope/instance0',
      state: 'failed',
      detail: 'the start failed: exit code 1: /opt/zope/instance0/bin/zeoctl: No such file or directory',
    },
    { name: 'syncer::/mnt/master/var::/opt/zope/instance0/var', state: 'stopped', detail: 'by hand' },
  ],
});

const situations: Readonly<Record<string, GroupReport>> = {
  'resource-status': site(),
  'resource-status-failed': failed,
  'resource-status-of-none': site({ role: 'standby', resources: [] }),
};

suite('hactl resource status', () => {
  for (const [name, group] of Object.entries(situations)) {
    test(`reads as in golden/${name}.txt`, () => {
      const text = `${resourceText('node1', group, { width: 80, paint: paintFor(false) })}\n`;
      const file = new URL(`golden/${name}.txt`, import.meta.url);
      if (process.env['TWINBEAT_REWRITE'] !== undefined) {
        mkdirSync(new URL('golden/', import.meta.url), { recursive: true });
        writeFileSync(file, text);
      }
      assert.equal(text, readFileSync(file, 'utf8'));
      for (const width of [40, 80, 100]) {
        const lines = resourceText('node1', group, { width, paint: paintFor(false) }).split('\n');
        for (const line of lines) assert(widthOf(line) <= width, line);
      }
    });
  }

  test('of a group ends with 3 when one has failed, and with 0 when what is stopped may be so', async (t) => {
    assert.equal((await run(await serve(t, failed), ['resource', 'status', 'site'])).exitCode, 3);
    assert.equal((await run(await serve(t, site()), ['resource', 'status', 'site'])).exitCode, 0);
  });

  test('of one resource, by its short name, ends with 0 only when it runs', async (t) => {
    const runDir = await serve(t, failed);
    const address = await run(runDir, ['resource', 'status', 'site', '192.168.1.20']);
    assert.equal(address.exitCode, 0);
    assert.doesNotMatch(address.out, /zeo/);
    for (const name of ['zeo', 'syncer', 'zeo::/opt/zope/instance0']) {
      assert.equal((await run(runDir, ['resource', 'status', 'site', name])).exitCode, 3, name);
    }
  });

  test('as JSON is one object', async (t) => {
    const { out } = await run(await serve(t, failed), ['resource', 'status', 'site', 'zeo', '--json']);
    const { node, group, role, resources } = JSON.parse(out) as Record<string, unknown>;
    assert.deepEqual(
      { node, group, role, resources },
      {
        node: 'node1',
        group: 'site',
        role: 'active',
        resources: [failed.resources[1]],
      },
    );
  });

  test('of what is not there names what is, and ends with 5', async (t) => {
    const runDir = await serve(t, failed);
    const group = await run(runDir, ['resource', 'status', 'stie']);
    assert.equal(group.exitCode, 5);
    assert.equal(group.err, 'refused: there is no group stie; there are site; run hactl status');
    const resource = await run(runDir, ['resource', 'status', 'site', 'nginx']);
    assert.equal(resource.exitCode, 5);
    assert.match(resource.err, /^refused: site has no resource nginx; it has IPaddr.*zeo::.*; run hactl status$/);
    const json = await run(runDir, ['resource', 'status', 'stie', '--json']);
    assert.equal((JSON.parse(json.out) as { exitCode: number }).exitCode, 5);
  });

  test('without a daemon ends with 4', async (t) => {
    assert.equal((await run(folder(t), ['resource', 'status', 'site'])).exitCode, 4);
  });
});

suite('what is ordered of a resource', () => {
  test('shows its steps with --wait, and ends as the daemon says', async (t) => {
    const runDir = await fakeHead(t, (_request, reply) => {
      reply.line({ type: 'step', group: 'site', sentence: 'zeo is stopping on node1' });
      reply.line({
        type: 'failed',
        sentence: 'the restart of zeo failed',
        next: 'hactl events --since 10m',
        exitCode: 1,
      });
    });
    const { exitCode, out, err } = await run(runDir, ['resource', 'restart', 'site', 'zeo', '--wait']);
    assert.equal(exitCode, 1);
    assert.match(out, /^\d\d:\d\d:\d\d {2}site: zeo is stopping on node1$/);
    assert.equal(err, 'failed: the restart of zeo failed; run hactl events --since 10m');
  });

  test('that does not come to an end within --timeout ends with 7', async (t) => {
    const runDir = await fakeHead(t, () => undefined);
    const { exitCode, err } = await run(runDir, ['resource', 'stop', 'site', 'zeo', '--wait', '--timeout', '100ms']);
    assert.equal(exitCode, 7);
    assert.match(err, /^failed: the stop of zeo is not finished after 0\.1 s; it was ordered and may still go on/);
  });
});

function serve(t: TestContext, group: GroupReport): Promise<string> {
  return fakeHead(t, (_request, reply) => {
    reply.line({ type: 'status', status: { ...allWell, groups: [group] } });
    reply.end();
  });
}
