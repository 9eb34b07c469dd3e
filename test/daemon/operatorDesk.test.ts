import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Happening } from '../../src/core/event.ts';
import { OperatorDesk } from '../../src/daemon/operatorDesk.ts';
import { activeNode, groupConfig, resource, TestNode, theirs } from '../core/testNode.ts';
import { RecordedReply } from './recordedReply.ts';

test('each step of a restart is told, however short it was', () => {
  const node = activeNode({ config: { groups: [groupConfig('site', { resources: [resource('db')] })] } });
  const desk = deskOf(node);
  const reply = new RecordedReply();
  desk.handle({ verb: 'resource', action: 'restart', group: 'site', resource: 'db', wait: true }, reply);
  // In virtual time all of it takes no time at all.
  desk.noteTurn();
  const jobs = [...node.running];
  assert.deepEqual(
    jobs.map(({ action }) => action),
    ['stop'],
  );
  for (let job = node.running.shift(); job !== undefined; job = node.running.shift()) {
    node.finish(job, { kind: 'done' });
    desk.noteTurn();
  }
  const said = reply.lines.map((line) => ('sentence' in line ? line.sentence : line.type));
  assert.deepEqual(said, [
    'node1 is starting',
    'db is starting on node1',
    'db is running on node1',
    'node1 is active',
    'db is running on node1',
  ]);
  assert.equal(reply.lines.at(-1)?.type, 'done');
});

test('what holds and could not be written ends with 1, and is not followed', () => {
  const node = activeNode();
  const desk = deskOf(node);
  node.disk = 'broken';
  const reply = new RecordedReply();
  desk.handle({ verb: 'standby', force: true, reason: 'x', wait: true }, reply);
  const last = reply.lines.at(-1);
  assert.ok(last?.type === 'failed', JSON.stringify(reply.lines));
  assert.equal(last.exitCode, 1);
  assert.match(last.sentence, /could not be written: no space/);
});

test('a takeover whose group is gone from the files meanwhile has not arrived', () => {
  const node = new TestNode().boot();
  const desk = deskOf(node);
  node.judge = () => ({ kind: 'stopped' });
  node.hearFor(1_000, [{ role: 'active', epoch: theirs(1), isVerifiedStopped: false }]);
  const reply = new RecordedReply();
  desk.handle({ verb: 'takeover', groups: ['site'], wait: true }, reply);
  assert.equal(reply.lines.length, 0);
  node.happen({ type: 'configChanged', config: { ...node.state.config, groups: [] } });
  desk.noteTurn();
  const last = reply.lines.at(-1);
  assert.ok(last?.type === 'failed', JSON.stringify(reply.lines));
  assert.match(last.sentence, /site is no longer in haresources/);
});

/** A desk over a node whose jobs end when the test says so. */
function deskOf(node: TestNode): OperatorDesk {
  node.judge = () => undefined;
  const dispatch = (happening: Happening): void => {
    const before = node.effects.length;
    node.happen(happening);
    for (const effect of node.effects.slice(before)) {
      if (effect.type === 'answer') desk.answer(effect.request, effect.answer);
    }
  };
  const desk = new OperatorDesk({
    state: () => node.state,
    dispatch,
    report: () => assert.fail('nobody asks for a status'),
    snapshot: () => assert.fail('nobody asks for a snapshot'),
    note: () => assert.fail('nobody notes anything'),
    recording: () => assert.fail('nobody asks for it'),
    events: { events: async () => await Promise.resolve([]), follow: () => () => undefined },
    reload: async () => await Promise.reject(new Error('nobody asks for a reload')),
  });
  return desk;
}
