import { unreachable } from '../../../src/core/unreachable.ts';
import { obey } from '../../../src/sim/commands.ts';
import type { LiveMoment } from '../../../src/sim/live/peerGroup.ts';
import { type Command, parseScript } from '../../../src/sim/live/script.ts';
import type { Machine } from '../../../src/sim/machine.ts';
import { plainFence, type SimOptions } from '../../../src/sim/options.ts';
import { Prng } from '../../../src/sim/prng.ts';
import { drawOptions } from '../../../src/sim/swarm.ts';
import { nobody } from '../../../src/sim/witnessed.ts';
import { World, type WorldHooks } from '../../../src/sim/world.ts';

/** What really happened in a drawn pair after a moment: to be compared with what was predicted of it. */
export interface Outcome {
  readonly jobs: readonly string[];
  readonly answers: readonly string[];
  /** By group, the node on which the whole of it runs. */
  readonly owners: Readonly<Record<string, string | undefined>>;
}

export interface Case {
  readonly seed: number;
  readonly live: LiveMoment;
  readonly node: string;
  readonly script: string;
  readonly commands: readonly Command[];
  readonly options: SimOptions;
  /** The peer was on its way up or down: how far, beats do not tell. */
  readonly isPeerBusy: boolean;
  /** Lets the world itself go on, with the same commands unless there are others. */
  goOn(commands?: readonly Command[]): Outcome;
}

/** A drawn pair at a random moment of its life, maybe in trouble, and what is done to it from then on. */
export function drawCase(seed: number, onLine?: WorldHooks['onLine']): Case {
  const prng = new Prng(seed).fork('agreement');
  const options = calm(drawOptions(new Prng(seed).fork('options')));
  const jobs: string[] = [];
  const answers: string[] = [];
  const world = new World(seed, options, {
    witness: (made) => ({
      ...nobody,
      jobOrdered: (machine, { group, resource, action }) => {
        if (action !== 'status') jobs.push(`${machine.name} ${action} ${group} ${resource}`);
      },
      answered: (machine, _request, wish, answer) => {
        if (wish.kind !== 'syncBegin' && wish.kind !== 'syncEnd') answers.push(`${machine.name} ${said(answer)}`);
      },
      noted: () => void made,
    }),
    ...(onLine === undefined ? {} : { onLine }),
  });
  for (const machine of world.machines) world.boot(machine);
  world.advance(options.initdeadMs + prng.between(5, 20) * options.deadMs);
  trouble(world, prng);
  const up = world.machines.filter(({ head }) => head !== undefined && head.engine.state.groups.length > 0);
  const machine = up[prng.between(0, up.length - 1)] ?? world.machines[0];
  const live = momentOf(machine);
  const script = drawScript(prng, options);
  const parsed = parseScript(script, live.state.config);
  if (!parsed.ok) throw new SyntaxError(parsed.sentence);
  return {
    seed,
    live,
    node: machine.name,
    script,
    commands: parsed.commands,
    options,
    isPeerBusy: Object.values(live.state.peer.groups).some(({ beat }) => beat !== undefined && isBusy(beat.role)),
    goOn: (commands = parsed.commands) => {
      jobs.length = 0;
      answers.length = 0;
      for (const { waitMs, words } of commands) {
        for (const one of words) obey(world, one, 1);
        world.advance(waitMs ?? 0);
      }
      return { jobs, answers, owners: ownersOf(world) };
    },
  };
}

function isBusy(role: string): boolean {
  return role === 'starting' || role === 'stopping' || role === 'claiming';
}

/** What the answer says, without the ages in it. */
export function said(answer: { readonly kind: string; readonly sentence: string }): string {
  return `${answer.kind}: ${answer.sentence.replaceAll(/\d+(?= m?s\b)|\d\d:\d\d:\d\d UTC/g, 'N')}`;
}

/** Bad luck with the network, a slow line at the edge of its deadtime, a slow disk: chance, no matter of knowing. */
function calm(options: SimOptions): SimOptions {
  const { pace } = options;
  const cables = options.cables.map((cable) => (cable.baud === undefined ? cable : { ...cable, baud: 115_200 }));
  return {
    ...options,
    cables,
    // Whether a fence switches off or reboots, or is a person, its node does not know before it has fired.
    fence: options.fence === undefined ? undefined : { ...plainFence, delayMs: options.fence.delayMs },
    pace: { ...pace, lossPercent: 0, doublePercent: 0, diskMs: [1, 5], rewritePercent: 0 },
  };
}

