import { compareEpochs } from '../core/identity.ts';
import type { Machine } from './machine.ts';
import type { World } from './world.ts';

/** Copies the peer's data over the network; false where it cannot be reached, or has nothing whole to give. */
export function copyOver(world: World, to: Machine, group: string, how: 'last' | 'append' | 'rewrite'): boolean {
  const from = world.peerOf(to);
  const isReachable = world.cables.some((cable) => cable.medium !== 'serial' && !cable.isCut[0] && !cable.isCut[1]);
  const source = from.copyOf(group);
  if (!from.isOn || from.isFrozen || !isReachable || source.isTorn) return false;
  world.witnessed.copied(to, from, group);
  if (how !== 'rewrite' && compareEpochs(source.epoch, to.copyOf(group).epoch) < 0) return false;
  to.copyOf(group).overwrite(source.stretches);
  return true;
}
