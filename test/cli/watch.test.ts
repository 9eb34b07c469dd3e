import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import type { Io } from '../../src/cli/io.ts';
import { aged } from '../../src/cli/status/aged.ts';
import { widthOf } from '../../src/cli/text/layout.ts';
import { paintFor } from '../../src/cli/text/paint.ts';
import { type Key, keysOf } from '../../src/cli/watch/keys.ts';
import { frame } from '../../src/cli/watch/picture.ts';
import type { ScreenEvents } from '../../src/cli/watch/screen.ts';
import { fakeHead, folder, run } from './fakeHead.ts';
import { allWell } from './reports.ts';
import { situations } from './situations.ts';

process.env['TZ'] = 'UTC';

const happened = [
  {
    wallMs: Date.parse('2026-11-20T12:03:11.204Z'),
    level: 'error',
    sentence: 'node1 is silent: last surely alive 10003 ms ago',
  },
  {
    wallMs: Date.parse('2026-11-20T12:03:11.205Z'),
    level: 'info',
    group: 'site',
    rule: 'peer-lost',
    evidence: 'E6',
    sentence: 'the peer is gone, and the evidence is enough',
  },
  {
    wallMs: Date.parse('2026-11-20T12:03:12.931Z'),
    level: 'info',
    group: 'site',
    sentence: 'site is active on node2 under epoch 8',
  },
];

suite('hactl watch without a terminal', () => {
  test('appends a status for each change that is more than an age', async (t) => {
    const stop = new AbortController();
    const older = { ...allWell, upMs: allWell.upMs + 500, beats: { ...allWell.beats, sent: 9_999_999 } };
    const runDir = await fakeHead(t, (_request, reply) => {
      for (const status of [allWell, older, { ...older, jeopardy: true }]) reply.line({ type: 'status', status });
      setTimeout(() => stop.abort(), 50);
    });
    const { exitCode, out } = await run(runDir, ['watch'], { interrupted: () => stop.signal });
    assert.equal(exitCode, 3);
    assert.deepEqual(out.match(/^(OK|DEGRADED) /gm), ['OK ', 'DEGRADED ']);
  });

  test('appends nothing when only ages changed, whatever the situation', async (t) => {
    for (const [name, { report }] of Object.entries(situations)) {
      const later = aged(report, 5000);
      const witness = report.guards?.witness;
      const warnings = later.warnings.map((one) => ({
        ...one,
        sentence: one.sentence.replace('for 73 s', 'for 78 s'),
      }));
      const runDir = await fakeHead(t, (_request, reply) => {
        for (const status of [report, { ...later, warnings }]) reply.line({ type: 'status', status });
        reply.end();
      });
      const { out } = await run(runDir, ['watch']);
      assert.equal(out.match(/^THIS NODE$/gm)?.length, 1, name);
      if (witness === undefined) continue;
      const { answeredAgoMs, peerHeardAgoMs, leases } = later.guards?.witness ?? {};
      assert.deepEqual([answeredAgoMs, peerHeardAgoMs], [78_000, 78_400]);
      assert.deepEqual(leases, [{ group: 'site', holder: 'node1', renewedAgoMs: 78_900, servesForMs: 6800 }]);
    }
  });

  test('as JSON prints every report', async (t) => {
    const runDir = await fakeHead(t, (_request, reply) => {
      for (let n = 0; n < 3; n += 1) reply.line({ type: 'status', status: { ...allWell, upMs: n } });
      reply.end();
    });
    const { out } = await run(runDir, ['watch', '--json']);
    const reports = out.split('\n').map((line) => JSON.parse(line) as { upMs: number });
    assert.deepEqual(
      reports.map(({ upMs }) => upMs),
      [0, 1, 2],
    );
  });

  test('is what hactl status --watch does', async (t) => {
    const runDir = await fakeHead(t, (_request, reply) => {
      reply.line({ type: 'status', status: allWell });
      reply.end();
    });
    assert.deepEqual(await run(runDir, ['status', '--watch']), await run(runDir, ['watch']));
  });

  test('without a daemon ends with 4', async (t) => {
    for (const isTerminal of [true, false]) {
      assert.equal((await run(folder(t), ['watch'], { isTerminal })).exitCode, 4);
    }
  });
});

