import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import type { Request } from '../../src/control/controlProtocol.ts';
import { fakeHead, fakeStranger, folder, run } from './fakeHead.ts';
import { allWell } from './reports.ts';
import { situations } from './situations.ts';

process.env['TZ'] = 'UTC';

suite('hactl', () => {
  test('without a verb, or with an unknown one, shows what there is and ends with 2', async (t) => {
    const none = await run(folder(t), []);
    assert.equal(none.exitCode, 2);
    assert.match(none.err, /^Usage: hactl \[options\] \[command\]/);
    const unknown = await run(folder(t), ['statsu']);
    assert.equal(unknown.exitCode, 2);
    assert.match(unknown.err, /unknown command 'statsu'\n\(Did you mean status\?\)/);
  });

  test('help ends with 0 and names every verb', async (t) => {
    for (const words of [['help'], ['--help'], ['-h']]) {
      const { exitCode, out } = await run(folder(t), words);
      assert.equal(exitCode, 0, words.join(' '));
      for (const verb of verbs) assert.match(out, new RegExp(`^ {2}${verb}( |$)`, 'm'));
    }
    for (const verb of verbs) assert.equal((await run(folder(t), ['help', verb])).exitCode, 0, verb);
  });

  const wrong: readonly (readonly string[])[] = [
    ['status', 'site'],
    ['status', '--nonsense'],
    ['takeover', '--force'],
    ['takeover', 'site', '--reason'],
    ['takeover', '--timeout', '60'],
    ['takeover', '--timeout', '-1s'],
    ['release', '--force', 'site'],
    ['confirm-dead', 'node1'],
    ['confirm-dead', '--reason', 'off'],
    ['confirm-dead', 'node1', '--reason', ''],
    ['confirm-dead', 'node1', '--reason', 'two\nlines'],
    ['confirm-stopped', 'site'],
    ['events', '--since', 'yesterday'],
    ['events', '--limit', '0'],
    ['events', '--limit', '1e9'],
    ['sync-begin'],
    ['sync-end', 'site', 'mail'],
    ['ack', 'site', 'mail'],
    ['maintenance'],
    ['maintenance', 'perhaps'],
    ['standby', '--force'],
    ['standby', 'site'],
    ['online', 'site'],
    ['resource'],
    ['resource', 'explode', 'site'],
    ['resource', 'status'],
    ['resource', 'restart', 'site'],
    ['resource', 'start', 'site', ''],
    ['completion', 'tcsh'],
    ['watch', 'site'],
  ];
  for (const words of wrong) {
    test(`a wrong command line ends with 2 and says why, without a daemon: ${JSON.stringify(words)}`, async (t) => {
      const { exitCode, out, err } = await run(folder(t), words);
      assert.equal(exitCode, 2);
      assert.equal(out, '');
      assert.match(err, /^(error|failed): /);
    });
  }

  const cases: ReadonlyArray<{ readonly words: readonly string[]; readonly request: Request }> = [
    { words: ['takeover'], request: { verb: 'takeover', groups: [] } },
    {
      words: ['takeover', 'site', 'mail', '--wait'],
      request: { verb: 'takeover', groups: ['site', 'mail'], wait: true },
    },
    {
      words: ['release', 'site', '--dry-run', '--timeout', '5min'],
      request: { verb: 'release', groups: ['site'], dryRun: true },
    },
    {
      words: ['takeover', '--force', '--reason', 'disk of node1 died', 'site'],
      request: { verb: 'takeover', groups: ['site'], force: true, reason: 'disk of node1 died' },
    },
    {
      words: ['confirm-dead', 'node1', '--reason', 'I pulled the plug'],
      request: { verb: 'confirm-dead', node: 'node1', reason: 'I pulled the plug' },
    },
    {
      words: ['confirm-dead', 'node1', '--reason=off', '--force'],
      request: { verb: 'confirm-dead', node: 'node1', reason: 'off', force: true },
    },
    {
      words: ['confirm-stopped', 'site', '--reason', 'looked'],
      request: { verb: 'confirm-stopped', group: 'site', reason: 'looked' },
    },
    { words: ['ack'], request: { verb: 'ack' } },
    { words: ['ack', 'site'], request: { verb: 'ack', group: 'site' } },
    {
      words: ['events', '--since', '2026-11-20T12:03:11Z', '--limit', '5'],
      request: { verb: 'events', since: '2026-11-20T12:03:11.000Z', limit: 5 },
    },
    { words: ['maintenance', 'on'], request: { verb: 'maintenance', groups: [], on: true } },
    {
      words: ['maintenance', 'off', 'site', 'mail', '--reason', 'disks are in'],
      request: { verb: 'maintenance', groups: ['site', 'mail'], on: false, reason: 'disks are in' },
    },
    { words: ['standby'], request: { verb: 'standby' } },
    {
      words: ['standby', '--wait', '--force', '--reason', 'new kernel', '--timeout', '5min'],
      request: { verb: 'standby', wait: true, force: true, reason: 'new kernel' },
    },
    { words: ['online'], request: { verb: 'online' } },
    {
      words: ['resource', 'restart', 'site', 'zeo'],
      request: { verb: 'resource', action: 'restart', group: 'site', resource: 'zeo' },
    },
    {
      words: ['resource', 'stop', 'site', 'zeo::/opt/zope', '--wait'],
      request: { verb: 'resource', action: 'stop', group: 'site', resource: 'zeo::/opt/zope', wait: true },
    },
    {
      words: ['resource', 'cleanup', 'site', '192.168.1.50'],
      request: { verb: 'resource', action: 'cleanup', group: 'site', resource: '192.168.1.50' },
    },
    { words: ['sync-end', 'site'], request: { verb: 'sync-end', group: 'site' } },
  ];
  for (const { words, request } of cases) {
    test(`says to the daemon what was typed: ${words.join(' ')}`, async (t) => {
      const { runDir, requests } = await recorder(t);
      assert.equal((await run(runDir, words)).exitCode, 0);
      assert.deepEqual(requests, [request]);
    });
  }

  test('prints a refusal and what to type next in one line, and ends with 5', async (t) => {
    const runDir = await fakeHead(t, (_request, reply) => {
      const sentence = 'the copy on this node is stale for group site since 12:03:11';
      reply.line({ type: 'refused', sentence, next: 'run hactl recover, or add --force --reason', exitCode: 5 });
    });
    const refused = await run(runDir, ['takeover', 'site']);
    assert.deepEqual(refused, {
      exitCode: 5,
      out: '',
      err: 'refused: the copy on this node is stale for group site since 12:03:11; run hactl recover, or add --force --reason',
    });
    const json = await run(runDir, ['takeover', 'site', '--json']);
    assert.equal(json.exitCode, 5);
    assert.equal((JSON.parse(json.out) as { type: string }).type, 'refused');
  });

  test('a bare command as advice becomes a sentence', async (t) => {
    const runDir = await fakeHead(t, (_request, reply) => {
      reply.line({ type: 'refused', sentence: 'no group is active here', next: 'hactl status', exitCode: 5 });
    });
    const { err } = await run(runDir, ['release']);
    assert.equal(err, 'refused: no group is active here; run hactl status');
  });

  test('ends with the exit code that the daemon says', async (t) => {
    const codes = [0, 1, 5, 7, 8];
    const runDir = await fakeHead(t, (_request, reply) => {
      reply.line({ type: 'failed', sentence: 'as asked', next: '', exitCode: codes[0] ?? 99 });
    });
    while (codes.length > 0) {
      assert.equal((await run(runDir, ['ack'])).exitCode, codes[0]);
      codes.shift();
    }
  });

  test('takeover --wait shows the steps as they happen', async (t) => {
    const runDir = await fakeHead(t, (_request, reply) => {
      reply.line({ type: 'step', group: 'site', sentence: 'node1 stops zeo::instance0' });
      reply.line({ type: 'step', group: 'site', sentence: 'starting \u001b[31mzeo::instance0' });
      reply.line({ type: 'done', sentence: 'site is active on node2', exitCode: 0 });
    });
    const { exitCode, out } = await run(runDir, ['takeover', 'site', '--wait']);
    assert.equal(exitCode, 0);
    const [first = '', second = '', last] = out.split('\n');
    assert.match(first, /^\d\d:\d\d:\d\d {2}site: node1 stops zeo::instance0$/);
    assert.match(second, /site: starting \?\[31mzeo::instance0$/);
    assert.equal(last, 'site is active on node2');
  });

  test('a takeover that does not finish ends with 7, and says that it may go on', async (t) => {
    const runDir = await fakeHead(t, (_request, reply) => {
      reply.line({ type: 'step', group: 'site', sentence: 'node1 stops zeo::instance0' });
    });
    const { exitCode, err } = await run(runDir, ['takeover', '--wait', '--timeout', '200ms']);
    assert.equal(exitCode, 7);
    assert.match(
      err,
      /^failed: the takeover is not finished after 0\.2 s; it was ordered and may still go on; run hactl/,
    );
  });

  test('Ctrl-C during a takeover --wait ends with 8, and says that it goes on', async (t) => {
    const stop = new AbortController();
    const runDir = await fakeHead(t, () => stop.abort());
    const { exitCode, err } = await run(runDir, ['takeover', '--wait'], { interrupted: () => stop.signal });
    assert.equal(exitCode, 8);
    assert.match(err, /the takeover was ordered and goes on/);
  });

  test('sync-begin prints the owner epoch and nothing else', async (t) => {
    const runDir = await fakeHead(t, (_request, reply) => {
      reply.line({ type: 'done', sentence: 'sync of site begun', epoch: 8, exitCode: 0 });
    });
    assert.deepEqual(await run(runDir, ['sync-begin', 'site']), { exitCode: 0, out: '8', err: '' });
    assert.deepEqual(await run(runDir, ['sync-end', 'site']), { exitCode: 0, out: '', err: '' });
  });

  test('what the daemon writes to a slow disk before it answers is waited for', async (t) => {
    const runDir = await fakeHead(t, (_request, reply) => {
      const late = setTimeout(() => reply.line({ type: 'done', sentence: 'well', epoch: 8, exitCode: 0 }), 5500);
      t.after(() => clearTimeout(late));
    });
    const verbs = [['ack'], ['confirm-dead', 'node1', '--reason', 'off'], ['sync-begin', 'site'], ['sync-end', 'site']];
    for (const { exitCode, err } of await Promise.all(verbs.map((words) => run(runDir, words)))) {
      assert.deepEqual([exitCode, err], [0, '']);
    }
  });

  test('sync-begin without an epoch does not let the sync begin', async (t) => {
    const runDir = await fakeHead(t, (_request, reply) => reply.end());
    const { exitCode, out, err } = await run(runDir, ['sync-begin', 'site']);
    assert.equal(exitCode, 1);
    assert.equal(out, '');
    assert.match(err, /without an epoch: do not sync/);
  });

  test('the syncer finds its own socket where it may not open control.sock', async (t) => {
    const sockets: string[] = [];
    const runDir = await fakeHead(t, (_request, reply) => {
      sockets.push(reply.socketName);
      reply.line({ type: 'done', sentence: '', epoch: 1, exitCode: 0 });
    });
    rmSync(join(runDir, 'control.sock'));
    assert.equal((await run(runDir, ['sync-begin', 'site'])).exitCode, 0);
    assert.equal((await run(runDir, ['events'])).exitCode, 0);
    assert.equal((await run(runDir, ['takeover'])).exitCode, 4, 'a move has no other socket');
    assert.deepEqual(sockets, ['sync.sock', 'status.sock']);
  });

  test('as JSON a failure is one value on standard output, with the exit code', async (t) => {
    const dir = folder(t);
    const config = ['--json', '--config', join(dir, 'twinbeat.yaml')];
    const pair = ['--yes', '--nodes', 'node1,node2', '--udp', '10.0.0.1,10.0.0.2'];
    const rows: readonly (readonly [words: readonly string[], exitCode: number, type: string])[] = [
      [[...config, 'config', 'diff'], 6, 'failed'],
      [[...config, 'keys', 'list'], 6, 'failed'],
      [[...config, 'keys', 'rotate'], 6, 'failed'],
      [['--json', '--config', '/proc/nowhere/x.yaml', 'keys', 'generate'], 1, 'failed'],
      [[...config, 'init', '--yes'], 2, 'failed'],
      [[...config, 'init', ...pair, '--cluster', 'no such'], 6, 'failed'],
      [[...config, 'init', ...pair, '--output', '/proc/nowhere'], 1, 'failed'],
      [[...config, 'init', ...pair], 0, 'done'],
      [[...config, 'init', ...pair], 5, 'refused'],
      [[...config, 'keys', 'generate'], 5, 'refused'],
    ];
    for (const [words, exitCode, type] of rows) {
      const ended = await run(dir, words);
      const said = `${words.join(' ')}: ${ended.out} ${ended.err}`;
      assert.deepEqual([ended.exitCode, ended.err], [exitCode, ''], said);
      const line = JSON.parse(ended.out) as { readonly type: string; readonly exitCode?: number };
      assert.deepEqual([line.type, line.exitCode ?? 0], [type, exitCode], said);
    }
  });

  test('version waits for no daemon that has stopped in the middle of its answer', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const runDir = await fakeHead(t, (_request, reply) => {
      reply.line({ type: 'status', status: { ...allWell, version: '9.9.9' } });
    });
    const ended = run(runDir, ['version']).then(({ exitCode, out }) => [exitCode, out.split('\n')[1]]);
    const turns = async (): Promise<string> => {
      for (let turn = 0; turn < 2000; turn += 1) {
        await new Promise((resolve) => setImmediate(resolve));
        if (turn % 100 === 99) t.mock.timers.tick(1000);
      }
      return 'it waits';
    };
    assert.deepEqual(await Promise.race([ended, turns()]), [0, 'twinbeatd 9.9.9 on node1']);
  });

  test('version names both programs, and ends with 0 without a daemon', async (t) => {
    const runDir = await fakeHead(t, (_request, reply) => {
      reply.line({ type: 'status', status: { ...allWell, version: '9.9.9' } });
      reply.end();
    });
    const both = await run(runDir, ['version']);
    assert.match(both.out, /^hactl \d+\.\d+\.\d+\ntwinbeatd 9\.9\.9 on node1$/);
    const alone = await run(folder(t), ['version', '--json']);
    assert.equal(alone.exitCode, 0);
    assert.equal((JSON.parse(alone.out) as { daemon: unknown }).daemon, null);
  });
});

