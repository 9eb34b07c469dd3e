import { nowMs, sleep } from '../lab/clock.ts';
import { Lab } from '../lab/lab.ts';
import { fast } from '../lab/pair.ts';
import { PowerSwitch } from '../lab/powerSwitch.ts';
import { floatingAddress, lanAddress, type NodeName } from '../lab/topology.ts';
import { daemonName, startDaemon } from '../lab/twinbeat.ts';
import { startWitness, witnessGuard } from '../lab/witness.ts';
import type { Measure } from './measure.ts';
import { type Stage, stageOf } from './outages.ts';

/** What stands beside the two machines: prepares it in the lab, and says what the pair's config says of it. */
type Variant = (lab: Lab) => Promise<{ readonly more?: string; readonly close?: () => Promise<void> }>;

/** The same accidents with nothing beside the two machines, and with each guard. */
const variants: Readonly<Record<string, Variant>> = {
  plain: async () => ({}),
  strict: async () => ({ more: 'takeover: { strict: true }' }),
  ping: async () => ({ more: `guards: { ping: { targets: [${lanAddress.client}], interval: 200ms } }` }),
  fence: async (lab) => {
    const power = new PowerSwitch(lab);
    return { more: power.guards('off', ['delay: 1s', 'test: 0s']), close: async () => await power.close() };
  },
  witness: async (lab) => {
    await startWitness(lab);
    return { more: witnessGuard('4s') };
  },
};
export const variantNames = Object.keys(variants);

const keepaliveMs = 100;
const frozenMs = 3000;
const cutMs = 5000;
/** A move is over then: deadtime, a fence's delay or a lease of four seconds, and the asking for it. */
const moveMs = 7000;
/** What a heal changes has begun then: two beats, and the stop of the loser. */
const healMs = 4000;
/** What users may see of an accident that leaves the owner and its LAN alone, and of its heal. */
const untouchedMsMax = 20;
const wellWithinMs = 60_000;

/** What one accident did to the service. */
interface Seen {
  readonly outageMs: number;
  readonly twiceMs: number;
  /** The part of it since the mend. */
  readonly twiceMendedMs: number;
  /** Who held the address, one after the other. */
  readonly moved: string;
}

/** Resolves when the links are mended; hosts and daemons that went down are started afterwards. */
type Accident = (stage: Stage, owner: NodeName) => Promise<void>;

const accidents: Readonly<Record<string, Accident>> = {
  'power cut': async ({ lab }, owner) => {
    await lab.powerCut(owner);
    await sleep(moveMs);
  },
  'daemon killed for good': async ({ lab }, owner) => {
    await lab.host(owner).kill(daemonName);
    await sleep(moveMs);
  },
  'host frozen for 3 s': async ({ lab }, owner) => {
    await lab.freeze(owner);
    await sleep(frozenMs);
  },
  'cross link cut': async ({ lab }) => {
    await lab.cut('cross');
    await sleep(cutMs);
  },
  'LAN cable of the active pulled': async ({ lab }, owner) => {
    await lab.cut(`lan:${owner}`);
    await sleep(moveMs);
  },
  'everything between the two cut for 5 s': async ({ lab }) => {
    await lab.cut('lan:node1>node2', 'lan:node2>node1', 'cross', 'serial');
    await sleep(cutMs);
  },
};

/** Nobody who asks the owner should notice these. */
const untouching: ReadonlySet<string> = new Set(['cross link cut', 'everything between the two cut for 5 s']);

/** Outage and time in which both nodes held the address, for every accident, with one guard or none. */
export async function guarded(name: string, rounds: number): Promise<readonly Measure[]> {
  await using lab = await Lab.create();
  const beside = await variants[name]?.(lab);
  try {
    const stage = await stageOf(lab, { ...fast, ...(beside?.more === undefined ? {} : { more: beside.more }) });
    const measures: Measure[] = [];
    for (const [accident, happen] of Object.entries(accidents)) {
      const seen: Seen[] = [];
      for (let round = 0; round < rounds; round += 1) seen.push(await watch(stage, happen));
      measures.push(...measuresOf(`${name}: ${accident}`, seen, untouching.has(accident)));
    }
    return measures;
  } finally {
    await beside?.close?.();
  }
}

function measuresOf(name: string, seen: readonly Seen[], isUntouched: boolean): readonly Measure[] {
  const moved = [...new Set(seen.map((one) => one.moved))].join(' or ');
  const outage: Measure = { name, unit: 'ms', values: seen.map(({ outageMs }) => outageMs), note: moved };
  return [
    isUntouched ? { ...outage, bound: untouchedMsMax } : outage,
    { name: `${name}: both hold it`, unit: 'ms', values: seen.map(({ twiceMs }) => twiceMs) },
    {
      name: `${name}: after the mend`,
      unit: 'ms',
      values: seen.map(({ twiceMendedMs }) => twiceMendedMs),
      bound: 2 * keepaliveMs,
      note: 'both hold it',
    },
  ];
}

async function watch(stage: Stage, happen: Accident): Promise<Seen> {
  const owner = stage.owner();
  await stage.pair.untilWell(owner, wellWithinMs);
  await stage.acknowledge();
  const startedMs = nowMs();
  await happen(stage, owner);
  const mendedMs = nowMs();
  await mend(stage);
  await sleep(healMs);
  const next = await stage.untilOneOwner(wellWithinMs);
  await stage.pair.untilWell(next, wellWithinMs);
  const endMs = nowMs();
  const { addresses } = stage.lab;
  const holdings = addresses.holdings(floatingAddress).filter(({ toMs }) => toMs === undefined || toMs > startedMs);
  const hosts = holdings.map(({ host }) => host).filter((host, index, all) => host !== all[index - 1]);
  return {
    outageMs: (await stage.probe.outage(startedMs, endMs)).ms,
    twiceMs: addresses.heldTwiceMs(floatingAddress, startedMs),
    twiceMendedMs: addresses.heldTwiceMs(floatingAddress, mendedMs),
    moved: hosts.length < 2 ? `stays on ${hosts[0] ?? owner}` : hosts.join(' → '),
  };
}

/** Everything is as before the accident: what was cut, frozen, killed or fenced. */
async function mend({ lab }: Stage): Promise<void> {
  await lab.mendAll();
  for (const host of lab.nodes) {
    if (!host.isOn) await lab.boot(host.name);
    else if (host.isFrozen) await lab.thaw(host.name);
    else if (host.pidOf(daemonName) === undefined) await startDaemon(host);
  }
}