suite('hactl watch on a terminal', () => {
  test('says that there is no news, and lets the ages grow, when the daemon goes away', async (t) => {
    let isAway = false;
    const runDir = await fakeHead(t, (request, reply) => {
      if (isAway || request.verb !== 'watch') return;
      isAway = true;
      reply.line({ type: 'status', status: allWell });
      rmSync(join(runDir, 'control.sock'));
      rmSync(join(runDir, 'status.sock'));
      reply.line({ type: 'failed', sentence: 'leaving', next: '', exitCode: 1 });
    });
    const terminal = new FakeTerminal();
    const ended = run(runDir, ['watch'], terminal.io);
    await terminal.until(/NO NEWS[^]*heard [1-9]\.\d s ago/);
    assert.match(terminal.screen, /site is active on node1/);
    terminal.press('quit');
    assert.equal((await ended).exitCode, 0);
  });

  test('shows the newest events below the status, and ends with q and the exit code of the status', async (t) => {
    const terminal = new FakeTerminal();
    const ended = run(await serve(t), ['watch'], terminal.io);
    await terminal.until(/NEWEST EVENTS[^]*peer-lost/);
    terminal.press('quit');
    assert.equal((await ended).exitCode, situations['peer-silent-after-takeover']!.exitCode);
    assert.equal(terminal.isClosed, true);
  });

  test('is drawn anew when the terminal gets another size', async (t) => {
    const terminal = new FakeTerminal();
    const ended = run(await serve(t), ['watch'], terminal.io);
    await terminal.until(/q quits/);
    terminal.rows = 12;
    terminal.resize();
    assert.equal(terminal.lines.length, 12);
    assert.match(terminal.screen, /q quits; up and down scroll, lines 1-11 of \d+/);
    terminal.press('pageDown');
    assert.match(terminal.screen, /lines 1[01]-2\d of/);
    terminal.press('bottom');
    assert.match(terminal.lines.at(-2) ?? '', /beats left late by/);
    terminal.press('top');
    assert.match(terminal.screen, /lines 1-11 of/);
    terminal.press('quit');
    await ended;
  });

  test('Ctrl-C ends it too, and gives the terminal back', async (t) => {
    const stop = new AbortController();
    const terminal = new FakeTerminal();
    const ended = run(await serve(t), ['watch'], { ...terminal.io, interrupted: () => stop.signal });
    await terminal.until(/q quits/);
    stop.abort();
    await ended;
    assert.equal(terminal.isClosed, true);
  });

  test('leaves nothing behind that would keep the shell waiting', async (t) => {
    const runDir = await fakeHead(t, (request, reply) => {
      if (request.verb === 'watch') reply.line({ type: 'status', status: allWell });
    });
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const terminal = new FakeTerminal();
    const ended = run(runDir, ['watch'], terminal.io);
    await terminal.until(/site is active on node1/);
    terminal.press('quit');
    await ended;
    await sleep(20);
    assert(timers() <= before, `${timers()} timers`);
  });

  test('without a daemon says so, and takes no screen', async (t) => {
    const terminal = new FakeTerminal();
    const { exitCode, err } = await run(folder(t), ['watch'], terminal.io);
    assert.equal(exitCode, 4);
    assert.match(err, /twinbeatd is not running/);
    assert.equal(terminal.isOpen, false);
  });
});

test('an age grows also where the time of the daemon is the last one that there is', () => {
  for (const at of ['+275760-09-13T00:00:00.000Z', 'no time']) assert.equal(aged({ ...allWell, at }, 1000).at, at);
});

