import { nowMs, sleep, until } from '../lab/clock.ts';
import type { CutName } from '../lab/cuts.ts';
import { fast } from '../lab/pair.ts';
import { floatingAddress, lanAddress, type NodeName, otherNode } from '../lab/topology.ts';
import { daemonName, type PairConfig, startDaemon } from '../lab/twinbeat.ts';
import type { Measure } from './measure.ts';
import { type Stage, withPair } from './outages.ts';

/** The same accidents with nothing beside the two machines, and with each guard. */
const variants: Readonly<Record<string, PairConfig>> = {
  plain: fast,
  strict: { ...fast, more: 'takeover: { strict: true }' },
  ping: { ...fast, more: `guards: { ping: { targets: [${lanAddress.client}], interval: 200ms } }` },
};
export const variantNames = Object.keys(variants);

const keepaliveMs = 100;
const frozenMs = 3000;
const cutMs = 5000;
/** Moves, heals and what follows of them are over then: warntime, a lease of three seconds, and the asking for it. */
const settleMs = 8000;
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

/** Resolves when everything is mended and started again, to when that began. */
type Accident = (stage: Stage, owner: NodeName) => Promise<number>;

const accidents: Readonly<Record<string, Accident>> = {
  'power cut': async ({ lab }, owner) => {
    await lab.powerCut(owner);
    await sleep(settleMs);
    return (await lab.boot(owner)).startedMs;
  },
  'daemon killed for good': async ({ lab }, owner) => {
    await lab.host(owner).kill(daemonName);
    await sleep(settleMs);
    const startedMs = nowMs();
    await startDaemon(lab.host(owner));
    return startedMs;
  },
  'host frozen for 3 s': async ({ lab }, owner) => {
    await lab.freeze(owner);
    await sleep(frozenMs);
    return (await lab.thaw(owner)).startedMs;
  },
  'cross link cut': async ({ lab }) => {
    await lab.cut('cross');
    await sleep(cutMs);
    return (await lab.mend('cross')).startedMs;
  },
  'LAN cable of the active pulled': async ({ lab }, owner) => {
    await lab.cut(`lan:${owner}`);
    await sleep(settleMs);
    return (await lab.mend(`lan:${owner}`)).startedMs;
  },
  'everything between the two cut for 5 s': async ({ lab }) => {
    const cuts: readonly CutName[] = ['lan:node1>node2', 'lan:node2>node1', 'cross', 'serial'];
    await lab.cut(...cuts);
    await sleep(cutMs);
    return (await lab.mend(...cuts)).startedMs;
  },
};

/** Outage and time in which both nodes held the address, for every accident, with one guard or none. */
export async function guarded(variant: string, rounds: number): Promise<readonly Measure[]> {
  return await withPair(async (stage) => {
    const measures: Measure[] = [];
    for (const [name, accident] of Object.entries(accidents)) {
      const seen: Seen[] = [];
      for (let round = 0; round < rounds; round += 1) seen.push(await watch(stage, accident));
      const title = `${variant}: ${name}`;
      const moved = [...new Set(seen.map((one) => one.moved))].join(' or ');
      measures.push(
        { name: title, unit: 'ms', values: seen.map(({ outageMs }) => outageMs), note: moved },
        { name: `${title}: both hold it`, unit: 'ms', values: seen.map(({ twiceMs }) => twiceMs) },
        {
          name: `${title}: after the mend`,
          unit: 'ms',
          values: seen.map(({ twiceMendedMs }) => twiceMendedMs),
          bound: 2 * keepaliveMs,
          note: 'both hold it',
        },
      );
    }
    return measures;
  }, variants[variant]);
}

async function watch(stage: Stage, accident: Accident): Promise<Seen> {
  const owner = stage.owner();
  await stage.pair.untilWell(owner, wellWithinMs);
  await stage.acknowledge();
  const startedMs = nowMs();
  const mendedMs = await accident(stage, owner);
  await sleep(settleMs);
  const next = await stage.untilOneOwner(wellWithinMs);
  await stage.pair.untilWell(next, wellWithinMs);
  await until('the probe is answered', wellWithinMs, async () => (await stage.probe.outage(nowMs() - 50)).ms < 50);
  const holdings = stage.lab.addresses
    .holdings(floatingAddress)
    .filter(({ toMs }) => toMs === undefined || toMs > startedMs);
  const hosts = holdings.map(({ host }) => host).filter((host, index, all) => host !== all[index - 1]);
  return {
    outageMs: (await stage.probe.outage(startedMs)).ms,
    twiceMs: stage.lab.addresses.heldTwiceMs(floatingAddress, startedMs),
    twiceMendedMs: stage.lab.addresses.heldTwiceMs(floatingAddress, mendedMs),
    moved: hosts.length < 2 ? `stays on ${hosts[0] ?? otherNode(owner)}` : hosts.join(' → '),
  };
}
