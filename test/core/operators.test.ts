import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { GroupBeat } from '../../src/core/beat.ts';
import { newDurableGroup } from '../../src/core/durable.ts';
import type { OperatorWish } from '../../src/core/event.ts';
import { activeNode, groupConfig, own, resource, served, TestNode, theirs } from './testNode.ts';

const takeover: OperatorWish = { kind: 'takeover', groups: ['site'], isForced: false, reason: '', isDryRun: false };
const release: OperatorWish = { kind: 'release', groups: ['site'], isForced: false, reason: '', isDryRun: false };
const confirmDead: OperatorWish = { kind: 'confirmDead', node: 'node2', reason: 'x', isForced: false };
const peerServes: Partial<GroupBeat> = {
  role: 'active',
  epoch: theirs(1),
  servedEpoch: theirs(1),
  copyEpoch: theirs(1),
  isVerifiedStopped: false,
};

const isDown: Partial<GroupBeat> = { ...peerServes, role: 'released', armed: 'down-by-order', isVerifiedStopped: true };
const downByOrder = served('site', {
  epoch: theirs(1),
  servedEpoch: theirs(1),
  isDownByOrder: true,
  holding: 'nothing',
});

const manual = { mode: 'manual', isSingleChannelAllowed: false, isStrict: false } as const;

const copied = groupConfig('site', {
  dataClass: 'copied',
  resources: [resource('db'), resource('syncer', { side: 'standby' })],
});
const unsynced = groupConfig('site', { dataClass: 'copied', resources: [resource('db')] });
const fresh = { ...newDurableGroup('site', 0), epoch: theirs(1), servedEpoch: theirs(1), copyEpoch: theirs(1) };

function beside(said: Partial<GroupBeat>, node = new TestNode()): TestNode {
  node.boot().hearFor(400, [said]);
  return node;
}

