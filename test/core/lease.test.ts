import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { served, TestNode, theirs } from './testNode.ts';

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

suite('with a witness, what the peer has released', () => {
  /** The peer gives the group away and is not heard any more; for so long the address is in use. */
  function releasedAgo(ms: number): TestNode {
    const node = new TestNode({ config: { guards: { witness } } }).boot();
    const epochs = { epoch: theirs(3), servedEpoch: theirs(3), copyEpoch: theirs(3) };
    node.hearFor(1_000, [{ ...epochs, role: 'active', isVerifiedStopped: false }]);
    node.askAnswer = { kind: 'answered', mac: '02:00:00:00:00:09', address: '192.0.2.1' };
    node.hearFor(400, [{ ...epochs, role: 'released', isReleasedToPeer: true }]);
    node.advance(ms);
    node.forget();
    node.askAnswer = { kind: 'silent' };
    node.advance(500);
    return node;
  }

  test('is taken by its word, as long as that gives a right to serve', () => {
    assert.equal(releasedAgo(3_000).entries('claimed').length, 1);
  });

  test('is taken by the lease alone when the peer may have asked for it meanwhile', () => {
    const node = releasedAgo(5_000);
    assert.equal(node.entries('claimed').length, 0);
    assert.equal(node.rule(), 'witness-pause');
    node.advance(2_500);
    assert.equal(node.rule(), 'witness-asked');
  });
});
