import { beatVersions } from '../core/beat.ts';
import type { JobAction } from '../core/job.ts';
import type { Cable, End } from './cable.ts';
import type { FenceFault } from './fenceDevice.ts';
import type { Machine } from './machine.ts';
import type { Misbehaviour } from './misbehaviour.ts';
import type { Prng } from './prng.ts';
import type { World } from './world.ts';

/** What one accident needs to happen. */
export interface Scene {
  readonly world: World;
  readonly prng: Prng;
  readonly machine: Machine;
  readonly group: string;
  /** Lets something happen after a while, if the accident is still in force then. */
  readonly later: (ms: number, run: () => void) => void;
  /** Tells the checkers that a resource may be down without its daemon's knowledge. */
  readonly excuseDown: (machine: Machine, group: string, resource: string) => void;
}

/** Begins; returns what ends it. `undefined`: it could not happen here and now. */
type Accident = (scene: Scene) => (() => void) | undefined;

/** Every kind of accident, by the name that the coverage counts. */
export const accidents: Readonly<Record<string, Accident>> = {
  'cut of one channel': (scene) => cut(scene, [anyCable(scene)], 'both'),
  'one-way cut of one channel': (scene) => cut(scene, [anyCable(scene)], scene.machine.index),
  'cut of all channels': (scene) => cut(scene, scene.world.cables, 'both'),
  'one-way cut of all channels': (scene) => cut(scene, scene.world.cables, scene.machine.index),
  'staggered cut of all channels': ({ world, prng, later }) => {
    for (const cable of world.cables) later(prng.between(0, 2 * world.options.deadMs), () => world.cut(cable, 'both'));
    return () => world.cables.forEach((cable) => world.mend(cable));
  },
  'line that holds back': (scene) => {
    const cables = scene.prng.chance(30) ? scene.world.cables : [anyCable(scene)];
    scene.world.log('world', () => `${cables.map(({ name }) => name).join(', ')} held back from ${scene.machine.name}`);
    for (const cable of cables) cable.hold(scene.machine.index);
    return () => cables.forEach((cable) => cable.letGo());
  },
  loss: ({ world, prng }) => {
    const percent = prng.between(10, 60);
    for (const cable of world.cables) cable.extraLossPercent = percent;
    return () => world.cables.forEach((cable) => void (cable.extraLossPercent = 0));
  },
  'delay and reordering': ({ world, prng }) => {
    const delayMs = prng.between(1, 2 * world.options.deadMs);
    for (const cable of world.cables) cable.extraDelayMs = delayMs;
    return () => world.cables.forEach((cable) => void (cable.extraDelayMs = 0));
  },
  'flipped bits': ({ world, prng }) => {
    const percent = prng.between(5, 50);
    for (const cable of world.cables) cable.corruptPercent = percent;
    return () => world.cables.forEach((cable) => void (cable.corruptPercent = 0));
  },
  'replayed packets': ({ world }) => {
    for (const cable of world.cables) cable.replayPercent = 20;
    return () => world.cables.forEach((cable) => void (cable.replayPercent = 0));
  },
  'lost carrier': ({ world, machine }) => {
    world.lan.setCarrier(machine, false);
    return () => world.lan.setCarrier(machine, true);
  },
  'broken switch': ({ world }) => {
    world.lan.part(true);
    return () => world.lan.part(false);
  },
  'cut of the LAN that keeps the carrier': ({ world, machine }) => {
    world.lan.block(machine, true);
    return () => world.lan.block(machine, false);
  },
  'ping targets that are off': ({ world, machine, prng }) => {
    const targets = machine.config.guards.ping?.targets ?? [];
    if (targets.length === 0) return undefined;
    const dead = prng.chance(70) ? targets : targets.slice(0, 1);
    for (const target of dead) world.lan.switchTarget(target, true);
    return () => dead.forEach((target) => world.lan.switchTarget(target, false));
  },
  'watchdog that cannot be armed': ({ world, machine, prng }) => {
    if (world.options.watchdogMs === undefined) return undefined;
    const held = prng.chance(50) ? [machine] : world.machines;
    for (const one of held) one.watchdog.isBusy = true;
    return () => held.forEach((one) => void (one.watchdog.isBusy = false));
  },
  'stalled daemon': ({ world, machine }) => {
    if (machine.head === undefined) return undefined;
    world.freezeHead(machine);
    return () => world.thawHead(machine);
  },
  'frozen machine': ({ world, machine }) => {
    if (!machine.isOn) return undefined;
    world.freezeMachine(machine);
    return () => world.thawMachine(machine);
  },
  'killed daemon': ({ world, machine }) => {
    if (machine.head === undefined) return undefined;
    world.killHead(machine);
    return () => world.startHead(machine);
  },
  'daemon that is back at deadtime': ({ world, machine }) => {
    if (machine.head === undefined) return undefined;
    world.killHead(machine);
    return () => world.startHead(machine);
  },
  'owner that is back while the claim cannot be written': ({ world, machine, prng, later }) => {
    if (machine.head === undefined) return undefined;
    const { disk } = world.peerOf(machine);
    disk.isFailing = true;
    world.killHead(machine);
    later(world.options.deadMs + prng.between(0, 3_000), () => world.startHead(machine));
    return () => {
      disk.isFailing = false;
      world.startHead(machine);
    };
  },
  'takeover typed on both': ({ world, machine, group, prng, later }) => {
    const ask = (where: Machine): void => {
      const reason = 'nobody told the other one';
      world.type(where, { kind: 'takeover', groups: [group], isForced: prng.chance(50), reason, isDryRun: false });
    };
    const peer = world.peerOf(machine);
    const reason = 'to begin from nothing';
    world.type(machine, { kind: 'release', groups: [group], isForced: true, reason, isDryRun: false });
    later(world.options.deadMs, () => ask(machine));
    later(world.options.deadMs + prng.between(0, 10), () => ask(peer));
    return () => undefined;
  },
  'owner that cannot stop and falls silent': ({ world, machine, group, prng, later, excuseDown }) => {
    if (!machine.runs(group, 'db')) return undefined;
    excuseDown(machine, group, 'db');
    world.misbehave(machine, { group, resource: 'db', action: 'stop' }, 'fails', 9);
    world.type(world.peerOf(machine), {
      kind: 'takeover',
      groups: [group],
      isForced: true,
      reason: 'to see whether it stops',
      isDryRun: false,
    });
    later(prng.between(4_000, 12_000), () => world.cables.forEach((cable) => world.cut(cable, 'both')));
    return () => {
      machine.misbehaviours.clear();
      world.cables.forEach((cable) => world.mend(cable));
    };
  },
  'crash between effects': ({ world, machine, prng }) => {
    if (machine.head === undefined) return undefined;
    world.crashBetweenEffects(machine, prng.between(0, prng.chance(50) ? 5 : 60), prng.chance(40));
    return () => {
      machine.head?.crashAfter(Number.POSITIVE_INFINITY, false);
      world.boot(machine);
      world.startHead(machine);
    };
  },
  'power cut': ({ world, machine }) => {
    if (!machine.isOn) return undefined;
    world.powerCut(machine);
    return () => world.boot(machine);
  },
  'power cut of both': ({ world, prng, later }) => {
    const [first, second] = prng.chance(50) ? world.machines : world.machines.toReversed();
    if (first === undefined || second === undefined) return undefined;
    world.powerCut(first);
    later(prng.between(0, 2 * world.options.deadMs), () => world.powerCut(second));
    return () => world.machines.forEach((machine) => world.boot(machine));
  },
  'fast reboot': ({ world, machine, prng, later }) => {
    if (!machine.isOn) return undefined;
    world.powerCut(machine);
    later(prng.between(0, Math.floor(world.options.deadMs / 2)), () => world.boot(machine));
    return () => world.boot(machine);
  },
  'lost runner': ({ world, machine }) => {
    if (machine.hands === undefined || machine.isFrozen) return undefined;
    world.loseRunner(machine);
    return () => world.returnRunner(machine);
  },
  'full disk': ({ machine }) => {
    machine.disk.isFailing = true;
    return () => void (machine.disk.isFailing = false);
  },
  'slow disk': ({ machine, world, prng }) => {
    machine.disk.slowMs = prng.between(50, 2 * world.options.deadMs);
    return () => void (machine.disk.slowMs = 0);
  },
  'clock jump': ({ machine, prng }) => {
    machine.wallJumpMs += prng.between(-7_200_000, 7_200_000);
    return () => undefined;
  },
  'service that dies': ({ world, machine, group, prng, excuseDown }) => {
    const resource = prng.pick(['db', 'web']);
    if (!machine.runs(group, resource)) return undefined;
    excuseDown(machine, group, resource);
    world.killService(machine, group, resource);
    return () => undefined;
  },
  'script that fails': (scene) => misbehave(scene, ['fails', 'failsHalfway']),
  'script that hangs': (scene) => misbehave(scene, ['hangs', 'hangsHalfway', 'isSlow']),
  'script that lies': (scene) => misbehave(scene, ['lies']),
  'removed address': ({ world, machine, group, excuseDown }) => {
    if (!machine.kernel.holds(`${group}/address`)) return undefined;
    excuseDown(machine, group, 'address');
    world.removeAddress(machine, group);
    return () => undefined;
  },
  'intruder in the LAN': ({ world, group }) => {
    world.lan.intruders.add(group);
    return () => void world.lan.intruders.delete(group);
  },
  'reloaded config': ({ machine }) => {
    if (machine.head === undefined) return undefined;
    machine.head.dispatch({ type: 'configChanged', config: machine.head.engine.state.config });
    return () => undefined;
  },
  'config changed on one side': ({ world, machine, group, prng }) => {
    const changed = {
      ...machine.config,
      groups: machine.config.groups.map((one) =>
        one.name === group ? { ...one, digest: '00000002', restarts: { ...one.restarts, countMax: 1 } } : one,
      ),
    };
    // Read at once, by a reload, or with the next start of the daemon.
    const isReloaded = prng.chance(70);
    world.rewriteConfig(machine, changed, isReloaded);
    return () => world.rewriteConfig(machine, machine.firstConfig, true);
  },
  'start as an observer': ({ world, machine }) => {
    if (machine.head === undefined) return undefined;
    machine.isObserver = true;
    world.killHead(machine);
    world.startHead(machine);
    return () => {
      machine.isObserver = false;
    };
  },
  'graceful stop': ({ world, machine }) => {
    if (machine.head === undefined) return undefined;
    world.stopHead(machine, 'release');
    maybeInstall(world, machine);
    return () => world.startHeadLater(machine);
  },
  'witness that is gone': ({ world: { box } }) => {
    if (box?.isOn !== true) return undefined;
    box.stop();
    return () => box.start();
  },
  'witness that restarts': ({ world, prng, later }) => {
    const { box } = world;
    if (box?.isOn !== true) return undefined;
    box.stop();
    later(prng.between(0, world.options.deadMs), () => box.start());
    return () => box.start();
  },
  'witness that forgets': ({ world: { box } }) => {
    if (box?.isOn !== true) return undefined;
    box.stop();
    box.forget();
    box.start();
    return () => undefined;
  },
  'witness that dies before it answers': ({ world: { box } }) => {
    if (box?.isOn !== true) return undefined;
    box.crashAfterSave();
    return () => box.mend();
  },
  'witness with a full disk': ({ world: { box } }) => {
    if (box === undefined) return undefined;
    box.isDiskFull = true;
    return () => void (box.isDiskFull = false);
  },
  'witness out of reach': ({ world, machine, prng }) => {
    const { box } = world;
    if (box === undefined) return undefined;
    const machines = prng.chance(50) ? world.machines : [machine];
    for (const one of machines) box.cut(one, true);
    return () => machines.forEach((one) => box.cut(one, false));
  },
  'machine cut from everybody': (scene) => {
    const { world, machine } = scene;
    const { box } = world;
    if (box === undefined) return undefined;
    box.cut(machine, true);
    const mend = cut(scene, world.cables, 'both');
    return () => {
      box.cut(machine, false);
      mend();
    };
  },
  'machine cut from the witness, then from its peer': ({ world, machine, prng, later }) => {
    const { box, options, cables } = world;
    if (box === undefined) return undefined;
    box.cut(machine, true);
    const leaseMs = options.witness?.leaseMs ?? 0;
    later(leaseMs + prng.between(0, leaseMs), () => cables.forEach((cable) => world.cut(cable, 'both')));
    return () => {
      box.cut(machine, false);
      cables.forEach((cable) => world.mend(cable));
    };
  },
  'bad way to the witness': ({ world: { box, options }, prng }) => {
    if (box === undefined) return undefined;
    box.extraLossPercent = prng.between(10, 60);
    box.extraDelayMs = prng.between(1, options.deadMs);
    box.replayPercent = prng.between(5, 50);
    return () => {
      box.extraLossPercent = 0;
      box.extraDelayMs = 0;
      box.replayPercent = 0;
    };
  },
  'stop that keeps services': ({ world, machine }) => {
    if (machine.head === undefined) return undefined;
    world.stopHead(machine, 'keep');
    maybeInstall(world, machine);
    return () => world.startHeadLater(machine);
  },
  'fence that fails': (scene) => spoilFence(scene, 'fails'),
  'fence that hangs': (scene) => spoilFence(scene, 'hangs'),
  'fence that is slow': (scene) => spoilFence(scene, 'isSlow'),
  'fence that lies': (scene) => spoilFence(scene, 'lies'),
};

