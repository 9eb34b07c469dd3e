import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { FenceOrders } from '../../src/control/fenceOrders.ts';
import type { ToRunner } from '../../src/control/runnerProtocol.ts';
import type { FenceOutcome, FenceTestOutcome } from '../../src/core/fenceOutcome.ts';

const off: FenceOutcome = { kind: 'off', by: 'the device' };

suite('an order about the fence', () => {
  test('is given again after each greeting until it is answered, and answered once', (t) => {
    const sent: ToRunner[] = [];
    const orders = new FenceOrders((order) => sent.push(order) > 0);
    t.after(() => orders.close());
    const outcomes: FenceOutcome[] = [];
    orders.order({ type: 'fence', fence: 'a' }, 1_000, (outcome) => outcomes.push(outcome));
    orders.giveAgain();
    assert.deepEqual(sent, [
      { type: 'fence', fence: 'a' },
      { type: 'fence', fence: 'a' },
    ]);
    orders.answered({ type: 'fenced', fence: 'a', outcome: off });
    orders.answered({ type: 'fenced', fence: 'a', outcome: off });
    orders.giveAgain();
    assert.deepEqual(outcomes, [off]);
    assert.equal(sent.length, 2);
  });

  test('is not answered by the answer to another one, nor by that to a test', (t) => {
    const orders = new FenceOrders(() => true);
    t.after(() => orders.close());
    const outcomes: (FenceOutcome | FenceTestOutcome)[] = [];
    orders.order({ type: 'fence', fence: 'a' }, 1_000, (outcome) => outcomes.push(outcome));
    orders.order({ type: 'testFence', fence: 'b' }, 1_000, (outcome) => outcomes.push(outcome));
    orders.answered({ type: 'fenceTested', fence: 'a', outcome: { kind: 'passed' } });
    orders.answered({ type: 'fenced', fence: 'b', outcome: off });
    orders.answered({ type: 'fenced', fence: 'c', outcome: off });
    assert.deepEqual(outcomes, []);
    orders.answered({ type: 'fenceTested', fence: 'b', outcome: { kind: 'passed' } });
    assert.deepEqual(outcomes, [{ kind: 'passed' }]);
  });

  test('that no runner answers has failed in the end', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const orders = new FenceOrders(() => false);
    const outcomes: FenceOutcome[] = [];
    orders.order({ type: 'fence', fence: 'a' }, 10_000, (outcome) => outcomes.push(outcome));
    t.mock.timers.tick(39_000);
    assert.deepEqual(outcomes, []);
    t.mock.timers.tick(2_000);
    assert.deepEqual(outcomes, [{ kind: 'failed', detail: 'the runner did not answer within 40 s' }]);
  });
});
