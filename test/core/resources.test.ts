import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ResourceAction } from '../../src/core/event.ts';
import type { JobOutcome } from '../../src/core/job.ts';
import { activeNode, groupConfig, resource, TestNode } from './testNode.ts';

const groups = [
  groupConfig('site', {
    resources: [
      resource('db', { startTimeoutMs: 1_000, stopTimeoutMs: 2_000, monitorMs: 10_000 }),
      resource('web', { startTimeoutMs: 3_000, stopTimeoutMs: 4_000 }),
    ],
  }),
];

function type(node: TestNode, action: ResourceAction, name = 'web', group = 'site'): string {
  const { answer } = node.type({ kind: 'resource', group, resource: name, action });
  return answer.kind === 'refused' ? `${answer.sentence}; ${answer.next}` : answer.sentence;
}

function worked(isMaintained: boolean): TestNode {
  const node = activeNode({ config: { groups } });
  if (isMaintained) node.type({ kind: 'maintenance', groups: [], isOn: true, reason: '' });
  node.forget();
  return node;
}

suite('one resource by hand', () => {
  test('is refused with what is there and what to do', () => {
    assert.match(type(worked(true), 'stop', 'web', 'sight'), /there is no group sight/);
    assert.match(type(worked(true), 'stop', 'wep'), /site has no resource wep; it has db, web; hactl status/);
    assert.match(type(new TestNode({ config: { groups } }), 'restart'), /site is not active on node1/);
    assert.match(type(worked(false), 'stop'), /a check would undo it.*hactl maintenance on site/);
    assert.match(type(worked(false), 'start'), /a check would undo it/);
    assert.match(type(worked(true), 'restart'), /site is in maintenance; hactl resource stop site web/);
  });

  test('is refused while another one is being worked on', () => {
    const node = worked(true);
    node.judge = () => undefined;
    assert.equal(type(node, 'stop'), 'stopping web');
    assert.equal(node.group().resources['web']?.state, 'stopping');
    assert.match(type(node, 'start', 'db'), /web is being worked on/);
  });

  test('is started and stopped in maintenance, in the time that is configured for it', () => {
    for (const [name, action, timeoutMs] of [
      ['db', 'start', 1_000],
      ['db', 'stop', 2_000],
      ['web', 'start', 3_000],
      ['web', 'stop', 4_000],
    ] as const) {
      const node = worked(true);
      assert.equal(type(node, action, name), `${action === 'start' ? 'starting' : 'stopping'} ${name}`);
      const job = node.effects.find((effect) => effect.type === 'startJob');
      assert(job?.type === 'startJob');
      assert.deepEqual([job.spec.resource, job.spec.action, job.spec.timeoutMs], [name, action, timeoutMs]);
    }
  });

  test('is shown as its script has answered', () => {
    const cases: ReadonlyArray<readonly [ResourceAction, JobOutcome, string, string]> = [
      ['start', { kind: 'done' }, 'running', 'by hand'],
      ['stop', { kind: 'done' }, 'stopped', 'by hand'],
      ['start', { kind: 'stopped' }, 'stopped', 'by hand'],
      ['stop', { kind: 'stopped' }, 'stopped', 'by hand'],
      ['start', { kind: 'running' }, 'running', 'by hand'],
      ['stop', { kind: 'running' }, 'running', 'by hand'],
      ['start', { kind: 'failed', detail: 'no disk' }, 'failed', 'no disk'],
      ['stop', { kind: 'timedOut', afterMs: 9, detail: 'it hangs' }, 'failed', 'it hangs'],
    ];
    for (const [action, outcome, state, detail] of cases) {
      const node = worked(true);
      node.judge = () => outcome;
      type(node, action);
      assert.deepEqual(node.group().resources['web'], { state, detail }, `${action} ${outcome.kind}`);
      assert.equal(node.group().activity.kind, 'active', 'it is his to judge');
      assert.equal(node.entries('job-failed').length, state === 'failed' ? 1 : 0);
      assert.match(
        node.entries('job-failed').join(),
        state === 'failed' ? new RegExp(`the ${action} by hand failed`) : /^$/,
      );
    }
  });

  test('is restarted with what stands to its right', () => {
    const node = worked(false);
    assert.equal(type(node, 'restart', 'db'), 'restarting db, and what stands to its right');
    node.hearFor(400);
    assert.deepEqual(node.jobs(), ['stop web', 'stop db', 'start db', 'start web']);
    const other = worked(false);
    type(other, 'restart', 'web');
    other.hearFor(400);
    assert.deepEqual(other.jobs(), ['stop web', 'start db', 'start web']);
  });
});

suite('a cleanup', () => {
  test('forgets what failed and the pause after it, and checks at once', () => {
    const node = worked(false);
    node.judge = () => ({ kind: 'failed', detail: 'x' });
    node.state = { ...node.state, isHoldMode: true };
    node.hearFor(30_000);
    assert.equal(node.group().resources['db']?.state, 'failed');
    node.state = { ...node.state, isHoldMode: false };
    node.judge = () => undefined;
    node.forget();
    assert.equal(type(node, 'cleanup', 'db'), 'the failures of db are forgotten');
    assert.deepEqual(node.group().resources['db'], { state: 'unknown', detail: '' });
    assert.deepEqual(node.jobs(), ['status db']);
    const { failedAtMs, sentence, backoffs, backoffUntilMs } = node.group().trouble;
    assert.deepEqual([failedAtMs, sentence, backoffs, backoffUntilMs], [[], undefined, 0, node.atMs]);
  });

  test('leaves alone what runs, and what is not checked', () => {
    const node = worked(false);
    node.judge = () => undefined;
    type(node, 'cleanup');
    assert.equal(node.group().resources['web']?.state, 'running');
    assert.deepEqual(Object.keys(node.group().monitors), ['db']);
    assert.deepEqual(node.jobs(), []);
  });
});