suite('hactl status', () => {
  test('without a daemon ends with 4 and says what to type', async (t) => {
    const runDir = folder(t);
    const { exitCode, err } = await run(runDir, ['status']);
    assert.equal(exitCode, 4);
    assert.match(err, /^failed: twinbeatd is not running: .* does not exist; run systemctl status twinbeat$/);
  });

  test('--json is the report, whole, on one line, with the exit code of the text', async (t) => {
    for (const { report, exitCode } of Object.values(situations)) {
      const runDir = await fakeHead(t, (_request, reply) => {
        reply.line({ type: 'status', status: report });
        reply.end();
      });
      const json = await run(runDir, ['status', '--json']);
      assert.equal(json.exitCode, exitCode);
      assert.deepEqual(JSON.parse(json.out), JSON.parse(JSON.stringify(report)));
      assert.equal((await run(runDir, ['--json', 'status'])).out, json.out, 'the option may stand before the verb');
    }
  });

  test('an answer without a report is not "all is well"', async (t) => {
    const runDir = await fakeHead(t, (_request, reply) => reply.end());
    const { exitCode, err } = await run(runDir, ['status']);
    assert.equal(exitCode, 1);
    assert.match(err, /without a status/);
  });

  const strangers: ReadonlyArray<{ readonly name: string; readonly bytes: string; readonly exitCode: number }> = [
    { name: 'garbage', bytes: 'HTTP/1.1 400 Bad Request\r\n\r\n', exitCode: 1 },
    { name: 'a report cut off', bytes: JSON.stringify({ type: 'status', status: allWell }).slice(0, 900), exitCode: 4 },
    { name: 'a huge line', bytes: 'x'.repeat(2_000_000), exitCode: 1 },
    { name: 'a report of another shape', bytes: '{"type":"status","status":{"schema":2}}\n', exitCode: 1 },
    { name: 'nothing', bytes: '', exitCode: 4 },
  ];
  for (const { name, bytes, exitCode } of strangers) {
    test(`from something that answers ${name} is one sentence and ends with ${exitCode}`, async (t) => {
      const runDir = await fakeStranger(t, (socket) => void socket.end(bytes));
      const result = await run(runDir, ['status']);
      assert.equal(result.exitCode, exitCode);
      assert.equal(result.out, '');
      assert.match(result.err, /^failed: [^\n]{1,400}$/);
    });
  }
});

const verbs = [
  'status',
  'watch',
  'standby',
  'online',
  'maintenance',
  'resource',
  'completion',
  'check',
  'takeover',
  'release',
  'confirm-dead',
  'confirm-stopped',
  'ack',
  'events',
  'sync-begin',
  'sync-end',
  'version',
];

async function recorder(t: TestContext): Promise<{ readonly runDir: string; readonly requests: readonly Request[] }> {
  const requests: Request[] = [];
  const runDir = await fakeHead(t, (request, reply) => {
    requests.push(request);
    reply.end();
  });
  return { runDir, requests };
}
