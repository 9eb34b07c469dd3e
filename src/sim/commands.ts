import type { OperatorWish, ResourceAction } from '../core/event.ts';
import type { JobAction } from '../core/job.ts';
import type { Cable, End } from './cable.ts';
import { durationOf } from './duration.ts';
import { expect } from './expectations.ts';
import type { FenceFault } from './fenceDevice.ts';
import type { Machine } from './machine.ts';
import type { Misbehaviour } from './misbehaviour.ts';
import type { World } from './world.ts';

type Command = (world: World, words: readonly string[], line: number) => void;

/** Carries out one command of a scenario. */
export function obey(world: World, words: readonly string[], line: number): void {
  const [verb = '', ...rest] = words;
  const command = commands[verb];
  if (command === undefined) {
    throw new SyntaxError(`line ${line}: there is no command ${verb}; there are ${Object.keys(commands).join(', ')}`);
  }
  command(world, rest, line);
}

const commands: Readonly<Record<string, Command>> = {
  advance: (world, [time = ''], line) => world.advance(durationOf(time, line)),
  boot: (world, names, line) => names.forEach((name) => world.boot(machineOf(world, name, line))),
  crash: (world, names, line) => names.forEach((name) => world.powerCut(machineOf(world, name, line))),
  reboot: (world, [name, time = '1s'], line) => {
    const machine = machineOf(world, name, line);
    world.powerCut(machine);
    world.schedule.after(durationOf(time, line), () => world.boot(machine));
  },
  install: (world, [name, version], line) => world.install(machineOf(world, name, line), Number(version)),
  kill: (world, [name], line) => world.killHead(machineOf(world, name, line)),
  start: (world, [name], line) => world.startHead(machineOf(world, name, line)),
  stop: (world, [name, how], line) => world.stopHead(machineOf(world, name, line), how === 'keep' ? 'keep' : 'release'),
  freeze: (world, [name, what], line) => {
    const machine = machineOf(world, name, line);
    if (what === 'daemon') world.freezeHead(machine);
    else world.freezeMachine(machine);
  },
  thaw: (world, [name, what], line) => {
    const machine = machineOf(world, name, line);
    if (what === 'daemon') world.thawHead(machine);
    else world.thawMachine(machine);
  },
  cut: (world, [name, from, sender], line) => {
    for (const cable of cablesOf(world, name, line))
      world.cut(cable, from === 'from' ? endOf(world, sender, line) : 'both');
  },
  mend: (world, [name], line) => cablesOf(world, name, line).forEach((cable) => world.mend(cable)),
  hold: (world, [name, , sender], line) => {
    for (const cable of cablesOf(world, name, line)) cable.hold(endOf(world, sender, line));
  },
  'let-go': (world, [name], line) => cablesOf(world, name, line).forEach((cable) => cable.letGo()),
  carrier: (world, [name, how], line) => world.lan.setCarrier(machineOf(world, name, line), how === 'on'),
  lan: (world, [name, how], line) => world.lan.block(machineOf(world, name, line), how === 'blocked'),
  target: (world, [name = '', how]) => world.lan.switchTarget(name, how === 'off'),
  watchdog: (world, [name, how], line) => {
    const { watchdog } = machineOf(world, name, line);
    watchdog.isBusy = how === 'busy';
    watchdog.isDumb = how === 'dumb';
  },
  switch: (world, [how]) => world.lan.part(how === 'broken'),
  runner: (world, [name, how], line) => {
    const machine = machineOf(world, name, line);
    if (how === 'lost') world.loseRunner(machine);
    else world.returnRunner(machine);
  },
  witness: (world, [how, name], line) => {
    const { box } = world;
    if (box === undefined) throw new SyntaxError(`line ${line}: this pair has no witness: write pair witness=6s`);
    const machines = name === undefined ? world.machines : [machineOf(world, name, line)];
    if (how === 'off') box.stop();
    else if (how === 'on') box.start();
    else if (how === 'forgets') box.forget();
    else if (how === 'restart') {
      box.stop();
      box.start();
    } else if (how === 'cut') for (const machine of machines) box.cut(machine, true);
    else if (how === 'mend') for (const machine of machines) box.cut(machine, false);
    else if (how === 'full') box.isDiskFull = true;
    else throw new SyntaxError(`line ${line}: a witness is on, off, restart, forgets, full, cut or mend`);
  },
  disk: (world, [name, how], line) => {
    machineOf(world, name, line).disk.isFailing = how === 'full';
  },
  die: (world, [name, group = '', resource = ''], line) =>
    world.killService(machineOf(world, name, line), group, resource),
  misbehave: (world, [name, group = '', resource = '', action, how, times = '1'], line) =>
    world.misbehave(
      machineOf(world, name, line),
      { group, resource, action: action as JobAction },
      how as Misbehaviour,
      Number(times),
    ),
  fence: (world, [name, how = '', times = '1'], line) =>
    machineOf(world, name, line).fence.plan(how as FenceFault, Number(times)),
  'remove-address': (world, [name, group = ''], line) => world.removeAddress(machineOf(world, name, line), group),
  intruder: (world, [group = '', how]) => {
    if (how === 'on') world.lan.intruders.add(group);
    else world.lan.intruders.delete(group);
  },
  syncer: (world, [name, group = '', how], line) =>
    world.switchSyncer(machineOf(world, name, line), group, how === 'on'),
  clock: (world, [name, time = ''], line) => {
    machineOf(world, name, line).wallJumpMs += durationOf(time, line);
  },
  observe: (world, [name], line) => {
    machineOf(world, name, line).isObserver = true;
  },
  type: (world, [name, ...typed], line) => {
    if (!world.type(machineOf(world, name, line), wishOf(world, typed, line)))
      world.log('world', () => 'no daemon answers');
  },
  holders: (world) => {
    for (const { name } of world.options.groups) {
      for (const machine of world.machines) {
        const { all } = machine.held(name);
        if (all.length > 0) world.log(machine.name, () => `runs ${all.join(', ')} of ${name}`);
      }
    }
  },
  expect: (world, words, line) => expect(world, words, line),
  rules: (world) => {
    for (const machine of world.machines) {
      for (const group of machine.head?.engine.state.groups ?? []) {
        world.log(machine.name, () => `${group.config.name}: ${group.because.rule}: ${group.because.sentence}`);
      }
    }
  },
};