suite('the picture of hactl watch', () => {
  const look = { top: 0, paint: paintFor(false) };
  const picture = {
    report: situations['peer-silent-after-takeover']!.report,
    sinceMs: 0,
    trouble: '',
    events: happened,
  };

  for (const [name, rows] of [
    ['watch', 40],
    ['watch-on-a-small-console', 25],
  ] as const)
    test(`reads as in golden/${name}.txt on 80 by ${rows}`, () => {
      const text = `${frame(picture, { ...look, columns: 80, rows }).lines.join('\n')}\n`;
      const file = new URL(`golden/${name}.txt`, import.meta.url);
      if (process.env['TWINBEAT_REWRITE'] !== undefined) {
        mkdirSync(new URL('golden/', import.meta.url), { recursive: true });
        writeFileSync(file, text);
      }
      assert.equal(text, readFileSync(file, 'utf8'));
    });

  test('has as many lines as the terminal and is never wider, whatever its size and the situation', () => {
    for (const { report } of Object.values(situations)) {
      for (const [columns, rows] of [
        [80, 24],
        [80, 25],
        [40, 10],
        [200, 60],
        [132, 1],
        [30, 24],
      ] as const) {
        for (const top of [0, 7, 1e6]) {
          const events = Array.from({ length: 100 }, () => happened).flat();
          const framed = frame(
            { report, sinceMs: 9000, trouble: 'x', events },
            { columns, rows, top, paint: paintFor(true) },
          );
          assert.equal(framed.lines.length, Math.max(2, rows));
          if (columns < 40) continue;
          for (const line of framed.lines) assert(widthOf(stripVTControlCharacters(line)) <= columns, line);
        }
      }
    }
  });

  test('uses the sixteen colours that every terminal has, and no other escape', () => {
    const { lines } = frame(picture, { columns: 80, rows: 40, top: 0, paint: paintFor(true) });
    const escapes = lines.join('\n').split('\u001b').slice(1);
    assert(escapes.length > 10);
    for (const rest of escapes) assert.match(rest, /^\[(0|1|2|22|3[0-7]|39|9[0-7])m/);
  });
});

test('keys are told apart from what else a terminal sends', () => {
  const cases: readonly (readonly [string, readonly Key[]])[] = [
    ['q', ['quit']],
    ['\u0003', ['quit']],
    ['\u001b', ['quit']],
    ['\u001b[A\u001b[B', ['up', 'down']],
    ['\u001bOA', ['up']],
    ['jk \u001b[6~', ['down', 'up', 'pageDown', 'pageDown']],
    ['\u001b[<0;10;10M', []],
    ['\u001b[1;5A', []],
    ['\u001b[200~hello\u001b[201~', []],
    ['xyz', []],
    ['\u001ba', []],
    ['', []],
  ];
  for (const [bytes, keys] of cases) assert.deepEqual(keysOf(bytes), keys, JSON.stringify(bytes));
});

class FakeTerminal {
  rows = 40;
  lines: readonly string[] = [];
  isOpen = false;
  isClosed = false;
  #events: ScreenEvents | undefined;

  get screen(): string {
    return this.lines.join('\n');
  }

  get io(): Partial<Io> {
    return {
      isTerminal: true,
      openScreen: (events) => {
        this.isOpen = true;
        this.#events = events;
        const rows = (): number => this.rows;
        return {
          columns: 80,
          get rows() {
            return rows();
          },
          draw: (lines) => {
            this.lines = lines;
          },
          close: () => {
            this.isClosed = true;
          },
        };
      },
    };
  }

  press(key: Key): void {
    this.#events?.onKey(key);
  }

  resize(): void {
    this.#events?.onResize();
  }

  async until(pattern: RegExp): Promise<void> {
    for (let tries = 0; tries < 500 && !pattern.test(this.screen); tries += 1) await sleep(20);
    assert.match(this.screen, pattern);
  }
}

/** A daemon after a takeover, with a journal. */
function serve(t: TestContext): Promise<string> {
  return fakeHead(t, (request, reply) => {
    if (request.verb === 'watch') {
      reply.line({ type: 'status', status: situations['peer-silent-after-takeover']!.report });
    } else {
      for (const event of happened) reply.line({ type: 'event', event });
    }
  });
}
