import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Beat } from '../../src/core/beat.ts';
import { incarnations, TestNode } from './testNode.ts';

suite('a beat is sent', () => {
  test('in the oldest version before the peer has said what it speaks', () => {
    const node = new TestNode().boot();
    assert.deepEqual(versionsOf(node), [{ version: 1, versionMax: 2 }]);
  });

  const cases = [
    { name: 'in the newest version that both speak', announced: 2, expected: 2 },
    { name: 'in version 1 to a peer that speaks no other', announced: 1, expected: 1 },
    { name: 'in this build’s newest version to a peer that speaks later ones', announced: 9, expected: 2 },
    { name: 'in version 1 to a peer that announces nonsense', announced: 0, expected: 1 },
  ] as const;
  for (const { name, announced, expected } of cases) {
    test(name, () => {
      const node = new TestNode().boot();
      node.hear([{}], { versionMax: announced });
      node.forget();
      node.hearFor(1_000, [{}], { versionMax: announced });
      assert.deepEqual(versionsOf(node), [{ version: expected, versionMax: 2 }]);
    });
  }

  test('in what a new incarnation announced before it has echoed anything: an older build may have come back', () => {
    const node = new TestNode().boot();
    node.hearFor(1_000);
    node.forget();
    const returned = { incarnation: incarnations.peerAgain, versionMax: 1, version: 1, echo: undefined } as const;
    node.hear([{}], { ...returned, sequence: 1 });
    node.advance(5);
    assert.deepEqual(versionsOf(node), [{ version: 1, versionMax: 2 }]);
    assert.equal(node.state.peer.incarnation, incarnations.peer);
  });

  test('in the version of the peer’s newest beat, not of one that comes late', () => {
    const node = new TestNode().boot();
    node.hearFor(1_000);
    node.hear([{}], { sequence: 1, versionMax: 1 });
    node.forget();
    node.advance(1_000);
    assert.deepEqual(versionsOf(node), [{ version: 2, versionMax: 2 }]);
  });
});

suite('what a peer says of itself', () => {
  const told = { selfFenceMs: 15_000, pingsAnswering: 2 } as const;

  test('is kept from its newest fresh beat', () => {
    const node = new TestNode().boot();
    node.hearFor(1_000, [{}], told);
    assert.deepEqual(saidBy(node), told);
    node.hear([{}], { selfFenceMs: 0, pingsAnswering: undefined, version: 1 });
    assert.deepEqual(saidBy(node), { selfFenceMs: 0, pingsAnswering: undefined });
  });

  test('is not taken from an old beat', () => {
    const node = new TestNode().boot();
    node.hearFor(1_000, [{}], told);
    node.hear([{}], { selfFenceMs: 1, pingsAnswering: 9, echo: { incarnation: incarnations.self, sequence: 4_000 } });
    assert.deepEqual(saidBy(node), told);
  });
});

suite('the time of day', () => {
  test('is told in whole seconds, and the peer’s is compared with this node’s', () => {
    const node = new TestNode().boot();
    node.wallMs = 1_700_000_000_900;
    node.hearFor(1_000, [{}], { wallSeconds: 1_700_000_060 });
    const told = node.effects.flatMap((effect) => (effect.type === 'send' ? [effect.beat.wallSeconds] : [])).at(-1);
    assert.ok(told === 1_700_000_001 || told === 1_700_000_000);
    const ahead = node.state.peer.clockAheadSeconds ?? Number.NaN;
    assert.ok(ahead >= 58 && ahead <= 60, `${ahead} s`);
  });

  test('of a clock that was never set, or of an older build, is not known', () => {
    const node = new TestNode().boot();
    node.hearFor(1_000, [{}], { wallSeconds: undefined });
    assert.equal(node.state.peer.clockAheadSeconds, undefined);
    node.wallMs = -5;
    node.forget();
    node.hearFor(1_000, [{}], { wallSeconds: 1_700_000_000 });
    assert.equal(node.state.peer.clockAheadSeconds, undefined);
    assert.ok(node.effects.every((effect) => effect.type !== 'send' || effect.beat.wallSeconds === undefined));
  });
});

function versionsOf(node: TestNode): readonly Pick<Beat, 'version' | 'versionMax'>[] {
  const sent = node.effects.flatMap((effect) => (effect.type === 'send' ? [effect.beat] : []));
  assert(sent.length > 0, 'a beat was sent');
  const seen = new Set(sent.map(({ version, versionMax }) => JSON.stringify({ version, versionMax })));
  return [...seen].map((text) => JSON.parse(text) as Pick<Beat, 'version' | 'versionMax'>);
}

function saidBy({ state }: TestNode): Pick<Beat, 'selfFenceMs' | 'pingsAnswering'> {
  const { selfFenceMs, pingsAnswering } = state.peer;
  return { selfFenceMs, pingsAnswering };
}
