import type { NodeConfig } from '../../core/nodeConfig.ts';

/** One thing that is done to the pretended pair. */
export interface Command {
  /** As it was typed, with what was left out. */
  readonly said: string;
  /** How long to wait; undefined: `words` are for `obey`. */
  readonly waitMs: number | undefined;
  /** Commands of a scenario, see `src/sim/commands.ts`. */
  readonly words: readonly (readonly string[])[];
}

export type ParsedScript =
  | { readonly ok: true; readonly commands: readonly Command[] }
  /** What is wrong, where, and what may stand there. */
  | { readonly ok: false; readonly sentence: string };

export const scriptCharsMax = 4_096;
const commandsMax = 100;
/** Of all waits together: an hour of a pair is some seconds of work. */
export const waitMsMax = 3_600_000;

/** What `hactl simulate` understands, for its help. */
export const grammar: readonly (readonly [string, string])[] = [
  ['cut WAY[,WAY]', 'a channel or a medium fails; all: every channel'],
  ['mend WAY[,WAY]', 'it is whole again'],
  ['kill NODE', 'twinbeatd gets SIGKILL'],
  ['start NODE', 'twinbeatd starts'],
  ['stop NODE [keep]', 'twinbeatd gets SIGTERM; keep: its services stay'],
  ['crash NODE', 'the machine loses its power'],
  ['boot NODE', 'it boots'],
  ['freeze NODE', 'every process of the machine stands still'],
  ['thaw NODE', 'they go on'],
  ['carrier NODE off|on', 'the cable of its service device'],
  ['takeover GROUP on NODE', 'as typed there; --force too'],
  ['release GROUP on NODE', 'as typed there; --force too'],
  ['confirm-dead NODE', 'as typed on the other one'],
  ['wait TIME', '300ms, 20s, 5m'],
];

/** Reads `cut lan,serial; wait 20s`. `self` is meant where a node is left out. Never throws. */
export function parseScript(text: string, config: NodeConfig): ParsedScript {
  if (text.length > scriptCharsMax) return no(`more than ${scriptCharsMax} characters are no script`);
  const parts = text
    .split(/[;\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (parts.length === 0) return no(`there is no command; there are ${known}`);
  if (parts.length > commandsMax) return no(`more than ${commandsMax} commands are no script`);
  const commands: Command[] = [];
  let waitedMs = 0;
  for (const part of parts) {
    const parsed = parseCommand(part, config);
    if (typeof parsed === 'string') return no(`${quoted(part)}: ${parsed}`);
    waitedMs += parsed.waitMs ?? 0;
    if (waitedMs > waitMsMax) return no(`${quoted(part)}: all waits together are longer than an hour`);
    commands.push(parsed);
  }
  return { ok: true, commands };
}

const known = [...new Set(grammar.map(([usage]) => usage.split(' ')[0] ?? ''))].join(', ');

function parseCommand(part: string, config: NodeConfig): Command | string {
  const [verb = '', ...rest] = part.split(/\s+/);
  const words = (all: readonly (readonly string[])[]): Command => ({ said: part, waitMs: undefined, words: all });
  switch (verb) {
    case 'wait': {
      const waitMs = rest.length === 1 ? timeOf(rest[0] ?? '') : undefined;
      return waitMs === undefined ? 'write wait and a time: wait 20s' : { said: part, waitMs, words: [] };
    }
    case 'cut':
    case 'mend': {
      const ways = waysOf(rest, config);
      return typeof ways === 'string' ? ways : words(ways.flatMap((way) => wayWords(verb, way, config)));
    }
    case 'kill':
    case 'start':
    case 'crash':
    case 'boot':
    case 'freeze':
    case 'thaw':
      return rest.length === 1 && isNode(rest[0], config) ? words([[verb, ...rest]]) : nodeMissing(verb, config);
    case 'stop':
      if (!isNode(rest[0], config) || rest.length > 2) return nodeMissing(verb, config);
      return rest[1] === undefined || rest[1] === 'keep' ? words([[verb, ...rest]]) : 'only keep may follow the node';
    case 'carrier':
      if (!isNode(rest[0], config) || rest.length !== 2) return nodeMissing('carrier', config, ' off');
      return rest[1] === 'on' || rest[1] === 'off' ? words([[verb, ...rest]]) : 'it is on or off';
    case 'takeover':
    case 'release':
      return moveWords(verb, rest, config, words);
    case 'confirm-dead': {
      const other = rest[0] === config.self ? config.peer : config.self;
      if (rest.length !== 1 || !isNode(rest[0], config)) return nodeMissing(verb, config);
      return words([['type', other, verb, rest[0] ?? '']]);
    }
    default:
      return `there is no such command; there are ${known}`;
  }
}

function moveWords(
  verb: string,
  rest: readonly string[],
  config: NodeConfig,
  words: (all: readonly (readonly string[])[]) => Command,
): Command | string {
  const isForced = rest.includes('--force');
  const plain = rest.filter((word) => word !== '--force');
  const at = plain.indexOf('on');
  const node = at === -1 ? config.self : plain[at + 1];
  const groups = at === -1 ? plain : plain.slice(0, at);
  if (!isNode(node, config) || (at !== -1 && plain.length !== at + 2)) return nodeMissing(`${verb} GROUP on`, config);
  const unknown = groups.find((name) => !config.groups.some((group) => group.name === name));
  if (unknown !== undefined) {
    return `there is no group ${quoted(unknown)}; there is ${config.groups.map(({ name }) => name).join(', ')}`;
  }
  return words([['type', node, verb, ...groups, ...(isForced ? ['--force'] : [])]]);
}

/** Names of channels. A medium stands for all of its channels. */
function waysOf(rest: readonly string[], config: NodeConfig): readonly string[] | string {
  const names = rest
    .join(' ')
    .split(',')
    .map((name) => name.trim());
  const all = [...new Set(config.channels.flatMap(({ name, medium }) => [name, medium]))];
  const unknown = names.find((name) => name !== 'all' && !all.includes(name));
  if (unknown === undefined) return names;
  return `there is no channel or medium ${quoted(unknown)}; there are ${all.join(', ')}, and all`;
}

/** What carries a floating address is a LAN: cut, it carries nothing for its clients either. */
function wayWords(verb: string, way: string, config: NodeConfig): readonly (readonly string[])[] {
  const devices = config.groups.flatMap((group) => group.resources.flatMap(({ device }) => device ?? []));
  const isOf = ({ name, medium }: NodeConfig['channels'][number]): boolean =>
    way === 'all' || name === way || medium === way;
  const cut = config.channels.filter(isOf);
  const isLan = cut.some(({ medium }) => devices.includes(medium));
  return [
    ...(isLan ? [['switch', verb === 'cut' ? 'broken' : 'whole']] : []),
    ...cut.map(({ name }) => [verb, name] as const),
  ];
}

function isNode(name: string | undefined, { self, peer }: NodeConfig): name is string {
  return name === self || name === peer;
}

function nodeMissing(verb: string, { self, peer }: NodeConfig, more = ''): string {
  return `write ${verb} and a node: ${verb} ${peer}${more}, or ${verb} ${self}${more}`;
}

function timeOf(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,7}(?:\.\d{1,3})?)(ms|s|min|m|h)$/.exec(text) ?? [];
  const factor = { ms: 1, s: 1_000, min: 60_000, m: 60_000, h: 3_600_000 }[unit];
  return count === undefined || factor === undefined ? undefined : Number(count) * factor;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
}

function no(sentence: string): ParsedScript {
  return { ok: false, sentence };
}
