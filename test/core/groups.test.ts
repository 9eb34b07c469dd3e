import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { activeNode, address, groupConfig, own, plainConfig, resource, served, TestNode, theirs } from './testNode.ts';

suite('a group that the config no longer has', () => {
  test('finds its epochs again when it comes back, by reload and by restart', () => {
    const node = new TestNode({ disk: [served('site', { holding: 'nothing' })] }).boot();
    node.hear([{ role: 'active', epoch: theirs(7), servedEpoch: theirs(7), isVerifiedStopped: false }]);
    node.happen({ type: 'configChanged', config: { ...plainConfig, groups: [] } });
    assert.deepEqual(node.state.groups, []);
    const written = node.effects.findLast((effect) => effect.type === 'save');
    assert(written?.type === 'save');
    const restarted = new TestNode({ disk: written.durable.groups, config: { groups: [] } }).boot();
    for (const again of [node, restarted]) {
      again.happen({ type: 'configChanged', config: plainConfig });
      assert.deepEqual(again.group().durable.servedEpoch, theirs(7));
    }
  });
});

suite('two nodes with different configurations of a group', () => {
  const failing = { groups: [groupConfig('site', { resources: [resource('db', { monitorMs: 1_000 })] })] };

  function afterFailure(digest: string): TestNode {
    const node = activeNode({ config: failing });
    node.judge = ({ action }) => (action === 'stop' ? { kind: 'done' } : { kind: 'failed', detail: 'x' });
    node.hearFor(6_000, [{ digest, epoch: own(1), servedEpoch: own(1) }]);
    assert.equal(node.group().activity.kind, 'idle');
    return node;
  }

  test('do not offer each other what failed', () => {
    assert.equal(afterFailure('00000001').told().isReleasedToPeer, true);
    assert.equal(afterFailure('00000002').told().isReleasedToPeer, false);
  });

  test('do not take from each other what failed', () => {
    for (const [digest, activity] of [
      ['00000001', 'active'],
      ['00000002', 'idle'],
    ] as const) {
      const node = new TestNode().boot();
      node.hearFor(3_000, [{ digest, armed: 'start-failed', epoch: theirs(1), servedEpoch: theirs(1) }]);
      assert.equal(node.group().activity.kind, activity);
    }
  });

  test('take over from each other when one falls silent', () => {
    const node = new TestNode().boot();
    const serving = { role: 'active', epoch: theirs(1), servedEpoch: theirs(1), isVerifiedStopped: false } as const;
    node.hearFor(3_000, [{ ...serving, digest: '00000002' }]);
    node.advance(3_000);
    assert.equal(node.group().activity.kind, 'active');
  });
});

suite('an address that cannot be asked for', () => {
  test('is put up after two seconds, and that is said', () => {
    const node = new TestNode();
    node.askAnswer = { kind: 'impossible', detail: 'eth0 has no ARP' };
    node.boot().hearFor(1_000);
    assert.notEqual(node.group().activity.kind, 'active');
    node.hearFor(3_000);
    assert.equal(node.group().activity.kind, 'active');
    assert.equal(node.entries('address-unasked').length, 1);
  });
});

suite('the standby side', () => {
  test('is stopped before the first start, whatever the order of the line (I7)', () => {
    const resources = [address, resource('db'), resource('syncer', { side: 'standby' }), resource('web')];
    const node = activeNode({ config: { groups: [groupConfig('site', { dataClass: 'copied', resources })] } });
    const acted = node.jobs().filter((job) => !job.startsWith('status'));
    assert.deepEqual(acted, ['stop syncer', 'start address', 'start db', 'start web']);
  });

  test('that does not stop keeps everything from starting (I7)', () => {
    const resources = [address, resource('db'), resource('syncer', { side: 'standby' })];
    const node = new TestNode({ config: { groups: [groupConfig('site', { dataClass: 'copied', resources })] } });
    node.judge = ({ action, resource: name }) => {
      if (action === 'status') return { kind: 'stopped' };
      return name === 'syncer' ? { kind: 'failed', detail: 'it hangs' } : { kind: 'done' };
    };
    node.boot().hearFor(5_000);
    assert.equal(
      node.jobs().some((job) => job.startsWith('start')),
      false,
    );
  });
});

suite('a daemon that leaves', () => {
  test('says left only when every stop is verified and on disk, and then exits', () => {
    const node = activeNode();
    let isStopped = false;
    node.judge = () => (isStopped ? { kind: 'done' } : undefined);
    node.forget();
    node.happen({ type: 'stopAsked', services: 'release' });
    node.hearFor(2_000, [{ epoch: own(1), servedEpoch: own(1) }]);
    assert.equal(phases(node).has('left'), false);
    isStopped = true;
    for (const job of node.running.splice(0)) node.finish(job, { kind: 'done' });
    node.hearFor(2_000, [{ epoch: own(1), servedEpoch: own(1) }]);
    assert.equal(phases(node).has('left'), true);
    assert.deepEqual(node.effects.filter((effect) => effect.type === 'exit').slice(0, 1), [{ type: 'exit', code: 0 }]);
  });

  test('never says left after a stop that failed (I8)', () => {
    const node = activeNode();
    node.judge = () => ({ kind: 'failed', detail: 'x' });
    node.forget();
    node.happen({ type: 'stopAsked', services: 'release' });
    node.hearFor(8_000, [{ epoch: own(1), servedEpoch: own(1) }]);
    assert.equal(phases(node).has('left'), false);
    assert.equal(node.told().role, 'failed');
    const exit = node.effects.find((effect) => effect.type === 'exit');
    assert(exit?.type === 'exit' && exit.code === 1);
  });

  test('that keeps its services leaves the dead-man order and stops nothing', () => {
    const node = activeNode();
    node.forget();
    node.happen({ type: 'stopAsked', services: 'keep' });
    assert.equal(node.count('setDeadMan'), 1);
    assert.equal(node.count('startJob'), 0);
    assert.equal(node.count('exit'), 1);
  });
});

function phases(node: TestNode): ReadonlySet<string> {
  return new Set(node.effects.flatMap((effect) => (effect.type === 'send' ? [effect.beat.phase] : [])));
}
