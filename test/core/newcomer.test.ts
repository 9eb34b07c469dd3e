import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Beat } from '../../src/core/beat.ts';
import type { NodeConfig } from '../../src/core/nodeConfig.ts';
import { peerView } from '../../src/core/peerView.ts';
import { activeNode, plainConfig, TestNode, theirs } from './testNode.ts';

const { deadMs, initdeadMs, keepaliveMs } = plainConfig.timing;
const peerServes = { role: 'active', epoch: theirs(3), servedEpoch: theirs(3), isVerifiedStopped: false } as const;
const old = ['5'.repeat(16), '6'.repeat(16)] as const;
/** Another daemon of this node, which is long gone. */
const earlier = { incarnation: 'e'.repeat(16), sequence: 7 };

/** A standby whose peer served, and has just died. */
function bereft(more: Partial<NodeConfig> = {}): TestNode {
  const node = new TestNode({ config: more }).boot();
  node.hearFor(3_000, [peerServes]);
  assert.equal(node.rule(), 'peer-holds');
  return node;
}

function play(node: TestNode, incarnation: string, sequence: number, echo?: Beat['echo']): void {
  node.hear([peerServes], { incarnation, sequence, echo });
}

function hasClaimed(node: TestNode): boolean {
  return node.entries('claimed').length > 0;
}

suite('somebody without the key who has recorded beats of daemons of the peer that are gone', () => {
  test('keeps nobody from taking over by playing two of them in turn', () => {
    const node = bereft();
    let turn = 0;
    node.advance(4 * deadMs, () => {
      turn += 1;
      play(node, old[turn % 2] ?? '', 5);
    });
    assert(hasClaimed(node));
  });

  test('keeps nobody from taking over by many beats that echo an earlier daemon of this node', () => {
    const node = bereft();
    let sequence = 0;
    node.advance(2 * deadMs, () => {
      sequence += 1;
      play(node, old[0], sequence, earlier);
    });
    assert(hasClaimed(node));
  });

  test('wins no more time than three times what the recording lasted, by playing it slowly', () => {
    const node = bereft();
    // Ten beats, two seconds of a daemon that heard nobody.
    for (let sequence = 1; sequence <= 10; sequence += 1) {
      play(node, old[0], sequence);
      node.advance(deadMs - 100);
    }
    assert(hasClaimed(node));
  });

  test('keeps no daemon from starting alone that was just started', () => {
    const node = new TestNode().boot();
    let turn = 0;
    node.advance(initdeadMs + 2 * deadMs, () => {
      turn += 1;
      play(node, old[turn % 2] ?? '', 5, earlier);
    });
    assert(hasClaimed(node));
  });

  test('keeps nobody from taking over by a recording of many daemons', () => {
    const node = bereft();
    let turn = 0;
    node.advance(60_000, () => {
      turn += 1;
      play(node, String(turn % 40).padStart(16, '0'), 5);
    });
    assert(hasClaimed(node));
  });

  test('makes nobody answer each beat at once', () => {
    const node = bereft();
    node.advance(deadMs + 100);
    node.forget();
    for (let turn = 0; turn < 100; turn += 1) {
      node.advance(5);
      play(node, old[turn % 2] ?? '', 5);
    }
    const sent = node.count('send') / plainConfig.channels.length;
    assert(sent <= 500 / keepaliveMs + 4, `${sent} beats were sent`);
  });
});

