import type { TestContext } from 'node:test';
import { plainOptions, type SimOptions } from '../../src/sim/options.ts';
import { World } from '../../src/sim/world.ts';
import { type LiveMoment, liveHead } from './liveHead.ts';

/** A pretended pair after its start: node1 owns the site, node2 stands by. */
export function settledPair(options: Partial<SimOptions> = {}): World {
  const world = new World(1, { ...plainOptions, ...options });
  for (const machine of world.machines) world.boot(machine);
  world.advance(20_000);
  return world;
}

export function momentOf(world: World, index: 0 | 1): LiveMoment {
  const machine = world.machines[index];
  const state = machine.head?.engine.state;
  if (state === undefined) throw new RangeError(`${machine.name} has a daemon`);
  return { state, atMs: machine.monotonicMs(), wallMs: machine.wallMs() };
}

/** The control sockets of one node of such a pair. */
export function settledHead(t: TestContext, index: 0 | 1 = 0): Promise<string> {
  return liveHead(t, momentOf(settledPair(), index));
}
