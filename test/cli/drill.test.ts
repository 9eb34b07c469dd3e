import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { SystemClock } from '../../src/adapters/systemClock.ts';
import type { Handler } from '../../src/control/controlConnection.ts';
import { run } from './fakeHead.ts';
import { liveHead } from './liveHead.ts';
import { momentOf, settledPair } from './livePair.ts';
import { allWell } from './reports.ts';

suite('hactl drill', () => {
  test('that is left with Ctrl-C says that nothing brings the group back, also to the journal', async (t) => {
    const stop = new AbortController();
    const { runDir, notes } = await wellHead(t, (_request, reply) => {
      reply.line({ type: 'step', group: 'site', sentence: 'node2 is starting' });
      stop.abort();
    });
    const { exitCode, err } = await run(runDir, ['drill', '--yes'], { interrupted: () => stop.signal });
    assert.equal(exitCode, 1);
    const sentence = 'the drill ended early: site was ordered to node2, and nothing brings it back';
    assert.equal(err, `failed: ${sentence}; run hactl status`);
    assert.deepEqual(notes, [sentence]);
  });

  test('that is left between its moves says so too, and orders nothing more', async (t) => {
    const stop = new AbortController();
    const ordered: string[] = [];
    const { runDir } = await wellHead(t, ({ verb }, reply) => {
      ordered.push(verb);
      reply.line({ type: 'done', sentence: 'site is active on node2', exitCode: 0 });
      reply.end();
      setTimeout(() => stop.abort(), 50);
    });
    const { exitCode, err } = await run(runDir, ['drill', '--yes'], { interrupted: () => stop.signal });
    assert.equal(exitCode, 1);
    assert.match(err, /the drill ended early: site was ordered to node2, and nothing brings it back/);
    assert.deepEqual(ordered, ['release']);
  });

  test('measures the outage also where the clock is set meanwhile', async (t) => {
    for (const jumpMs of [-3_600_000, 3_600_000]) {
      let report = allWell;
      const began = { atMs: new SystemClock().nowMs(), wallMs: Date.now() };
      const runDir = await liveHead(t, momentOf(settledPair(), 0), (request, reply) => {
        if (request.verb === 'status') reply.line({ type: 'status', status: report });
        if (request.verb === 'release') {
          report = { ...allWell, jeopardy: true };
          t.mock.timers.setTime(began.wallMs + jumpMs);
          const step = { type: 'step', group: 'site', sentence: 'node2 is active' } as const;
          return void setTimeout(() => {
            reply.line(step);
            reply.line({ type: 'done', sentence: 'site is active on node2', exitCode: 0 });
          }, 300);
        }
        if (request.verb === 'events') {
          const event = { id: 'role-changed', group: 'site', sentence: 'stopping site: it was released' };
          const { since } = request;
          if (since === undefined || Date.parse(since) <= began.wallMs + Math.min(0, jumpMs)) {
            reply.line({
              type: 'event',
              event: { ...event, atMs: began.atMs - 50_000, wallMs: began.wallMs - 50_000 },
            });
          }
          const atMs = new SystemClock().nowMs() - 200;
          reply.line({ type: 'event', event: { ...event, atMs, wallMs: began.wallMs } });
        }
        return reply.end();
      });
      t.mock.timers.enable({ apis: ['Date'], now: began.wallMs });
      const { out } = await run(runDir, ['--json', 'drill', '--yes', '--timeout', '400ms']);
      t.mock.timers.reset();
      const { moves } = JSON.parse(out.split('\n')[0] ?? '') as { moves: readonly { outageMs: number | null }[] };
      const outageMs = moves[0]?.outageMs ?? 0;
      assert.ok(outageMs > 0 && outageMs < 1_000, `${jumpMs}: ${out}`);
    }
  });

  test('whose move is not finished in time does not say that it came to nothing', async (t) => {
    const { runDir } = await wellHead(t, () => undefined);
    const { exitCode, err } = await run(runDir, ['drill', '--yes', '--timeout', '200ms']);
    assert.equal(exitCode, 1);
    assert.match(err, /the move of site from node1 to node2 was ordered and may go on: /);
  });
});

/** A daemon with which all is well until it is ordered something. */
async function wellHead(
  t: TestContext,
  onMove: Handler,
): Promise<{ readonly runDir: string; readonly notes: readonly string[] }> {
  const notes: string[] = [];
  let report = allWell;
  const runDir = await liveHead(t, momentOf(settledPair(), 0), (request, reply) => {
    if (request.verb === 'takeover' || request.verb === 'release') {
      report = { ...allWell, jeopardy: true };
      return onMove(request, reply);
    }
    if (request.verb === 'note') notes.push(request.sentence);
    if (request.verb === 'status') reply.line({ type: 'status', status: report });
    return reply.end();
  });
  return { runDir, notes };
}