suite('a daemon of the peer that was started and does not hear this node', () => {
  test('is waited for as long as it beats', () => {
    const node = bereft();
    let sequence = 0;
    for (let ms = 0; ms < 600_000; ms += keepaliveMs) {
      sequence += 1;
      play(node, old[0], sequence);
      node.advance(keepaliveMs);
    }
    assert.equal(peerView(node.state, node.atMs), 'unaware');
    assert(!hasClaimed(node));
  });

  test('is waited for after it has stood still for as long as it likes', () => {
    const node = activeNode();
    let sequence = 0;
    const beatFor = (ms: number): void => {
      for (let past = 0; past < ms; past += keepaliveMs) {
        sequence += 1;
        play(node, old[0], sequence);
        node.advance(keepaliveMs);
      }
    };
    for (const standsStillMs of [deadMs / 2, deadMs, 2 * deadMs - 1, 2 * deadMs, 60_000]) {
      beatFor(5_000);
      node.advance(standsStillMs);
      beatFor(keepaliveMs);
      assert.equal(peerView(node.state, node.atMs), 'unaware', `${standsStillMs} ms`);
    }
  });

  test('is waited for where it beats on its slow line alone', () => {
    const lan = plainConfig.channels[0];
    assert(lan !== undefined);
    const channels = [{ ...lan, beatMs: 1_800, deadMs: 9_000, isSlow: true }];
    const node = new TestNode({ config: { channels } }).boot();
    let sequence = 0;
    for (let ms = 0; ms < 120_000; ms += 1_800) {
      sequence += 1;
      play(node, old[0], sequence);
      node.advance(1_800);
    }
    assert.equal(peerView(node.state, node.atMs), 'unaware');
  });
});

test('a daemon of the peer that died before it heard this node is fenced with its machine', () => {
  const fence = { delayMs: 1_000, attemptMsMax: 10_000, testMs: 600_000, testMsMax: 5_000, isAtStartup: false };
  const node = bereft({ guards: { fence } });
  play(node, old[0], 1);
  node.advance(2 * deadMs + fence.delayMs);
  const order = node.effects.find((effect) => effect.type === 'fence');
  assert(order?.type === 'fence');
  node.happen({ type: 'fenced', fence: order.fence, outcome: { kind: 'off', by: 'the device' } });
  assert.match(node.entries('claimed').join(), /the peer was fenced/);
});

suite('a daemon of the peer that falls silent before it has answered', () => {
  test('leaves the silence of one medium where it was heard on that one alone', () => {
    const node = bereft();
    beats(node, [0]);
    node.advance(3 * deadMs);
    assert(!hasClaimed(node));
    assert.equal(node.rule(), 'peer-lost-hold');
  });

  test('leaves that of two media where it was heard on both', () => {
    const node = bereft();
    beats(node, [0, 1]);
    node.advance(3 * deadMs);
    assert(hasClaimed(node));
  });

  test('was heard on a channel when its newest beat first came there, and soon enough', () => {
    const node = bereft();
    const [first, second] = old;
    const arrived = (channel: number): number | undefined => node.state.channels[channel]?.arrivedAtMs;
    const hear = (incarnation: string, sequence: number, channel: number): void =>
      node.hear([peerServes], { incarnation, sequence, echo: undefined }, [channel]);
    const heardAtMs = arrived(1);
    node.advance(100);
    hear(first, 9, 0);
    hear(second, 4, 0);
    hear(second, 5, 0);
    const cameAtMs = node.atMs;
    assert.equal(arrived(0), cameAtMs);
    node.advance(100);
    hear(second, 4, 1);
    assert.equal(arrived(1), heardAtMs, 'an older beat of it');
    hear(first, 5, 1);
    assert.equal(arrived(1), heardAtMs, 'a beat of another one, which counted further');
    hear(second, 5, 1);
    assert.equal(arrived(1), node.atMs);
    hear(second, 5, 0);
    assert.equal(arrived(0), cameAtMs, 'the same beat once more');
    hear(second, 6, 0);
    const againMs = arrived(1);
    node.advance(deadMs);
    hear(second, 6, 1);
    assert.equal(arrived(1), againMs, 'after deadtime it is old');
  });
});

/** Two deadtimes long, as a daemon that lives and hears nobody. */
function beats(node: TestNode, channels: readonly number[]): void {
  let sequence = 0;
  node.advance(2 * deadMs, () => {
    sequence += 1;
    node.hear([peerServes], { incarnation: old[0], sequence, echo: undefined }, channels);
  });
}
