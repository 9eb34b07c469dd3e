import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { JobOutcome } from '../../src/core/job.ts';
import { address, groupConfig, resource, served, TestNode } from './testNode.ts';

suite('the first look at what runs', () => {
  test('asks each resource, and gives it its own time to answer', () => {
    const resources = [{ ...address, statusTimeoutMs: 700 }, resource('db', { statusTimeoutMs: 1_500 })];
    const node = new TestNode({ config: { groups: [groupConfig('site', { resources })] } }).boot();
    const asked = node.effects.flatMap((effect) =>
      effect.type === 'startJob' ? [[effect.spec.resource, effect.spec.action, effect.spec.timeoutMs]] : [],
    );
    assert.deepEqual(asked, [
      ['db', 'status', 1_500],
      ['address', 'status', 700],
    ]);
  });

  test('shows what each has answered, in its own words where it failed', () => {
    const cases: ReadonlyArray<readonly [JobOutcome, string, string]> = [
      [{ kind: 'running' }, 'running', ''],
      [{ kind: 'stopped' }, 'stopped', ''],
      [{ kind: 'done' }, 'unknown', ''],
      [{ kind: 'failed', detail: 'no pid file' }, 'unknown', 'no pid file'],
      [{ kind: 'timedOut', afterMs: 1_000, detail: 'no answer' }, 'unknown', 'no answer'],
      [{ kind: 'notStarted', detail: 'no such script' }, 'unknown', 'no such script'],
    ];
    for (const [outcome, state, detail] of cases) {
      const node = new TestNode();
      node.judge = ({ resource: name }) => (name === 'db' ? outcome : undefined);
      node.boot();
      assert.deepEqual(node.group().resources['db'], { state, detail });
    }
  });
});

suite('what runs when the daemon starts', () => {
  function started(holding: 'nothing' | 'claimed' | 'serving', isSameBoot = true): TestNode {
    const node = new TestNode({ disk: [served('site', { holding })], isSameBoot });
    node.judge = ({ action }) => (action === 'status' ? { kind: 'running' } : undefined);
    return node.boot();
  }

  test('is left running where the disk says that this node had claimed it, or served', () => {
    for (const holding of ['claimed', 'serving'] as const) {
      assert.equal(started(holding).group().activity.kind, 'unconfirmed');
    }
  });

  test('is stopped where nothing was held, and that is no loss of what was', () => {
    const node = started('nothing');
    assert.equal(node.group().activity.kind, 'stopping');
    assert.equal(node.group().hasLostByRestart, false);
  });

  test('is stopped after a reboot, and what was held is lost by it', () => {
    const node = started('serving', false);
    assert.equal(node.group().activity.kind, 'stopping');
    assert.equal(node.group().hasLostByRestart, true);
  });

  test('is stopped after a reboot, too, where the daemon is killed while it still asks, and starts again', () => {
    const before = new TestNode({ disk: [served('site', { isPeerSilent: true })], isSameBoot: false });
    before.judge = () => undefined;
    before.boot().hear();
    const written = before.effects.findLast((effect) => effect.type === 'save');
    assert(written !== undefined, 'what the disk said of an earlier boot is written in this one');
    const node = new TestNode({ disk: written.durable.groups });
    node.judge = ({ action }) => (action === 'status' ? { kind: 'running' } : undefined);
    assert.equal(node.boot().group().activity.kind, 'stopping');
    assert.equal(node.group().hasLostByRestart, true);
  });

  test('is stopped after a reboot, too, where the runner stops another group by its dead-man order meanwhile', () => {
    const groups = [groupConfig('site'), groupConfig('mail', { resources: [resource('smtp')] })];
    const node = new TestNode({ config: { groups }, disk: [served('site')], isSameBoot: false });
    node.judge = ({ group, action }) =>
      group === 'site' ? undefined : { kind: action === 'status' ? 'stopped' : 'done' };
    const mail = { name: 'mail' };
    node.boot().hearFor(1_000, [{}, mail]);
    assert.equal(node.group('mail').activity.kind, 'active');
    node.judge = () => undefined;
    node.happen({ type: 'deadManDone', group: 'mail', outcome: { kind: 'done' } });
    node.advance(200);
    assert.deepEqual([node.told('mail').role, node.told('site').role], ['unconfirmed', 'standby']);
    node.judge = ({ action }) => (action === 'status' ? { kind: 'running' } : undefined);
    for (const spec of node.running.splice(0)) node.finish(spec, { kind: 'running' });
    assert.equal(node.group('mail').activity.kind, 'starting', 'it served in this boot, and goes on');
    assert.equal(node.group('site').activity.kind, 'stopping');
  });
});
