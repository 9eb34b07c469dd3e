import { nowMs, sleep, until } from '../lab/clock.ts';
import { Lab } from '../lab/lab.ts';
import type { OutageProbe } from '../lab/outageProbe.ts';
import { fast, fastDeadMs, LabPair } from '../lab/pair.ts';
import { floatingAddress, type NodeName, otherNode } from '../lab/topology.ts';
import { daemonName, daemonService, startDaemon } from '../lab/twinbeat.ts';
import type { Measure } from './measure.ts';

/** What users may see beyond the deadtime after a power cut. */
const afterDeadMs = 100;
const plannedMsMax = 100;
const moveWithinMs = 15_000;
/** The longest gap is looked for from a moment before the deed: its last good answer belongs to it. */
const leadMs = 20;
/** Rounds must not all meet the beats at the same point of their interval. */
const shiftMs = 37;
const lanCuts = ['lan:node1>node2', 'lan:node2>node1'] as const;

/** The outage of a power cut, alternately of one node and the other. */
export async function powerCuts(rounds: number, hogs: number): Promise<Measure> {
  return await withPair(async (stage) => {
    await stage.lab.hog('client', hogs);
    const values = await stage.each(rounds, async (owner) => {
      const cut = await stage.lab.powerCut(owner);
      const ms = await stage.outageUntil(otherNode(owner), cut.startedMs);
      await stage.lab.boot(owner);
      return ms;
    });
    const name = hogs === 0 ? 'power cut' : `power cut, ${hogs} CPU hogs`;
    return { name, unit: 'ms', values, bound: fastDeadMs + afterDeadMs };
  });
}

export async function plannedTakeovers(rounds: number): Promise<Measure> {
  return await withPair(async (stage) => {
    const values = await stage.each(rounds, async (owner) => {
      const startedMs = await stage.pair.takeover(otherNode(owner));
      return await stage.outageUntil(otherNode(owner), startedMs);
    });
    return { name: 'planned takeover', unit: 'ms', values, bound: plannedMsMax };
  });
}

export async function gracefulStops(rounds: number): Promise<Measure> {
  return await withPair(async (stage) => {
    const values = await stage.each(rounds, async (owner) => {
      const startedMs = nowMs();
      const host = stage.lab.host(owner);
      await host.signal(daemonName, 'SIGTERM');
      const ms = await stage.outageUntil(otherNode(owner), startedMs);
      await until('the stopped daemon is gone', moveWithinMs, () => host.pidOf(daemonName) === undefined);
      await startDaemon(host);
      return ms;
    });
    return { name: 'daemon stopped by SIGTERM', unit: 'ms', values, bound: plannedMsMax };
  });
}

/** At the usual deadtime of 2 s: the daemon is back before anybody misses it. */
export async function quickRestarts(rounds: number): Promise<Measure> {
  const usual = { keepalive: '200ms', warntime: '600ms', deadtime: '2s', initdead: '4s' };
  return await withPair(
    async (stage) => {
      const values: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const before = await stage.pair.status('node1');
        const startedMs = nowMs();
        await stage.lab.node1.signal(daemonName, 'SIGKILL');
        await stage.pair.until('node1', 'another incarnation', (now) => now.incarnation !== before?.incarnation);
        await stage.pair.untilWell('node1');
        values.push((await stage.probe.outage(startedMs - leadMs)).ms);
      }
      return { name: 'daemon killed, back at once, deadtime 2 s', unit: 'ms', values, bound: 50 };
    },
    usual,
    true,
  );
}

/** The daemon stays away: its address goes with the lease, and only then the other node takes it. */
export async function deadDaemons(rounds: number): Promise<readonly Measure[]> {
  return await withPair(async (stage) => {
    const twice: number[] = [];
    const values = await stage.each(rounds, async (owner) => {
      const startedMs = nowMs();
      await stage.lab.host(owner).kill(daemonName);
      const ms = await stage.outageUntil(otherNode(owner), startedMs);
      await stage.pair.untilActive(otherNode(owner));
      twice.push(stage.lab.addresses.heldTwiceMs(floatingAddress, startedMs));
      await startDaemon(stage.lab.host(owner));
      return ms;
    });
    const name = 'daemon killed for good';
    return [
      { name, unit: 'ms', values },
      { name: `${name}: both hold the address`, unit: 'ms', values: twice, bound: 4000, note: 'lease 3 s + 1 s' },
    ];
  });
}

export async function freezes(rounds: number): Promise<readonly Measure[]> {
  return await withPair(async (stage) => {
    const twice: number[] = [];
    const settled: number[] = [];
    const values: number[] = [];
    let owner: NodeName = 'node1';
    for (let round = 0; round < rounds; round += 1) {
      const frozen = await stage.lab.freeze(owner);
      await sleep(3000 - (nowMs() - frozen.startedMs));
      const thaw = await stage.lab.thaw(owner);
      owner = await stage.untilOneOwner();
      settled.push(Math.max(0, stage.lastChangeMs() - thaw.startedMs));
      await stage.pair.untilWell(owner);
      values.push((await stage.probe.outage(frozen.startedMs - leadMs)).ms);
      twice.push(stage.lab.addresses.heldTwiceMs(floatingAddress, frozen.startedMs));
    }
    const name = 'host frozen for 3 s';
    return [
      { name, unit: 'ms', values, note: 'its kernel answers on, until the lease ends' },
      { name: `${name}: thaw to one owner`, unit: 'ms', values: settled, bound: 200, note: 'two beats' },
      { name: `${name}: both hold the address`, unit: 'ms', values: twice, bound: 0 },
    ];
  });
}

