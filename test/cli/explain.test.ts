import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { rules } from '../../src/core/rules.ts';
import { streamEvents } from '../../src/daemon/eventStream.ts';
import { activeNode, TestNode } from '../core/testNode.ts';
import { fakeHead, fakeStranger, folder, run } from './fakeHead.ts';
import { liveHead, snapshotTextOf } from './liveHead.ts';

process.env['TZ'] = 'UTC';

suite('hactl explain', () => {
  test('marks the rule that decides, and shows every rule with what it looked at', async (t) => {
    const runDir = await liveHead(t, activeNode());
    const { exitCode, out } = await run(runDir, ['explain', 'site']);
    assert.equal(exitCode, 0);
    assert.match(out, /^site on node1: this node owns the group under the highest epoch that serves$/m);
    assert.match(out, /^=> owner: this node owns the group/m);
    assert.match(out, /^ - outranked: /m);
    assert.match(out, /outranked: no/);
    assert.match(out, /^ {2}node2 is heard: it was alive 0\.\d s ago, by the echo in its beats$/m);
    for (const { id } of rules) assert.match(out, new RegExp(`^(=>| -| y) ${id}: `, 'm'));
    for (const line of out.split('\n')) assert(line.length <= 80, line);
  });

  test('as JSON gives every rule with its facts, and the ages', async (t) => {
    const { out } = await run(await liveHead(t, activeNode()), ['explain', '--json']);
    const one = JSON.parse(out) as { decides: { rule: string }; rules: { rule: string; decides: boolean }[] };
    assert.equal(one.decides.rule, 'owner');
    assert.equal(one.rules.length, rules.length);
    assert.equal(one.rules.filter(({ decides }) => decides).length, 1);
  });

  test('decides as the daemon does', async (t) => {
    const lost = activeNode();
    lost.advance(60_000);
    for (const node of [new TestNode(), new TestNode().boot(), lost]) {
      if (node !== lost) node.advance(500);
      const { out } = await run(await liveHead(t, node), ['explain', '--json']);
      const { decides } = JSON.parse(out) as { decides: { rule: string } };
      if (node.group().activity.kind !== 'checking') assert.equal(decides.rule, node.rule());
    }
  });

  test('--at shows the newest decision up to then, from the journal', async (t) => {
    const node = activeNode();
    const decided = node.effects.flatMap((effect) =>
      effect.type === 'record' && effect.entry.id === 'decided' ? [effect.entry] : [],
    );
    assert(decided.length > 1);
    const runDir = await liveHead(t, node, (_request, reply) => {
      for (const [index, entry] of decided.entries()) {
        const time = new Date(Date.UTC(2026, 10, 20, 12, index)).toISOString();
        reply.line({ type: 'event', event: { time, incarnation: 'x', n: index, ...entry } });
      }
      reply.end();
    });
    const then = await run(runDir, ['explain', '--at', '2026-11-20T12:00:30Z', '--json']);
    assert.equal(then.exitCode, 0);
    const one = JSON.parse(then.out) as { at: string; from: string; decides: { rule: string } };
    assert.deepEqual([one.at, one.from, one.decides.rule], ['2026-11-20T12:00:00.000Z', 'journal', decided[0]?.rule]);
    const text = await run(runDir, ['explain', '--at', '2026-11-20T12:30:00Z']);
    assert.match(text.out, /the newest decision up to then/);
    const before = await run(runDir, ['explain', '--at', '2026-11-20T11:00:00Z']);
    assert.equal(before.exitCode, 1);
    assert.match(before.err, /the journal knows no decision about site .*; it begins at 2026-11-20T12:00:00\.000Z$/);
  });

  test('--at says how far back it has looked where the journal is longer', async (t) => {
    const event = { time: '2026-11-20T12:00:00.000Z', incarnation: 'x', n: 1, id: 'started', sentence: 'it began' };
    const source = { events: () => Promise.resolve(Array(10_000).fill(event)), follow: () => () => undefined };
    const runDir = await liveHead(t, activeNode(), (request, reply) => {
      if (request.verb === 'events') streamEvents(source, request, reply);
      else reply.end();
    });
    const { err } = await run(runDir, ['explain', '--at', '2026-11-20T11:00:00Z']);
    assert.match(err, /; its newest 10000 events begin at 2026-11-20T12:00:00\.000Z; what is older stands in journal/);
  });

  test('thinks with a file in place of the daemon', async (t) => {
    const nobody = folder(t);
    const file = join(nobody, 'snapshot');
    writeFileSync(file, snapshotTextOf(activeNode()));
    assert.match((await run(nobody, ['explain', '--snapshot', file])).out, /^=> owner/m);
    writeFileSync(file, '{"snapshot": 2}');
    const refused = await run(nobody, ['explain', '--snapshot', file]);
    assert.equal(refused.exitCode, 1);
    assert.match(refused.err, /it is no snapshot that this version reads: snapshot is no 1/);
    assert.match((await run(nobody, ['explain', '--snapshot', nobody])).err, /is no regular file/);
    assert.match((await run(nobody, ['explain', '--snapshot', join(nobody, 'none')])).err, /no such file/i);
  });

  test('ends with 4 without a daemon, with 2 for a group that is not there, with 1 for what is no answer', async (t) => {
    assert.equal((await run(folder(t), ['explain'])).exitCode, 4);
    assert.equal((await run(await liveHead(t, activeNode()), ['explain', 'nowhere'])).exitCode, 2);
    const empty = await run(await fakeHead(t, (_request, reply) => reply.end()), ['explain']);
    assert.equal(empty.exitCode, 1);
    const strange = await fakeStranger(t, (socket) => socket.end('{"type":"piece","text":7}\n'));
    assert.equal((await run(strange, ['explain'])).exitCode, 1);
  });

  test('shows nothing that a terminal would obey', async (t) => {
    const node = activeNode();
    const state = { ...node.state, config: { ...node.state.config, peer: 'node\u001b[2J' } };
    const { out } = await run(await liveHead(t, { state, atMs: node.atMs, wallMs: node.wallMs }), ['explain']);
    assert(!out.includes('\u001b'), out);
  });
});

test('hactl snapshot prints what the daemon knows, and no key', async (t) => {
  const runDir = await liveHead(t, activeNode());
  const { exitCode, out } = await run(runDir, ['snapshot']);
  assert.equal(exitCode, 0);
  assert.equal((JSON.parse(out) as { state: { config: { self: string } } }).state.config.self, 'node1');
  assert.doesNotMatch(out, /secret|key"/);
});
