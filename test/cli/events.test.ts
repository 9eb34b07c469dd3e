import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { fakeHead, run } from './fakeHead.ts';

process.env['TZ'] = 'UTC';

suite('hactl events', () => {
  const entry = {
    id: 'claimed',
    atMs: 5,
    wallMs: Date.parse('2026-11-20T12:03:11.250Z'),
    level: 'warning',
    group: 'site',
    rule: 'peer-lost',
    evidence: 'E6',
    sentence: 'all channels of two media fell silent together',
  };
  const serve = (t: TestContext, entries: readonly Readonly<Record<string, unknown>>[]): Promise<string> =>
    fakeHead(t, (_request, reply) => {
      for (const event of entries) reply.line({ type: 'event', event });
      reply.end();
    });

  test('prints a line an entry: when, which group, what, and why', async (t) => {
    const { exitCode, out } = await run(await serve(t, [entry]), ['events']);
    assert.equal(exitCode, 0);
    assert.equal(out, '2026-11-20 12:03:11.250  site: all channels of two media fell silent together [peer-lost, E6]');
  });

  test('names the group once, an operator as such, and evidence only where it decides', async (t) => {
    const at = { wallMs: entry.wallMs, level: 'info', group: 'site' };
    const entries = [
      {
        ...at,
        id: 'decided',
        rule: 'peer-lost',
        evidence: 'E6',
        facts: { holding: 'nothing' },
        sentence: 'it is gone',
      },
      { ...at, id: 'claimed', rule: 'peer-lost', evidence: 'E6', sentence: 'node2 claims site: all is silent' },
      { ...at, id: 'decided', rule: 'owner', evidence: 'E6', facts: { holding: 'claiming' }, sentence: 'it is ours' },
      {
        ...at,
        id: 'decided',
        rule: 'owner',
        evidence: 'agreed',
        facts: { holding: 'nothing' },
        sentence: 'it is ours',
      },
      { ...at, id: 'role-changed', sentence: 'websites are not site.' },
      { wallMs: entry.wallMs, level: 'info', id: 'operator', sentence: 'node2 goes on standby' },
    ];
    const { out } = await run(await serve(t, entries), ['events']);
    assert.deepEqual(
      out.split('\n').map((line) => line.replace('2026-11-20 12:03:11.250  ', '')),
      [
        'site: it is gone [peer-lost, E6]',
        'node2 claims site: all is silent [peer-lost, E6]',
        'site: it is ours [owner]',
        'site: it is ours [owner]',
        'site: websites are not site.',
        'operator: node2 goes on standby',
      ],
    );
  });

  test('wraps a long sentence beside its time on a terminal', async (t) => {
    const { out } = await run(await serve(t, [entry]), ['events'], { isTerminal: true, width: () => 60 });
    assert.equal(
      out,
      [
        '2026-11-20 12:03:11.250  site: all channels of two media',
        '                         fell silent together',
        '                         [peer-lost, E6]',
      ].join('\n'),
    );
  });

  test('prints whole entries as JSON', async (t) => {
    const { out } = await run(await serve(t, [entry, { id: 'odd\u009b' }]), ['events', '--json']);
    const lines = out.split('\n').map((line): unknown => JSON.parse(line));
    assert.deepEqual(lines, [entry, { id: 'odd\u009b' }]);
    assert(!out.includes('\u009b'));
  });

  test('an entry that is not as agreed is printed as far as it goes', async (t) => {
    const odd = [{}, { wallMs: 1e300, sentence: 7, group: null }, { id: 'started', sentence: '\u001b[2Jx' }];
    const { exitCode, out } = await run(await serve(t, odd), ['events']);
    assert.equal(exitCode, 0);
    assert.equal(out.split('\n').length, 3);
    assert(!out.includes('\u001b'));
  });

  test('that are followed end where the daemon stands still, and not where nothing happens', async (t) => {
    const asked: string[] = [];
    const stop = new AbortController();
    const runDir = await fakeHead(t, (request, reply) => {
      asked.push(request.verb);
      if (request.verb === 'events') reply.line({ type: 'event', event: entry });
      else if (asked.length <= 2) reply.end();
    });
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const followed = run(runDir, ['events', '--follow'], { interrupted: () => stop.signal });
    let isOver = false;
    void followed.then(() => {
      isOver = true;
    });
    for (let seconds = 0; seconds < 25; seconds += 1) {
      for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => setImmediate(resolve));
      if (seconds === 9) assert.deepEqual([isOver, asked.toSorted()], [false, ['events', 'status']]);
      t.mock.timers.tick(1000);
    }
    stop.abort();
    const { exitCode, out, err } = await followed;
    assert.equal(exitCode, 4);
    assert.match(out, /fell silent together/);
    assert.match(err, /twinbeatd does not answer on .* for 5 s/);
  });

  test('says that there are none', async (t) => {
    assert.deepEqual(await run(await serve(t, []), ['events']), { exitCode: 0, out: '', err: 'no events' });
  });
});
