import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { served, TestNode } from './testNode.ts';

const witness = { leaseMs: 6_000, renewMs: 500, timeoutMs: 250, stopMs: 1_000 };

/** When a restarted daemon last knew its peer to be away. */
function provenAtMs(holding: 'nothing' | 'serving', isHeard: boolean): number | undefined {
  const disk = [served('site', { holding, isPeerProvenAway: true })];
  const node = new TestNode({ config: { guards: { witness } }, disk });
  node.judge = () => undefined;
  node.boot();
  if (isHeard) node.hear();
  const heardAtMs = node.atMs;
  node.advance(5_000);
  return node.state.provenAtMs === undefined ? undefined : node.state.provenAtMs - heardAtMs;
}

suite('with a witness, the proof on the disk that the peer is away', () => {
  test('stands for the lease of what is held until the peer is heard', () => {
    assert.equal(provenAtMs('serving', false), 5_000);
    assert.equal(provenAtMs('serving', true), 0);
  });

  test('is none where nothing was held', () => {
    assert.equal(provenAtMs('nothing', false), undefined);
  });
});
