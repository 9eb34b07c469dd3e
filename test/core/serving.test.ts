import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { GroupBeat } from '../../src/core/beat.ts';
import { newDurableGroup } from '../../src/core/durable.ts';
import { address, groupConfig, own, resource, TestNode, theirs } from './testNode.ts';

const copied = groupConfig('site', { dataClass: 'copied', resources: [address, resource('db')] });
const taken = theirs(1);

/** A node with the data of the peer's ownership, which waits for the disk with its own first start. */
function aboutToServe(): TestNode {
  const copy = {
    ...newDurableGroup('site', 0),
    epoch: taken,
    servedEpoch: taken,
    copyEpoch: taken,
    sync: { beganWallMs: 1_700_000_000_000, endedWallMs: 1_700_000_000_000 },
    ownerHeardWallMs: 1_700_000_000_000,
  };
  const node = new TestNode({ config: { groups: [copied] }, disk: [copy] }).boot();
  node.hearFor(600, [{ role: 'active', epoch: taken, servedEpoch: taken, copyEpoch: taken, isVerifiedStopped: false }]);
  node.disk = 'late';
  node.until(
    () => node.group().activity.kind === 'claiming',
    () => node.advance(100),
  );
  node.saved();
  assert.equal(node.group().durable.holding, 'serving');
  assert.deepEqual(node.jobs().slice(-1), ['start address']);
  return node;
}

suite('an ownership that has ordered no start yet has served nothing', () => {
  test('where the dead-man order was carried out meanwhile', () => {
    const node = aboutToServe();
    node.judge = () => undefined;
    node.happen({ type: 'deadManDone', group: 'site', outcome: { kind: 'done' } });
    assert.deepEqual(node.group().durable.servedEpoch, taken);
    assert.deepEqual(node.group().durable.copyEpoch, taken);
  });

  test('where its lease ran out meanwhile', () => {
    const node = aboutToServe();
    node.stall(5_000);
    assert.equal(node.group().activity.kind, 'unconfirmed');
    assert.deepEqual(node.told().servedEpoch, taken);
    assert.deepEqual(node.told().copyEpoch, taken);
  });

  test('where it goes on as the survivor of a split', () => {
    const node = aboutToServe();
    const latch = { epochCounter: 1, yields: true, isLanHealthy: true, transactions: 0, isByOperator: false };
    const serves: Partial<GroupBeat> = {
      role: 'active',
      epoch: taken,
      servedEpoch: taken,
      copyEpoch: taken,
      isVerifiedStopped: false,
      latch,
    };
    node.until(
      () => node.group().latch?.verdict === 'reclaimed',
      () => node.hearFor(200, [serves]),
    );
    assert.deepEqual(node.group().durable.heldEpoch, own(3));
    assert.deepEqual(node.told().servedEpoch, taken);
    assert.deepEqual(node.group().durable.copyEpoch, taken);
  });
});

test('a start that is given up forgets nothing of what the peer is heard to have served meanwhile', () => {
  const node = aboutToServe();
  const latch = { epochCounter: 3, yields: false, isLanHealthy: true, transactions: 0, isByOperator: true };
  const serving = (counter: number): Partial<GroupBeat> => {
    const epoch = theirs(counter);
    return { role: 'active', epoch, servedEpoch: epoch, copyEpoch: epoch, isVerifiedStopped: false, latch };
  };
  node.until(
    () => node.group().latch?.verdict === 'lost',
    () => node.hearFor(200, [serving(3)]),
  );
  node.judge = () => undefined;
  node.hear([serving(4)], {}, [0]);
  assert.equal(node.rule(), 'outranked');
  assert.deepEqual(node.group().durable.copyEpoch, taken);
  assert.deepEqual(node.group().durable.servedEpoch, theirs(4));
});