function momentOf(machine: Machine): LiveMoment {
  const state = machine.head?.engine.state;
  if (state === undefined) throw new RangeError(`${machine.name} has a daemon`);
  return { state, atMs: machine.monotonicMs(), wallMs: machine.wallMs() };
}

/** Something that beats tell, and a random time after it. */
function trouble(world: World, prng: Prng): void {
  const { deadMs } = world.options;
  const kinds = [
    'none',
    'none',
    'none',
    'cut',
    'crash',
    'kill',
    'stop',
    'standby',
    'maintenance',
    'release',
    'carrier',
    'move',
  ] as const;
  const drawn = prng.pick(kinds);
  // A peer that is cut off and lives looks like one that is off, and is taken for it: `simulate` says so.
  const kind = world.cables.length === 1 && (drawn === 'cut' || drawn === 'carrier') ? 'none' : drawn;
  const machine = prng.pick(world.machines);
  const groups = world.options.groups.map(({ name }) => name).slice(0, 1);
  const words = {
    maintenance: ['maintenance', ...groups, 'on'],
    standby: ['standby'],
    release: ['release', ...groups, '--force'],
  };
  switch (kind) {
    case 'none':
      break;
    case 'cut': {
      const cable = world.cables[prng.between(0, world.cables.length - 1)];
      if (cable !== undefined) world.cut(cable, 'both');
      break;
    }
    case 'crash':
      world.powerCut(machine);
      break;
    case 'kill':
      world.killHead(machine);
      break;
    case 'stop':
      world.stopHead(machine, 'release');
      break;
    case 'carrier':
      world.lan.setCarrier(machine, false);
      break;
    case 'move':
      obey(world, ['type', machine.name, 'takeover', ...groups], 1);
      break;
    case 'standby':
    case 'maintenance':
    case 'release':
      obey(world, ['type', machine.name, ...words[kind]], 1);
      break;
  }
  const laterMs = prng.between(3 * deadMs, 10 * deadMs);
  // That a daemon died a moment ago nobody can know; everything else is told by the next beat.
  const isKnownAtOnce = kind !== 'crash' && kind !== 'kill' && kind !== 'cut';
  world.advance((isKnownAtOnce && prng.chance(50) ? prng.between(0, deadMs) : laterMs) + 50);
}

const drawn = [
  'crash',
  'takeover',
  'takeover',
  'release',
  'stop',
  'kill',
  'cut',
  'cutAll',
  'none',
  'force',
  'confirm',
] as const;

/** One or two things that are done, and time for all that comes of them. */
function drawScript(prng: Prng, { deadMs, leaseMs, initdeadMs, cables, groups }: SimOptions): string {
  const node = (): string => prng.pick(['node1', 'node2']);
  const group = groups[prng.between(0, groups.length - 1)]?.name ?? 'site';
  const way = cables[prng.between(0, cables.length - 1)]?.name ?? 'lan';
  const one = (): string => {
    const kind = prng.pick(drawn);
    switch (kind) {
      case 'crash':
        return `crash ${node()}`;
      case 'takeover':
        return `takeover ${group} on ${node()}`;
      case 'release':
        return `release ${group} on ${node()}`;
      case 'stop':
        return `stop ${node()}`;
      case 'kill':
        return `kill ${node()}`;
      case 'cut':
        return `cut ${way}`;
      case 'cutAll':
        return 'cut all';
      case 'force':
        return `takeover ${group} on ${node()} --force`;
      case 'confirm':
        return `confirm-dead ${node()}`;
      case 'none':
        return 'wait 1s';
      default:
        return unreachable(kind);
    }
  };
  const longMs = 4 * Math.max(deadMs, leaseMs) + initdeadMs + 20_000;
  return prng.chance(60) ? `${one()}; wait ${longMs}ms` : `${one()}; wait ${3 * deadMs}ms; ${one()}; wait ${longMs}ms`;
}

function ownersOf(world: World): Outcome['owners'] {
  const entries = world.options.groups.map(({ name }) => {
    const whole = world.machines.filter((machine) => {
      const resources = machine.config.groups.find((group) => group.name === name)?.resources ?? [];
      const owned = resources.filter(({ side }) => side === 'owner');
      return owned.length > 0 && machine.held(name).all.length === owned.length;
    });
    return [name, whole.length === 1 ? whole[0]?.name : undefined] as const;
  });
  return Object.fromEntries(entries);
}