/** An upgrade or a downgrade is why daemons are stopped most of the time. */
function maybeInstall(world: World, machine: Machine): void {
  const { newest } = beatVersions;
  if (world.random.builds.chance(50)) world.install(machine, machine.beatVersionMax === newest ? newest - 1 : newest);
}

function anyCable({ world, prng }: Scene): Cable {
  const [first, ...others] = world.cables;
  if (first === undefined) throw new RangeError('a pair has at least one channel');
  return prng.pick([first, ...others]);
}

function cut({ world }: Scene, cables: readonly Cable[], from: End | 'both'): () => void {
  for (const cable of cables) world.cut(cable, from);
  return () => cables.forEach((cable) => world.mend(cable));
}

/** The devices of one machine, or of both: the first attempts, or all of them for as long as it lasts. */
function spoilFence({ world, machine, prng }: Scene, how: FenceFault): (() => void) | undefined {
  if (world.options.fence === undefined) return undefined;
  const spoilt = prng.chance(50) ? world.machines : [machine];
  const times = prng.chance(50) ? 1 : Number.POSITIVE_INFINITY;
  for (const one of spoilt) one.fence.plan(how, times);
  // Nobody is fenced without a reason.
  if (prng.chance(60)) world.cables.forEach((cable) => world.cut(cable, 'both'));
  return () => {
    for (const one of spoilt) one.fence.mend();
    world.cables.forEach((cable) => world.mend(cable));
  };
}

function misbehave(scene: Scene, how: readonly [Misbehaviour, ...Misbehaviour[]]): () => void {
  const { world, machine, group, prng } = scene;
  const config = machine.config.groups.find(({ name }) => name === group);
  const hasSyncer = config?.resources.some(({ name }) => name === 'syncer') === true;
  const action: JobAction = prng.pick(hasSyncer ? ['start', 'stop', 'status', 'sync'] : ['start', 'stop', 'status']);
  const resource =
    action === 'sync' ? 'syncer' : prng.pick(hasSyncer && action === 'stop' ? ['db', 'web', 'syncer'] : ['db', 'web']);
  const chosen = prng.pick(how);
  scene.excuseDown(machine, group, resource);
  world.coverage.count(`script ${action} ${chosen}`);
  world.misbehave(machine, { group, resource, action }, chosen, prng.between(1, 6));
  // Scripts that were told to misbehave do so when they are called next, however late that is.
  const isUsedUpAtOnce = prng.chance(50);
  return () => {
    if (isUsedUpAtOnce) machine.misbehaviours.clear();
  };
}
