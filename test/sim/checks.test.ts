import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Checks, checksFor } from '../../src/sim/checks.ts';
import type { Machine } from '../../src/sim/machine.ts';
import { plainFence, plainGroup, plainOptions } from '../../src/sim/options.ts';
import { Violation } from '../../src/sim/violation.ts';
import { World } from '../../src/sim/world.ts';

/** A pair in which node1 owns the group, as in real life; what then goes wrong is done by hand. */
function pair(): { readonly world: World; readonly node1: Machine; readonly node2: Machine } {
  const site = { ...plainGroup('site'), dataClass: 'copied' as const, hasSyncer: true };
  const world = new World(1, { ...plainOptions, groups: [site] }, { witness: checksFor });
  const [node1, node2] = world.machines;
  world.boot(node1);
  world.boot(node2);
  world.advance(3_000);
  return { world, node1, node2 };
}

function broken(invariant: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Violation, String(error));
    assert.equal(error.invariant, invariant);
    return true;
  };
}

function checksOf({ witnessed }: World): Checks {
  assert.ok(witnessed instanceof Checks);
  return witnessed;
}

function order(world: World, machine: Machine, resource: string, action: 'start' | 'stop', epochCounter = 1): void {
  const spec = { job: 'by-hand', group: 'site', resource, action, epochCounter, timeoutMs: 1_000 };
  world.witnessed.jobOrdered(machine, spec);
}

suite('the checkers see that', () => {
  test('I1b: two nodes run a group although there is a fence, and it has not lied', () => {
    const world = new World(1, { ...plainOptions, fence: plainFence }, { witness: checksFor });
    const [node1, node2] = world.machines;
    world.boot(node1);
    world.boot(node2);
    world.advance(3_000);
    world.plugs.noteLie(node1);
    node2.setRunning('site', 'web', true);
    node2.setRunning('site', 'web', false);
    world.advance(1);
    world.plugs.hasLied = false;
    assert.throws(() => node2.setRunning('site', 'web', true), broken('I1b'));
  });

  test('I5: a node is fenced that everybody hears', () => {
    const world = new World(1, { ...plainOptions, fence: plainFence }, { witness: checksFor });
    for (const machine of world.machines) world.boot(machine);
    checksOf(world).setCalm(true);
    world.advance(120_000);
    assert.throws(() => world.plugs.pull(world.machines[1], 'off'), broken('I5'));
  });

  test('I6: something is started without a claim on the disk', () => {
    const { world, node2 } = pair();
    assert.throws(() => order(world, node2, 'address', 'start'), broken('I6'));
  });

  test('I7: something is started while the syncer runs', () => {
    const { world, node1 } = pair();
    node1.setRunning('site', 'syncer', true);
    assert.throws(() => order(world, node1, 'address', 'start'), broken('I7'));
  });

  test('I7: something is started although what stands left of it does not run', () => {
    const { world, node1 } = pair();
    node1.setRunning('site', 'db', false);
    assert.throws(() => order(world, node1, 'web', 'start'), broken('I7'));
  });

  test('I7: something is stopped while what stands right of it runs', () => {
    const { world, node1 } = pair();
    assert.throws(() => order(world, node1, 'db', 'stop'), broken('I7'));
  });

  test('I7: data is copied over while it is served, unless by what says that it has stopped', () => {
    const { world, node1, node2 } = pair();
    node2.copyOf('site').overwrite(node1.copyOf('site').stretches);
    node2.setRunning('site', 'db', true);
    assert.throws(() => world.copyData(node2, 'site', 'append'), broken('I7'));
    const lied = pair();
    lied.node2.setRunning('site', 'db', true);
    lied.node2.liars.add('site/db');
    assert.equal(lied.world.copyData(lied.node2, 'site', 'append'), true);
  });

  test('I9: two machines run the group for longer than a healed split may last', () => {
    const { world, node2 } = pair();
    checksOf(world).setCalm(true);
    node2.setRunning('site', 'db', true);
    assert.throws(() => world.advance(60_000), broken('I9'));
  });

  test('I1b: two machines run the group beside a witness, unless a fence has lied', () => {
    const beside = (hasLied: boolean): void => {
      const witness = { leaseMs: 9_000, renewMs: 1_000, timeoutMs: 100, stopMs: 400, isInLan: true, clockRate: 1 };
      const world = new World(1, { ...plainOptions, witness }, { witness: checksFor });
      for (const machine of world.machines) world.boot(machine);
      world.advance(3_000);
      world.plugs.hasLied = hasLied;
      world.machines[1].setRunning('site', 'db', true);
    };
    assert.throws(() => beside(false), broken('I1b'));
    assert.doesNotThrow(() => beside(true));
  });

  test('I1b: an address comes up beside that of the peer where other things of the group ran already', () => {
    const { node1, node2 } = pair();
    node2.setRunning('site', 'web', true);
    assert.equal(node1.kernel.holds('site/address'), true);
    assert.throws(() => node2.kernel.put('site/address', 3_000), broken('I1b'));
  });

  test('I10: a service stops although its daemon was only restarted', () => {
    const { world, node1 } = pair();
    checksOf(world).promises.expectNoStop(node1, 5_000);
    assert.throws(() => world.powerCut(node1), broken('I10'));
  });

  test('I12: a copy is overwritten from an older one', () => {
    const { world, node1, node2 } = pair();
    node2.copyOf('site').serve({ counter: 9, node: 'node2' });
    assert.throws(() => world.copyData(node2, 'site', 'rewrite'), broken('I12'));
    assert.equal(node1.copyOf('site').epoch.counter, 1);
  });

  test('I1a: a group is claimed by silence right after a packet of its owner came', () => {
    const { world, node1, node2 } = pair();
    node2.copyOf('site').overwrite(node1.copyOf('site').stretches);
    const entry = {
      id: 'claimed',
      atMs: 0,
      wallMs: 0,
      level: 'info',
      group: 'site',
      evidence: 'E6',
      sentence: '',
    } as const;
    assert.throws(() => world.witnessed.noted(node2, entry), broken('I1a'));
  });

  test('I5: an owner stops for no reason that a rule may have', () => {
    const { world, node1 } = pair();
    const sentence = 'stopping site: nothing is to be done';
    const entry = {
      id: 'role-changed',
      atMs: 0,
      wallMs: 0,
      level: 'info',
      group: 'site',
      rule: 'standby',
      sentence,
    } as const;
    assert.throws(() => world.witnessed.noted(node1, entry), broken('I5'));
  });
});