/** The nodes lose sight of each other, users see both; then all is mended. */
export async function healedSplits(rounds: number): Promise<readonly Measure[]> {
  return await withPair(async (stage) => {
    const twice: number[] = [];
    const values: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await stage.lab.cut(...lanCuts, 'cross', 'serial');
      await until('both nodes are active', moveWithinMs, () => stage.holders().length === 2);
      await stage.pair.letBeat('node1', 10);
      const mend = await stage.lab.mendAll();
      const owner = await stage.untilOneOwner();
      await stage.pair.untilWell(owner);
      values.push((await stage.probe.outage(mend.startedMs - leadMs)).ms);
      twice.push(stage.lab.addresses.heldTwiceMs(floatingAddress, mend.doneMs));
    }
    return [
      { name: 'after a healed split', unit: 'ms', values, note: 'outage' },
      {
        name: 'after a healed split: both hold the address',
        unit: 'ms',
        values: twice,
        bound: 400,
        note: 'four beats',
      },
    ];
  });
}

/** From the start of both daemons to the address. */
export async function starts(rounds: number): Promise<Measure> {
  return await withPair(async (stage) => {
    const values: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      // The standby first: nothing moves, and nobody is left to hand over to.
      for (const node of [otherNode(stage.owner()), stage.owner()]) {
        const host = stage.lab.host(node);
        await host.signal(daemonName, 'SIGTERM');
        await until(`the daemon of ${node} has stopped`, moveWithinMs, () => host.pidOf(daemonName) === undefined);
      }
      const startedMs = nowMs();
      await Promise.all(stage.lab.nodes.map(async (node) => await node.start(daemonService(node, { atBoot: true }))));
      await until('the address is up', moveWithinMs, () => stage.holders().length > 0);
      values.push(stage.lastChangeMs() - startedMs);
      await stage.pair.untilWell(stage.owner());
    }
    return { name: 'start of both daemons to address', unit: 'ms', values, bound: 500 };
  });
}

/** A pair with a probe on its address. */
export class Stage {
  readonly lab: Lab;
  readonly pair: LabPair;
  readonly probe: OutageProbe;

  constructor(lab: Lab, pair: LabPair, probe: OutageProbe) {
    this.lab = lab;
    this.pair = pair;
    this.probe = probe;
  }

  /** Does something to the owner again and again; each time the group moves to the other node. */
  async each(rounds: number, act: (owner: NodeName) => Promise<number>): Promise<readonly number[]> {
    const values: number[] = [];
    let owner: NodeName = 'node1';
    for (let round = 0; round < rounds; round += 1) {
      await sleep(shiftMs * (round % 3));
      values.push(await act(owner));
      owner = otherNode(owner);
      await this.pair.untilWell(owner);
      await this.acknowledge();
    }
    return values;
  }

  async outageUntil(next: NodeName, startedMs: number): Promise<number> {
    const servedMs = await this.probe.answerFrom(next, startedMs, moveWithinMs);
    return (await this.probe.outage(startedMs - leadMs, servedMs + leadMs)).ms;
  }

  holders(): readonly string[] {
    return this.lab.addresses.holders(floatingAddress);
  }

  owner(): NodeName {
    return this.holders()[0] === 'node2' ? 'node2' : 'node1';
  }

  /** When the address last came or went somewhere. */
  lastChangeMs(): number {
    const moments = this.lab.addresses
      .holdings(floatingAddress)
      .flatMap(({ fromMs, toMs }) => [fromMs, toMs ?? fromMs]);
    return Math.max(...moments);
  }

  /** After three moves within an hour nothing moves by itself any more, until an operator has said that he knows. */
  async acknowledge(): Promise<void> {
    await Promise.all((['node1', 'node2'] as const).map(async (node) => await this.pair.ask(node, { verb: 'ack' })));
  }

  /** Until exactly one node has the address, and both say so. */
  async untilOneOwner(withinMs = moveWithinMs): Promise<NodeName> {
    await until('one node owns the address', withinMs, async () => {
      if (this.holders().length !== 1) return false;
      const owner = this.owner();
      const said = await Promise.all([this.pair.status('node1'), this.pair.status('node2')]);
      return said.every((status) => status?.groups.every((group) => group.owner === owner) === true);
    });
    return this.owner();
  }
}

export async function withPair<Result>(
  act: (stage: Stage) => Promise<Result>,
  config: Parameters<typeof LabPair.up>[1] = fast,
  isRestarted = false,
): Promise<Result> {
  await using lab = await Lab.create();
  return await act(await stageOf(lab, config, isRestarted ? { restartAfterMs: 10 } : {}));
}

/** Brings a pair up in a lab, and waits until its address answers. */
export async function stageOf(lab: Lab, ...[config, daemon]: LabPairUp): Promise<Stage> {
  const pair = await LabPair.up(lab, config, daemon);
  const probe = await lab.probe(floatingAddress);
  await probe.answerFrom('node1', pair.fromMs, moveWithinMs);
  return new Stage(lab, pair, probe);
}

type LabPairUp = Parameters<typeof LabPair.up> extends [unknown, ...infer Rest] ? Rest : never;
