import type { OperatorWish, ResourceAction } from '../core/event.ts';
import { compareEpochs } from '../core/identity.ts';
import type { Machine } from './machine.ts';
import type { Prng } from './prng.ts';
import type { World } from './world.ts';

const reason = 'the simulator says so';

/**
 * Somebody who types at the worst moment. He may be wrong about what is wise, never about what is true: a machine
 * that he confirms as dead is off, a resource that he confirms as stopped does not run.
 */
export function typeSomething(world: World, prng: Prng, machine: Machine, group: string): void {
  const isForced = prng.chance(30);
  const groups = prng.chance(80) ? [group] : [];
  const peer = world.peerOf(machine);
  const verb = prng.pick([
    'maintenance',
    'standby',
    'resource',
    'takeover',
    'takeover',
    'takeover',
    'release',
    'release',
    'confirmDead',
    'confirmStopped',
    'ack',
    'dryRun',
  ]);
  switch (verb) {
    case 'takeover':
    case 'release':
      type(world, machine, { kind: verb, groups, isForced, reason, isDryRun: false });
      return;
    case 'dryRun':
      type(world, machine, { kind: 'takeover', groups, isForced, reason, isDryRun: true });
      return;
    case 'confirmDead':
      if (peer.isOn) {
        // Only what must be refused whatever is true.
        type(world, machine, { kind: 'confirmDead', node: machine.name, reason, isForced: false });
        return;
      }
      type(world, machine, { kind: 'confirmDead', node: peer.name, reason, isForced });
      return;
    case 'maintenance':
      type(world, machine, { kind: 'maintenance', groups, isOn: prng.chance(60), reason });
      return;
    case 'standby':
      type(world, machine, prng.chance(50) ? { kind: 'standby', isForced, reason } : { kind: 'online' });
      return;
    case 'resource': {
      const action = prng.pick<ResourceAction>(['start', 'stop', 'restart', 'cleanup']);
      type(world, machine, {
        kind: 'resource',
        group,
        resource: prng.pick(['address', 'db', 'web', 'syncer']),
        action,
      });
      return;
    }
    case 'confirmStopped':
      confirmStopped(world, machine, group);
      return;
    case 'ack':
      type(world, machine, { kind: 'ack', group: prng.chance(50) ? group : undefined });
      return;
  }
}

/** What the status of a hold tells him to type. Returns whether he did something. */
export function followAdvice(world: World, machine: Machine, group: string, waitedMs: number): boolean {
  const rule = machine.head?.engine.state.groups.find(({ config }) => config.name === group)?.because.rule;
  const takeover: OperatorWish = { kind: 'takeover', groups: [group], isForced: true, reason, isDryRun: false };
  const mine = machine.head?.engine.state.groups.find(({ config }) => config.name === group)?.durable;
  if (mine?.isStandbyByOrder === true) return type(world, machine, { kind: 'online' });
  switch (rule) {
    case 'maintenance': {
      // Elsewhere it is refused while the other machine lives, and says where.
      const peer = world.peerOf(machine);
      const where = mine?.isMaintained === true || peer.head === undefined ? machine : peer;
      return type(world, where, { kind: 'maintenance', groups: [group], isOn: false, reason });
    }
    case 'stop-failed':
      return confirmStopped(world, machine, group);
    case 'peer-stop-failed':
    case 'peer-stopping':
      return confirmStopped(world, machine, group);
    case 'flapping':
      return type(world, machine, { kind: 'ack', group });
    case 'down-by-order':
      if (!world.peerOf(machine).isOn) {
        type(world, machine, { kind: 'confirmDead', node: world.peerOf(machine).name, reason, isForced: false });
      }
      return type(world, machine, takeover);
    case 'observer':
      return type(world, machine, takeover);
    case 'peer-lost-blind':
    case 'fence-lied':
      return type(world, machine, { kind: 'ack', group: undefined });
    case 'fence-failed':
    case 'fence-person':
    case 'peer-lost-hold':
    case 'witness-unreachable':
    case 'startup-alone-hold':
      if (world.peerOf(machine).isOn) return false;
      return type(world, machine, { kind: 'confirmDead', node: world.peerOf(machine).name, reason, isForced: false });
    case 'not-armed': {
      if (waitedMs < 2 * world.options.deadMs + 5_000) return false;
      const copy = machine.copyOf(group);
      const theirs = world.peerOf(machine).copyOf(group);
      const isAlone = !world.peerOf(machine).isOn;
      const isBetter = isAlone || (!copy.isTorn && (theirs.isTorn || compareEpochs(copy.epoch, theirs.epoch) >= 0));
      if (isAlone)
        type(world, machine, { kind: 'confirmDead', node: world.peerOf(machine).name, reason, isForced: false });
      // A copy that a sync was rewriting is refused even by force: whoever reads that goes to the other node.
      return isBetter && mine?.isCopyWithdrawn !== true && type(world, machine, takeover);
    }
    default:
      return false;
  }
}

/** He goes there, stops what still runs, and says so on the node that asks. */
function confirmStopped(world: World, machine: Machine, group: string): boolean {
  const known = machine.head?.engine.state.groups.find(({ config }) => config.name === group);
  if (known === undefined) return false;
  const failed = known.durable.stopFailed !== undefined ? machine : world.peerOf(machine);
  if (failed !== machine && !known.durable.hasPeerStopFailed) return false;
  const resources = machine.config.groups.find(({ name }) => name === group)?.resources ?? [];
  for (const { name, side } of resources) {
    if (side !== 'owner') continue;
    failed.setRunning(group, name, false);
    failed.kernel.remove(`${group}/${name}`, 'is removed by the operator');
  }
  return type(world, machine, { kind: 'confirmStopped', group, reason });
}

function type(world: World, machine: Machine, wish: OperatorWish): boolean {
  world.log(machine.name, () => `operator types ${describe(wish)}`);
  return world.type(machine, wish);
}

function describe(wish: OperatorWish): string {
  const force = 'isForced' in wish && wish.isForced ? ' --force' : '';
  const dry = 'isDryRun' in wish && wish.isDryRun ? ' --dry-run' : '';
  return `${wish.kind}${force}${dry}`;
}
