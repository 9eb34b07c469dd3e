import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { peerView } from '../../src/core/peerView.ts';
import { activeNode, groupConfig, incarnations, plainConfig, TestNode, theirs } from './testNode.ts';

const slowLine = {
  name: 'serial',
  medium: 'serial',
  type: 'serial',
  beatMs: 1_500,
  deadMs: 6_000,
  isSlow: true,
} as const;
const channels = [...plainConfig.channels.slice(0, 1), slowLine];

suite('an echo', () => {
  test('of a short beat that named another group proves nothing about a claim', () => {
    const node = new TestNode({
      config: { channels: [slowLine], groups: [groupConfig('a'), groupConfig('b')] },
    }).boot();
    const said = [
      { name: 'a', role: 'active', isVerifiedStopped: false },
      { name: 'b', armed: 'broken' },
    ] as const;
    const hear = (): void => {
      // The line tells of `a` next, whatever changed.
      node.state = { ...node.state, channels: node.state.channels.map((channel) => ({ ...channel, nextGroup: 0 })) };
      node.hear(said);
      node.advance(10);
    };
    while (node.group('b').activity.kind !== 'claiming' && node.atMs < 1_010_000) hear();
    node.forget();
    node.advance(5);
    const { activity } = node.group('b');
    assert(activity.kind === 'claiming' && activity.toldInSequence !== undefined);
    // The beat that went out with the claim named the other group.
    node.hear(said);
    assert.equal(node.group('b').activity.kind, 'claiming');
    for (let round = 0; round < 2; round += 1) {
      node.advance(1_500);
      node.hear(said);
    }
    assert.equal(node.group('b').activity.kind, 'active');
  });

  const a = { name: 'a', role: 'active', isVerifiedStopped: false } as const;
  const b = { name: 'b', armed: 'broken' } as const;

  /** It has told that it claims `b`, and waits for the echo. */
  function claiming(): { readonly node: TestNode; readonly toldInSequence: number } {
    const node = new TestNode({ config: { groups: [groupConfig('a'), groupConfig('b')] } }).boot();
    node.until(
      () => node.group('b').activity.kind === 'claiming',
      () => {
        node.hear([a, b]);
        node.advance(10);
      },
    );
    node.advance(5);
    const { activity } = node.group('b');
    assert(activity.kind === 'claiming' && activity.toldInSequence !== undefined);
    return { node, toldInSequence: activity.toldInSequence };
  }

  test('in a beat that names another group proves nothing about a claim before the peer has told of the group', () => {
    const { node, toldInSequence } = claiming();
    // Sent before the peer heard of the claim, and overtaken on the way.
    const late = { sequence: 100, echo: { incarnation: incarnations.self, sequence: toldInSequence - 1 } };
    node.hear([a], { sequence: 101, isShort: true });
    node.hear([b], { ...late, isShort: true });
    assert.equal(node.group('b').activity.kind, 'claiming');
    // The peer had claimed it too, and says so at last.
    node.hear([{ ...b, role: 'starting', epoch: theirs(1), isVerifiedStopped: false }], { sequence: 102 });
    assert.equal(node.group('b').activity.kind, 'idle');
    assert.equal(node.group('b').durable.holding, 'nothing');
  });

  test('that came in a beat of another group counts with the next beat that names the group', () => {
    const { node } = claiming();
    node.hear([a], { sequence: 101, isShort: true });
    node.advance(5);
    assert.equal(node.group('b').activity.kind, 'claiming');
    node.hear([b], { sequence: 102, echo: undefined, isShort: true });
    node.advance(5);
    assert.equal(node.group('b').activity.kind, 'active');
    assert.equal(node.group('b').untoldEcho, undefined);
  });

  test('that grows old on a slow line makes the peer one-way between two of its beats, too', () => {
    const node = activeNode({ config: { channels } });
    const echo = { incarnation: incarnations.self, sequence: node.state.beats.sequence };
    for (let round = 0; round < 8; round += 1) {
      node.hear([{}], { echo, phase: 'suspect' }, [1]);
      node.advance(1_500);
    }
    // The newest of these beats is older than the deadtime of the fast channels.
    node.hear([{}], { echo, phase: 'suspect' }, [1]);
    node.advance(2_500);
    assert.equal(peerView(node.state, node.atMs), 'oneWay');
  });

  test('that never comes on a slow line keeps the peer unaware between two of its beats, too', () => {
    const node = new TestNode({ config: { channels } }).boot();
    for (let round = 0; round < 8; round += 1) {
      node.hear([{}], { echo: undefined }, [1]);
      node.advance(2_500);
      assert.equal(peerView(node.state, node.atMs), 'unaware');
      assert.equal(node.group().activity.kind, 'idle');
    }
  });

  test('of a beat from before a stall proves no life, and after it the peer is heard again (H2)', () => {
    const node = activeNode({ config: { channels: plainConfig.channels } });
    const old = { incarnation: incarnations.self, sequence: node.state.beats.sequence };
    node.stall(5_000);
    node.hear([{}], { echo: old });
    assert.notEqual(peerView(node.state, node.atMs), 'heard');
    node.hear();
    assert.equal(peerView(node.state, node.atMs), 'heard');
  });
});

suite('an operator who confirms that the peer is dead', () => {
  test('is refused while its beats come on a slow line', () => {
    const node = new TestNode({ config: { channels } }).boot();
    node.hear([{}], { echo: undefined }, [1]);
    node.advance(2_500);
    const { answer } = node.type({ kind: 'confirmDead', node: 'node2', reason: 'x', isForced: false });
    assert.equal(answer.kind, 'refused');
  });
});