/** What `hactl` would ask the daemon for. */
function wishOf(world: World, [verb = '', ...rest]: readonly string[], line: number): OperatorWish {
  const isForced = rest.includes('--force');
  const isDryRun = rest.includes('--dry-run');
  const names = rest.filter((word) => !word.startsWith('--'));
  const [first = ''] = names;
  const reason = 'a scenario';
  switch (verb) {
    case 'takeover':
    case 'release':
      return { kind: verb, groups: names, isForced, reason, isDryRun };
    case 'confirm-dead':
      return { kind: 'confirmDead', node: first, reason, isForced };
    case 'confirm-stopped':
      return { kind: 'confirmStopped', group: first, reason };
    case 'maintenance':
      return { kind: 'maintenance', groups: [first], isOn: names[1] === 'on', reason };
    case 'standby':
      return { kind: 'standby', isForced, reason };
    case 'online':
      return { kind: 'online' };
    case 'resource':
      return { kind: 'resource', group: first, resource: names[1] ?? '', action: (names[2] ?? '') as ResourceAction };
    case 'ack':
      return { kind: 'ack', group: names[0] };
    case 'sync-begin':
      return { kind: 'syncBegin', group: first, isRewriting: rest.includes('--rewriting') };
    case 'sync-end':
      return { kind: 'syncEnd', group: first };
    default:
      throw new SyntaxError(`line ${line}: nobody can type ${verb} to ${world.machines[0].name}`);
  }
}

function machineOf(world: World, name: string | undefined, line: number): Machine {
  const machine = world.machines.find((candidate) => candidate.name === name);
  if (machine === undefined)
    throw new SyntaxError(
      `line ${line}: there is no machine ${name ?? ''}; there are ${world.machines.map((one) => one.name).join(', ')}`,
    );
  return machine;
}

function endOf(world: World, name: string | undefined, line: number): End {
  return machineOf(world, name, line).index;
}

function cablesOf(world: World, name: string | undefined, line: number): readonly Cable[] {
  const cables = world.cables.filter((cable) => name === 'all' || cable.name === name);
  if (cables.length === 0) throw new SyntaxError(`line ${line}: there is no cable ${name ?? ''}`);
  return cables;
}
