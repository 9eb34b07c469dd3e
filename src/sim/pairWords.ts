import type { DataClass } from '../core/nodeConfig.ts';
import { durationOf } from './duration.ts';
import type { CableOptions, GroupOptions, SimOptions, WitnessOptions } from './options.ts';
import { plainFence, plainGroup, plainOptions } from './options.ts';

/**
 * The pair of a scenario, from the words of its `pair` line: what is not named is as in `plainOptions`.
 *
 *     pair groups=site,mail data=copied syncer address=off channels=lan,serial:9600 deadtime=10s beats=1,2 ping=2:1s failback=60s watchdog=10s
 */
export function pairFrom(words: readonly string[], line: number): SimOptions {
  const given = new Map(words.map((word) => splitWord(word)));
  const time = (key: string, usual: number): number => {
    const value = given.get(key);
    return value === undefined ? usual : durationOf(value, line);
  };
  const unknown = [...given.keys()].filter((key) => !known.has(key));
  if (unknown.length > 0)
    throw new SyntaxError(`line ${line}: a pair has no ${unknown.join(', ')}; it has ${[...known].join(', ')}`);
  const names = (given.get('groups') ?? 'site').split(',');
  const group = (name: string): GroupOptions => {
    const usual = plainGroup(name);
    return {
      ...usual,
      dataClass: (given.get('data') ?? usual.dataClass) as DataClass,
      hasAddress: given.get('address') !== 'off',
      hasSyncer: given.has('syncer'),
      hasDeadMan: given.get('deadman') !== 'off',
      maxLagMs: time('maxlag', usual.maxLagMs),
      monitorMs: time('monitor', usual.monitorMs),
      failbackAfterMs: given.has('failback') ? time('failback', 0) : undefined,
    };
  };
  return {
    ...plainOptions,
    keepaliveMs: time('keepalive', plainOptions.keepaliveMs),
    warnMs: time('warntime', plainOptions.warnMs),
    deadMs: time('deadtime', plainOptions.deadMs),
    initdeadMs: time('initdead', plainOptions.initdeadMs),
    leaseMs: time('lease', plainOptions.leaseMs),
    cables: given.has('channels') ? (given.get('channels') ?? '').split(',').map(cableFrom) : plainOptions.cables,
    mode: given.get('mode') === 'manual' ? 'manual' : 'auto',
    isSingleChannelAllowed: given.has('single'),
    isStrict: given.has('strict'),
    startupAlone: (given.get('alone') ?? plainOptions.startupAlone) as SimOptions['startupAlone'],
    groups: names.map(group),
    ping: pingFrom(given.get('ping'), line),
    beatVersions: beatVersionsOf(given.get('beats')),
    watchdogMs: given.has('watchdog') ? time('watchdog', 0) : undefined,
    witness: witnessFrom(given.get('witness'), line),
    fence: fenceFrom(given, time),
    pace: {
      ...plainOptions.pace,
      startMs: [time('start', plainOptions.pace.startMs[0]), time('start', plainOptions.pace.startMs[0])],
      stopMs: [time('stop', plainOptions.pace.stopMs[0]), time('stop', plainOptions.pace.stopMs[0])],
      diskMs: [time('disk', plainOptions.pace.diskMs[0]), time('disk', plainOptions.pace.diskMs[0])],
    },
  };
}

/** `fence` switches off after a second; `fence=reboot`, `fence=person`; `fencedelay=`, `fencestartup`. */
function fenceFrom(
  given: ReadonlyMap<string, string>,
  time: (key: string, usual: number) => number,
): SimOptions['fence'] {
  const how = given.get('fence');
  if (how === undefined) return undefined;
  const backMs = how === 'reboot' ? 5_000 : plainFence.offMs[0];
  return {
    ...plainFence,
    action: how === 'reboot' ? 'reboot' : 'off',
    isPerson: how === 'person',
    delayMs: time('fencedelay', plainFence.delayMs),
    isAtStartup: given.has('fencestartup'),
    offMs: [backMs, backMs],
  };
}

const known: ReadonlySet<string> = new Set([
  'fence',
  'fencedelay',
  'fencestartup',
  'groups',
  'data',
  'syncer',
  'address',
  'deadman',
  'channels',
  'single',
  'strict',
  'alone',
  'beats',
  'failback',
  'ping',
  'mode',
  'maxlag',
  'monitor',
  'keepalive',
  'warntime',
  'deadtime',
  'initdead',
  'lease',
  'witness',
  'watchdog',
  'start',
  'stop',
  'disk',
]);

/** `2:1s`: so many targets, asked so often. */
function pingFrom(word: string | undefined, line: number): SimOptions['ping'] {
  if (word === undefined) return undefined;
  const [count = '', interval = '1s'] = word.split(':');
  return { targetCount: Number(count), intervalMs: durationOf(interval, line) };
}

/** `1,2`: what the builds on node1 and on node2 speak at first. */
function beatVersionsOf(word: string | undefined): SimOptions['beatVersions'] {
  if (word === undefined) return plainOptions.beatVersions;
  const [one = '', other = one] = word.split(',');
  return [Number(one), Number(other)];
}

function splitWord(word: string): readonly [string, string] {
  const at = word.indexOf('=');
  return at < 0 ? [word, 'on'] : [word.slice(0, at), word.slice(at + 1)];
}

/** Of a lease of so long; it is no part of the service LAN. */
function witnessFrom(word: string | undefined, line: number): WitnessOptions | undefined {
  if (word === undefined) return undefined;
  const leaseMs = word === 'on' ? 6_000 : durationOf(word, line);
  return { leaseMs, renewMs: 500, timeoutMs: 250, stopMs: 1_000, isInLan: false, clockRate: 1 };
}

function cableFrom(word: string): CableOptions {
  const [name = '', baud] = word.split(':');
  const medium = name.startsWith('serial') ? 'serial' : name.startsWith('cross') ? 'cross' : 'lan';
  return { name, medium, baud: medium === 'serial' ? Number(baud ?? 115_200) : undefined };
}