suite('an operator is refused, and told what to do:', () => {
  const cases: ReadonlyArray<{ name: string; node: () => TestNode; wish: OperatorWish; says: RegExp; next: RegExp }> = [
    {
      name: 'a takeover of a group that there is not',
      node: () => beside({}),
      wish: { ...takeover, groups: ['sight'] },
      says: /no group sight; there is site/,
      next: /hactl status/,
    },
    {
      name: 'a takeover from a silent peer',
      node: () => {
        const node = beside(peerServes, new TestNode({ config: { takeover: manual } }));
        node.advance(5_000);
        return node;
      },
      wish: takeover,
      says: /node2 is silent/,
      next: /hactl confirm-dead node2/,
    },
    {
      name: 'a takeover with a stale copy',
      node: () => beside(peerServes, new TestNode({ config: { groups: [copied] } })),
      wish: takeover,
      says: /the copy on this node is stale for group site since \d\d:\d\d:\d\d UTC/,
      next: /--force --reason/,
    },
    {
      name: 'a takeover that no last sync would precede, with the lag named',
      node: () => {
        const node = new TestNode({ config: { groups: [unsynced] } });
        const sync = { beganWallMs: node.wallMs - 90_000, endedWallMs: node.wallMs };
        return beside(peerServes, new TestNode({ config: { groups: [unsynced] }, disk: [{ ...fresh, sync }] }));
      },
      wish: takeover,
      says: /this copy is 90 s old/,
      next: /--force --reason/,
    },
    {
      name: 'a takeover from a peer with another configuration',
      node: () => beside({ ...peerServes, digest: '00000002' }),
      wish: takeover,
      says: /different configurations of group site/,
      next: /hactl check/,
    },
    {
      name: 'by force, too, while that peer may run it',
      node: () => beside({ ...peerServes, digest: '00000002' }),
      wish: { ...takeover, isForced: true },
      says: /different configurations of group site/,
      next: /^hactl check$/,
    },
    {
      name: 'a start of what no node runs, where the configurations differ',
      node: () => beside({ ...isDown, digest: '00000002' }, new TestNode({ disk: [downByOrder] })),
      wish: takeover,
      says: /different configurations of group site/,
      next: /hactl check.*hactl takeover site --force --reason TEXT/,
    },
    {
      name: 'a takeover of a group that the peer has not told of',
      node: () => {
        const node = new TestNode().boot();
        node.hearFor(400, [], { isShort: true });
        return node;
      },
      wish: takeover,
      says: /has not said that it knows site/,
      next: /hactl check/,
    },
    {
      name: 'a takeover from a peer that could not stop',
      node: () => beside({ ...peerServes, role: 'failed' }),
      wish: takeover,
      says: /node2 could not stop/,
      next: /on node2.*hactl confirm-stopped site/,
    },
    {
      name: 'a release by a node that does not own',
      node: () => beside(peerServes),
      wish: release,
      says: /site is not active on node1/,
      next: /on the node where it is active/,
    },
    {
      name: 'a release to a peer that is not armed',
      node: () => {
        const node = activeNode();
        node.hearFor(400, [{ armed: 'no-carrier', epoch: own(1), servedEpoch: own(1) }]);
        return node;
      },
      wish: release,
      says: /node2 is not armed for site: its service device has no carrier/,
      next: /hactl release site --force/,
    },
    {
      name: 'to call a peer dead that beats',
      node: () => beside({}),
      wish: confirmDead,
      says: /node2 is alive/,
      next: /hactl status/,
    },
    {
      name: 'to call somebody dead who is not the peer',
      node: () => beside({}),
      wish: { ...confirmDead, node: 'node3' },
      says: /node3 is not the peer/,
      next: /hactl confirm-dead node2/,
    },
    {
      name: 'to confirm a stop that never failed',
      node: () => beside({}),
      wish: { kind: 'confirmStopped', group: 'site', reason: 'x' },
      says: /no stop of site has failed/,
      next: /hactl status/,
    },
    {
      name: 'a sync on the node that serves',
      node: () => activeNode({ config: { groups: [copied] } }),
      wish: { kind: 'syncBegin', group: 'site', isRewriting: false },
      says: /node1 itself holds site/,
      next: /run the sync on node2/,
    },
    {
      name: 'a sync from a peer that is not heard',
      node: () => {
        const node = beside(peerServes, new TestNode({ config: { groups: [copied] } }));
        node.advance(5_000);
        return node;
      },
      wish: { kind: 'syncBegin', group: 'site', isRewriting: false },
      says: /node2 is not heard/,
      next: /hactl status/,
    },
    {
      name: 'a sync from a copy that is older than the one here (I12)',
      node: () =>
        beside(
          { ...peerServes, role: 'released', copyEpoch: theirs(1) },
          new TestNode({
            config: { groups: [copied], takeover: manual, isObserver: true },
            disk: [served('site', { holding: 'nothing', copyEpoch: own(2), epoch: own(2), servedEpoch: own(2) })],
          }),
        ),
      wish: { kind: 'syncBegin', group: 'site', isRewriting: false },
      says: /the copy here \(epoch 2\) is newer than that of node2 \(epoch 1\)/,
      next: /hactl status/,
    },
    {
      name: 'the end of a sync that has not begun',
      node: () => beside(peerServes, new TestNode({ config: { groups: [copied] } })),
      wish: { kind: 'syncEnd', group: 'site' },
      says: /no sync of site has begun/,
      next: /hactl sync-begin site/,
    },
  ];
  for (const { name, node: make, wish, says, next } of cases) {
    test(name, () => {
      const node = make();
      const before = node.state.groups.map(({ durable, wish: wanted }) => ({ durable, wanted }));
      const { answer } = node.type(wish);
      assert(answer.kind === 'refused', 'it is refused');
      assert.match(answer.sentence, says);
      assert.match(answer.next, next);
      assert.deepEqual(
        node.state.groups.map(({ durable, wish: wanted }) => ({ durable, wanted })),
        before,
        'a refusal changes nothing',
      );
    });
  }
});

