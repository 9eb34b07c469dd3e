import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { fenceTestAtMs } from '../../src/core/fenceTest.ts';
import { plainConfig, TestNode } from './testNode.ts';

const fence = { delayMs: 0, attemptMsMax: 10_000, testMs: 60_000, testMsMax: 5_000, isAtStartup: false };

function tested(testMs = fence.testMs): TestNode {
  return new TestNode({ config: { guards: { fence: { ...fence, testMs } } } }).boot();
}

function asked(node: TestNode): readonly string[] {
  return node.effects.flatMap((effect) => (effect.type === 'testFence' ? [effect.fence] : []));
}

suite('the test of a fence', () => {
  test('wakes the node when it is due, and not while one runs', () => {
    const node = tested();
    const dueAtMs = fenceTestAtMs(node.state);
    assert(dueAtMs > node.atMs && dueAtMs < node.atMs + fence.testMs);
    node.advance(dueAtMs - node.atMs);
    assert.equal(asked(node).length, 1);
    assert.equal(fenceTestAtMs(node.state), Number.POSITIVE_INFINITY);
    node.happen({ type: 'fenceTested', fence: asked(node)[0] ?? '', outcome: { kind: 'passed' } });
    assert.equal(fenceTestAtMs(node.state), dueAtMs + fence.testMs);
  });

  test('wakes nobody where there is no fence, where it is switched off, and while the runner is away', () => {
    const away = tested();
    away.happen({ type: 'runnerLost', reason: 'closed' });
    for (const node of [new TestNode().boot(), tested(0), away]) {
      assert.equal(fenceTestAtMs(node.state), Number.POSITIVE_INFINITY);
    }
  });

  test('that failed is forgotten with the fence that the config no longer has', () => {
    const node = tested();
    node.advance(20_000);
    node.happen({ type: 'fenceTested', fence: asked(node)[0] ?? '', outcome: { kind: 'failed', detail: 'no answer' } });
    assert.equal(node.state.fenceTest.failure, 'no answer');
    node.happen({ type: 'configChanged', config: plainConfig });
    assert.equal(node.state.fenceTest.failure, undefined);
  });
});
