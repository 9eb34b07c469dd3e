import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { activeNode, groupConfig, resource, TestNode, theirs } from './testNode.ts';

suite('of a channel', () => {
  test('is told that it is up when both hear each other on it, and why when it no longer is', () => {
    const node = new TestNode().boot();
    node.hear([{}], { hearsOn: 0b01 });
    assert.deepEqual(node.entries('channel-up'), ['channel lan is up']);
    assert.deepEqual(node.entries('channel-down'), []);
    node.hear([{}], { hearsOn: 0b11 });
    assert.deepEqual(node.entries('channel-up'), ['channel lan is up', 'channel cross is up']);
    node.hear([{}], { hearsOn: 0b10 });
    assert.deepEqual(node.entries('channel-down'), ['channel lan is down: the peer does not hear this node on it']);
    for (let count = 0; count < 20; count += 1) node.advance(200, () => node.hear([{}], { hearsOn: 0b01 }, [0]));
    assert.deepEqual(node.entries('channel-up').slice(2), ['channel lan is up']);
    assert.deepEqual(node.entries('channel-down').slice(1), [
      'channel cross is down: the peer does not hear this node on it',
    ]);
    const other = new TestNode().boot();
    other.hear();
    for (let count = 0; count < 20; count += 1) other.advance(200, () => other.hear([{}], {}, [0]));
    assert.deepEqual(other.entries('channel-down'), ['channel cross is down: the peer is not heard on it']);
  });
});

suite('of the peer', () => {
  test('is told when it is late, silent, heard again, and when it leaves', () => {
    const node = activeNode();
    const told = (): readonly string[] =>
      node.effects.flatMap((effect) =>
        effect.type === 'record' && effect.entry.id.startsWith('peer-')
          ? [`${effect.entry.id} ${effect.entry.level}`]
          : [],
      );
    assert.deepEqual(told(), ['peer-heard info']);
    node.forget();
    node.advance(5_000);
    assert.deepEqual(told(), ['peer-late warning', 'peer-silent error']);
    node.forget();
    node.hear();
    assert.deepEqual(told(), ['peer-heard info']);
    assert.deepEqual(node.entries('peer-heard'), ['node2 is heard again']);
    node.hearFor(400, [{}], { phase: 'left' });
    assert.deepEqual(told().slice(1), ['peer-left info']);
  });
});

suite('jeopardy', () => {
  test('is told when one medium was left for warntime, and when it is over', () => {
    const node = new TestNode().boot();
    const one = (): void => node.hear([{}], { hearsOn: 0b01 }, [0]);
    const both = (): void => node.hear();
    node.advance(400, one);
    assert.deepEqual(node.entries('jeopardy'), []);
    node.advance(2_000, one);
    assert.deepEqual(node.entries('jeopardy'), [
      'only one medium to the peer is left: if it fails, nothing is taken over by itself',
    ]);
    node.advance(400, both);
    assert.deepEqual(node.entries('jeopardy-over'), ['at least two media to the peer are usable again']);
    node.advance(5_000, one);
    assert.equal(node.entries('jeopardy').length, 2);
    node.advance(5_000);
    assert.deepEqual(node.entries('jeopardy-over').slice(1), ['the peer is not heard any more']);
  });
});

suite('a takeover that was typed', () => {
  const takeover = { kind: 'takeover', groups: ['site'], isForced: false, reason: '', isDryRun: false } as const;
  const serves = { role: 'active', epoch: theirs(1), servedEpoch: theirs(1), isVerifiedStopped: false } as const;

  function typed(): TestNode {
    const node = new TestNode().boot();
    node.hearFor(400, [serves]);
    assert.equal(node.type(takeover).answer.kind, 'accepted');
    return node;
  }

  function isAccepted(node: TestNode): boolean | undefined {
    const { wish } = node.group();
    return wish?.kind === 'takeover' ? wish.isAccepted : undefined;
  }

  test('is waited for as long as the old owner takes to stop, once it has begun', () => {
    const node = typed();
    node.hearFor(1_000, [serves]);
    assert.equal(isAccepted(node), false);
    node.hearFor(60_000, [{ ...serves, role: 'stopping' }]);
    assert.equal(isAccepted(node), true);
    node.hearFor(60_000, [{ ...serves, role: 'unconfirmed' }]);
    assert.equal(isAccepted(node), true, 'its daemon was restarted on the way');
  });

  test('is off when the old owner falls silent on the way', () => {
    const node = typed();
    node.hearFor(31_000, [{ ...serves, role: 'stopping' }]);
    node.judge = () => undefined;
    node.askAnswer = undefined;
    node.advance(3_000);
    assert.equal(isAccepted(node), undefined);
    assert.match(node.entries('operator').join('\n'), /the takeover of site is off/);
  });

  test('is off at once when the old owner could not stop', () => {
    const node = typed();
    node.hearFor(400, [{ ...serves, role: 'failed' }]);
    assert.equal(isAccepted(node), undefined);
    assert.match(node.entries('operator').join('\n'), /the takeover of site is off: the old owner could not stop/);
  });
});

suite('of a copy', () => {
  const copied = groupConfig('site', { dataClass: 'copied', resources: [resource('db')] });

  test('is told once that it is behind, and since when, until it is good again', () => {
    const node = new TestNode({ config: { groups: [copied] } }).boot();
    const serves = { role: 'active', epoch: theirs(1), servedEpoch: theirs(1), copyEpoch: theirs(1) } as const;
    const sinceMs = node.wallMs;
    node.hearFor(2_000, [{ ...serves, isVerifiedStopped: false }]);
    assert.equal(node.entries('stale').length, 1);
    const { staleSinceWallMs } = node.group().durable;
    assert(staleSinceWallMs !== undefined && staleSinceWallMs - sinceMs < 500);
    node.type({ kind: 'syncBegin', group: 'site', isRewriting: false });
    node.type({ kind: 'syncEnd', group: 'site' });
    node.hearFor(400, [{ ...serves, isVerifiedStopped: false }]);
    assert.equal(node.group().durable.staleSinceWallMs, undefined);
    assert.equal(node.entries('stale').length, 1);
  });
});

suite('that the peer was silent while this node owned', () => {
  test('is remembered by an owner, also by one that still starts, and by nobody else', () => {
    const owner = activeNode();
    const starting = new TestNode();
    starting.judge = ({ action }) => (action === 'status' ? { kind: 'stopped' } : undefined);
    starting.boot().hearFor(800);
    assert.equal(starting.group().activity.kind, 'starting');
    const stopping = activeNode();
    stopping.judge = () => undefined;
    stopping.type({ kind: 'release', groups: ['site'], isForced: true, reason: 'x', isDryRun: false });
    for (const [node, isRemembered] of [
      [owner, true],
      [starting, true],
      [stopping, false],
    ] as const) {
      assert.equal(node.group().durable.isPeerSilent, false);
      node.advance(3_000);
      assert.equal(node.group().durable.isPeerSilent, isRemembered);
    }
  });
});

test('a peer is not written down as silent by an owner that stood still itself, before it has listened', () => {
  const node = activeNode();
  node.hear();
  node.stall(2_500);
  node.advance(1_900);
  assert.equal(node.group().durable.isPeerSilent, false);
  node.advance(200);
  assert.equal(node.group().durable.isPeerSilent, true);
});