suite('what is accepted', () => {
  test('is answered when it is on disk, and not before', () => {
    const node = activeNode();
    node.hearFor(400, [{ armed: 'no-carrier', epoch: own(1), servedEpoch: own(1) }]);
    node.disk = 'late';
    node.forget();
    node.happen({ type: 'operatorAsked', request: 'r', wish: { kind: 'standby', isForced: true, reason: 'x' } });
    assert.equal(node.count('answer'), 0);
    node.saved();
    node.saved();
    const [answer] = node.effects.filter((effect) => effect.type === 'answer');
    assert(answer?.type === 'answer' && answer.answer.kind === 'accepted');
  });

  test('as a dry run is answered in the same words and changes nothing', () => {
    const node = beside({ ...peerServes }, new TestNode());
    const before = node.group();
    const { answer } = node.type({ ...takeover, isDryRun: true });
    assert.equal(answer.kind, 'accepted');
    assert.equal(node.group(), before);
    const owner = activeNode();
    assert.equal(owner.type({ ...release, isDryRun: true }).answer.kind, 'accepted');
    assert.equal(owner.group().wish, undefined);
    assert.equal(owner.group().activity.kind, 'active');
  });

  test('as a forced start of what no node runs is done, although the configurations differ', () => {
    const said = { ...isDown, digest: '00000002' };
    const node = beside(said, new TestNode({ disk: [downByOrder] }));
    assert.equal(node.group().because.rule, 'down-by-order');
    assert.equal(node.type({ ...takeover, isForced: true }).answer.kind, 'accepted');
    node.hearFor(1_000, [said]);
    assert.equal(node.group().activity.kind, 'active');
  });

  test('as a forced takeover from a peer that stands by is by what both say, and by nothing that the operator knows', () => {
    const node = beside({ ...isDown }, new TestNode({ disk: [downByOrder] }));
    assert.equal(node.type({ ...takeover, isForced: true }).answer.kind, 'accepted');
    node.hearFor(1_000, [isDown]);
    assert.equal(node.group().activity.kind, 'active');
    assert.doesNotMatch(node.entries('claimed').join(), /an operator confirmed/);
  });

  test('as a takeover is off after 30 s when the owner does not answer it', () => {
    const node = beside(peerServes);
    assert.equal(node.type(takeover).answer.kind, 'accepted');
    node.hearFor(29_000, [peerServes]);
    assert.notEqual(node.group().wish, undefined);
    node.hearFor(2_000, [peerServes]);
    assert.equal(node.group().wish, undefined);
  });

  test('as a sync gives the copy the epoch under which it began', () => {
    const node = beside(peerServes, new TestNode({ config: { groups: [copied] } }));
    node.type({ kind: 'syncBegin', group: 'site', isRewriting: true });
    assert.equal(node.group().durable.isCopyWithdrawn, true);
    node.hearFor(400, [peerServes]);
    node.type({ kind: 'syncEnd', group: 'site' });
    const { copyEpoch, isCopyWithdrawn } = node.group().durable;
    assert.deepEqual({ copyEpoch, isCopyWithdrawn }, { copyEpoch: theirs(1), isCopyWithdrawn: false });
  });
});

suite('what is accepted and cannot be written', () => {
  const wishes: readonly OperatorWish[] = [
    { kind: 'maintenance', groups: ['site'], isOn: true, reason: 'x' },
    { kind: 'standby', isForced: true, reason: 'x' },
  ];

  test('is answered so: it holds, a restart forgets it, and it is written when the disk is back', () => {
    for (const wish of wishes) {
      const node = activeNode();
      node.disk = 'broken';
      const { answer } = node.type(wish);
      assert(answer.kind === 'unsaved', wish.kind);
      assert.match(answer.sentence, /site|node1/);
      assert.match(answer.sentence, /could not be written: no space: a restart .* forgets it/);
      assert.match(answer.next, /free the disk/);
      node.disk = 'good';
      node.hearFor(3_000);
      const [saved] = node.state.disk.saved;
      assert(saved?.isMaintained === true || saved?.isStandbyByOrder === true);
    }
  });
});

test('a copy that is half rewritten is made whole by no sync that appends', () => {
  const node = beside(peerServes, new TestNode({ config: { groups: [copied] } }));
  node.type({ kind: 'syncBegin', group: 'site', isRewriting: true });
  const { answer } = node.type({ kind: 'syncBegin', group: 'site', isRewriting: false });
  assert(answer.kind === 'refused');
  assert.match(answer.next, /hactl sync-begin site --rewrites/);
  node.type({ kind: 'syncBegin', group: 'site', isRewriting: true });
  node.type({ kind: 'syncEnd', group: 'site' });
  assert.equal(node.group().durable.isCopyWithdrawn, false);
  assert.equal(node.type({ kind: 'syncBegin', group: 'site', isRewriting: false }).answer.kind, 'accepted');
});

test('what an operator has seen to on one node says nothing about what the other one could not stop', () => {
  const stopFailed = { resource: 'db', detail: 'it hangs' };
  const disk = [served('site', { holding: 'stopping', stopFailed, hasPeerStopFailed: true })];
  const node = new TestNode({ disk });
  node.judge = () => ({ kind: 'running' });
  node.boot();
  const seen: OperatorWish = { kind: 'confirmStopped', group: 'site', reason: 'x' };
  assert.match(node.type(seen).answer.sentence, /stopped here, and not what node2 could not stop/);
  assert.equal(node.group().durable.hasPeerStopFailed, true);
  node.type(seen);
  assert.equal(node.group().durable.hasPeerStopFailed, false);
});

test('the begin of a sync is answered with the epoch of what is copied, and nothing else with one', () => {
  const node = beside(peerServes, new TestNode({ config: { groups: [copied] } }));
  const { answer: began } = node.type({ kind: 'syncBegin', group: 'site', isRewriting: false });
  assert(began.kind === 'accepted' && began.epochCounter === 1);
  const { answer: online } = node.type({ kind: 'online' });
  assert.deepEqual(Object.keys(online), ['kind', 'sentence']);
});
