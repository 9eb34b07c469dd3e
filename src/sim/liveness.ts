import { beatVersion } from '../core/beats.ts';
import type { Machine } from './machine.ts';
import { followAdvice } from './operator.ts';
import type { World } from './world.ts';

/** The longest pause after failed starts is five minutes; everything else is shorter. */
const patienceMs = 420_000;
/** Longer than this with advice that helps nothing is no advice. */
const totalMs = 1_200_000;

/**
 * Without faults exactly one node owns each group before long; or both hold, and what the rule names, typed by an
 * operator, resolves it.
 *
 * @throws {Violation} otherwise.
 */
export function expectOneOwner(world: World, tend: () => void, dead: Machine | undefined): void {
  const beganMs = world.nowMs;
  let actedMs = world.nowMs;
  const stepMs = Math.max(2_000, world.options.deadMs);
  for (;;) {
    world.advance(stepMs);
    tend();
    const open = world.options.groups.filter(
      ({ name }) => whyNotSettled(world, name) !== undefined && !isCopyLost(world, name, dead),
    );
    if (open.length === 0) break;
    for (const { name } of open) {
      for (const machine of world.machines) {
        if (followAdvice(world, machine, name, world.nowMs - actedMs)) actedMs = world.nowMs;
      }
    }
    for (const machine of world.machines) {
      if (machine !== dead) world.startHead(machine);
      reloadAgain(world, machine);
    }
    if (world.nowMs - actedMs > patienceMs || world.nowMs - beganMs > totalMs) {
      const [group] = open;
      world.fail(
        'liveness',
        `${group?.name ?? ''}: ${whyNotSettled(world, group?.name ?? '') ?? ''}; ${rulesOf(world)}`,
      );
    }
  }
  expectCommonVersion(world);
  world.coverage.count(world.nowMs - beganMs > 60_000 ? 'seen settled late' : 'seen settled soon');
}

/** A reload is refused while the group is held, or looked at: whoever typed it reads that, and types it again. */
function reloadAgain(world: World, machine: Machine): void {
  const read = machine.head?.engine.state.config.groups.map(({ digest }) => digest).join();
  const written = machine.config.groups.map(({ digest }) => digest).join();
  if (read !== undefined && read !== written) world.rewriteConfig(machine, machine.config, true);
}

/** Two that hear each other speak as the older of them can, whatever they were upgraded from. */
function expectCommonVersion(world: World): void {
  // One that has just started is heard first.
  if (whyNotCommon(world) !== undefined) world.advance(world.options.deadMs);
  const reason = whyNotCommon(world);
  if (reason !== undefined) world.fail('liveness', reason);
}

function whyNotCommon(world: World): string | undefined {
  const states = world.machines.flatMap(({ head }) => (head === undefined ? [] : [head.engine.state]));
  const sent = new Set(states.map(beatVersion));
  const common = Math.min(...states.map(({ beatVersionMax }) => beatVersionMax));
  if (states.length < 2 || (sent.size === 1 && sent.has(common))) return undefined;
  return `beats of version ${[...sent].join(' and ')} between builds that both speak ${common}`;
}

/** The only machine that is left has a copy that a sync was rewriting: only a backup helps. */
function isCopyLost(world: World, group: string, dead: Machine | undefined): boolean {
  if (dead === undefined) return false;
  const known = world.peerOf(dead).head?.engine.state.groups.find(({ config }) => config.name === group);
  return known?.durable.isCopyWithdrawn === true;
}

/** One node runs everything and says so, the other nothing. */
function whyNotSettled(world: World, group: string): string | undefined {
  const held = world.machines.map((machine) => machine.held(group).all);
  const owners = world.machines.filter((_, index) => (held[index]?.length ?? 0) > 0);
  const [owner] = owners;
  if (owner === undefined) return 'no owner';
  if (owners.length > 1)
    return `two owners, ${world.machines.map(({ name }, index) => `${name} runs ${held[index]?.join(', ') ?? ''}`).join('; ')}`;
  const resources = owner.config.groups.find(({ name }) => name === group)?.resources ?? [];
  const missing = resources.filter(({ name, side }) => side === 'owner' && !owner.runs(group, name));
  if (missing.length > 0) return `${missing.map(({ name }) => name).join(', ')} not running on ${owner.name}`;
  const activity = owner.head?.engine.state.groups.find(({ config }) => config.name === group)?.activity.kind;
  return activity === 'active' ? undefined : `${owner.name} is ${activity ?? 'without a daemon'}`;
}

function rulesOf(world: World): string {
  const said = world.machines.flatMap(({ name, head }) =>
    (head?.engine.state.groups ?? []).map(
      (group) => `${name} ${group.config.name} ${group.activity.kind} by ${group.because.rule}`,
    ),
  );
  return said.join(', ');
}
