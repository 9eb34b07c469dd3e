import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { OperatorWish } from '../../src/core/event.ts';
import { peerView } from '../../src/core/peerView.ts';
import { incarnations, served, TestNode, theirs } from './testNode.ts';

const takeover: OperatorWish = { kind: 'takeover', groups: ['site'], isForced: false, reason: '', isDryRun: false };

suite('a takeover of what was served here before the restart, and may be at the silent peer by now', () => {
  /** `meanwhile`: while the node asks what runs. */
  function waiting(meanwhile: (node: TestNode) => void = (node) => node.advance(20_000)): TestNode {
    const takeoverByHand = { mode: 'manual', isSingleChannelAllowed: false, isStrict: false } as const;
    // The peer claimed it once, and withdrew that: this node is not the owner of record.
    const disk = [served('site', { epoch: theirs(2) })];
    const node = new TestNode({ disk, config: { takeover: takeoverByHand, startupAlone: 'hold' } });
    node.judge = ({ action }) => (action === 'status' ? undefined : { kind: 'done' });
    node.boot();
    meanwhile(node);
    node.judge = ({ action }) => (action === 'status' ? { kind: 'running' } : { kind: 'done' });
    for (const spec of node.running.splice(0)) node.finish(spec, { kind: 'running' });
    assert.equal(node.group().activity.kind, 'unconfirmed');
    return node;
  }

  /** Beats that echo the first of this node: the peer does not hear it any more. */
  function hearOneWay(node: TestNode): void {
    const echo = { incarnation: incarnations.self, sequence: 1 };
    for (let time = 0; time < 20; time += 1) {
      node.advance(200);
      node.hear([{}], { echo });
    }
  }

  test('is refused, by name and without, and what is missing is told', () => {
    for (const groups of [['site'], []]) {
      const { answer } = waiting().type({ ...takeover, groups });
      assert(answer.kind === 'refused', groups.join());
      assert.match(answer.sentence, /node2 is silent: whether it still runs site is not known/);
      assert.match(answer.next, /hactl confirm-dead node2/);
    }
  });

  test('is refused likewise where the peer was heard, and fell silent or hears this node no more', () => {
    const heard = (node: TestNode): void => node.hearFor(1_000, [{ epoch: theirs(2) }]);
    for (const [view, then, says] of [
      ['silent', (node: TestNode) => node.advance(20_000), /node2 is silent/],
      ['oneWay', hearOneWay, /node2 lives and does not hear this node/],
    ] as const) {
      const node = waiting((one) => {
        heard(one);
        then(one);
      });
      assert.equal(peerView(node.state, node.atMs), view);
      const { answer } = node.type(takeover);
      assert(answer.kind === 'refused', view);
      assert.match(answer.sentence, says);
    }
  });

  test('is accepted once the peer is confirmed dead', () => {
    const node = waiting();
    const confirmed = node.type({ kind: 'confirmDead', node: 'node2', reason: 'x', isForced: false });
    assert.equal(confirmed.answer.kind, 'accepted');
    assert.equal(node.type(takeover).answer.kind, 'accepted');
    node.advance(1_000);
    assert.equal(node.group().activity.kind, 'active');
  });
});
