import assert from 'node:assert/strict';
import { type Outcome, request } from '../src/control/controlClient.ts';
import type { GroupReport, Request, ResponseLine, StatusReport } from '../src/control/controlProtocol.ts';
import { nowMs, until } from './clock.ts';
import type { Host } from './host.ts';
import type { Lab } from './lab.ts';
import type { ServiceSpec } from './service.ts';
import { floatingAddress, type NodeName, otherNode } from './topology.ts';
import { configureNode, hactl, type PairConfig, startDaemon } from './twinbeat.ts';

/** The timings of most rows: short, and far from what a busy machine with two cores mistakes for a failure. */
export const calm = { keepalive: '100ms', warntime: '300ms', deadtime: '1s', initdead: '3s' };
export const calmDeadMs = 1000;
/** The timings that the bounds on outages are about. */
export const fast = { keepalive: '100ms', warntime: '250ms', deadtime: '500ms', initdead: '2s' };
export const fastDeadMs = 500;

/** An event of a node's journal, as `hactl events --json` prints it. */
export interface JournalEvent {
  readonly id: string;
  readonly sentence: string;
  readonly rule?: string;
  readonly evidence?: string;
}

/** The longest time without an answer on a busy machine, where nothing has happened to the service. */
export const hiccupMs = 250;
/** What a busy machine may add to a takeover. Rows that promise a speed measure several times instead (I4). */
export const busyMs = 3000;

/** A daemon starts in half a second; a loaded machine takes several. */
const upWithinMs = 30_000;
const askLimits = { firstLineMs: 3000, totalMs: 10_000 };

/** Two daemons in a lab, and what a test asks of them. */
export class LabPair {
  readonly lab: Lab;
  /** Before it nothing of the pair existed. */
  readonly fromMs: number;

  private constructor(given: Lab, fromMs: number) {
    this.lab = given;
    this.fromMs = fromMs;
  }

  /** Configures both nodes, starts both daemons, and waits until all is well and node1 is active. */
  static async up(given: Lab, config: PairConfig = calm, daemon: Partial<ServiceSpec> = {}): Promise<LabPair> {
    for (const node of given.nodes) configureNode(node, config);
    const pair = new LabPair(given, nowMs());
    await Promise.all(given.nodes.map(async (node) => await startDaemon(node, daemon)));
    await pair.untilWell('node1');
    return pair;
  }

  /** A pair that somebody else configures and starts. */
  static of(given: Lab): LabPair {
    return new LabPair(given, nowMs());
  }

  host(node: NodeName): Host {
    return this.lab.host(node);
  }

  /** Undefined when the daemon of that node does not answer. */
  async status(node: NodeName): Promise<StatusReport | undefined> {
    const { lines } = await this.ask(node, { verb: 'status' });
    return lines.flatMap((line) => (line.type === 'status' ? [line.status] : []))[0];
  }

  /** Asks a daemon through its socket, as `hactl` does, without the time that a program takes to start. */
  async ask(
    node: NodeName,
    asked: Request,
  ): Promise<{ readonly lines: readonly ResponseLine[]; readonly outcome: Outcome }> {
    const lines: ResponseLine[] = [];
    const socket = `/proc/${this.host(node).initPid}/root/run/twinbeat/control.sock`;
    const outcome = await request(socket, asked, (line) => void lines.push(line), askLimits);
    return { lines, outcome };
  }

  /** @throws {Error} with the last status when it does not come true in time. */
  async until(
    node: NodeName,
    what: string,
    isSo: (status: StatusReport) => boolean,
    withinMs = upWithinMs,
  ): Promise<StatusReport> {
    let last: StatusReport | undefined;
    try {
      await until(
        `${node} says: ${what}`,
        withinMs,
        async () => {
          last = await this.status(node);
          return last !== undefined && isSo(last);
        },
        20,
      );
    } catch (error) {
      throw new Error(`${String(error)}; the last status was ${JSON.stringify(last)}`);
    }
    assert.ok(last !== undefined);
    return last;
  }

  /** `owner` is active, the other one stands by and could take over, and every channel is up. */
  async untilWell(owner: NodeName, withinMs = upWithinMs): Promise<void> {
    const isWell = ({ groups, jeopardy, channels }: StatusReport): boolean =>
      !jeopardy &&
      channels.every(({ state }) => state === 'up') &&
      groups.every((group) => isArmed(group, otherNode(owner)));
    await this.until(
      owner,
      'active, and the peer can take over',
      (status) => isWell(status) && isActive(status),
      withinMs,
    );
    await this.until(
      otherNode(owner),
      `${owner} is active`,
      (status) => isWell(status) && owns(status, owner),
      withinMs,
    );
  }

  async untilActive(node: NodeName, withinMs = upWithinMs): Promise<StatusReport> {
    return await this.until(node, 'active', isActive, withinMs);
  }

  /** Until a node has sent so many beats more: time as its daemon counts it, also on a machine that is late. */
  async letBeat(node: NodeName, count: number): Promise<void> {
    const sent = (await this.status(node))?.beats.sent ?? 0;
    await this.until(node, `${count} more beats`, ({ beats }) => beats.sent >= sent + count, 10_000 + count * 200);
  }

  async events(node: NodeName): Promise<readonly JournalEvent[]> {
    const { lines } = await this.ask(node, { verb: 'events', limit: 1000 });
    return lines.flatMap((line) => (line.type === 'event' ? [line.event as unknown as JournalEvent] : []));
  }

  async untilEvent(
    node: NodeName,
    what: string,
    isIt: (event: JournalEvent) => boolean,
    withinMs = upWithinMs,
  ): Promise<void> {
    await until(`${node}'s journal says: ${what}`, withinMs, async () => (await this.events(node)).some(isIt), 20);
  }

  /** Moves everything to `node` as an operator does. Returns the moment before. */
  async takeover(node: NodeName, ...flags: readonly string[]): Promise<number> {
    const startedMs = nowMs();
    const done = await hactl(this.host(node), ['takeover', '--wait', ...flags]);
    assert.equal(done.code, 0, `hactl takeover on ${node}: ${done.stdout}${done.stderr}`);
    return startedMs;
  }

  /** Until the kernel has said that only `node` holds the address: everything before is known then. */
  async untilHeldBy(node: NodeName, address = floatingAddress): Promise<void> {
    const { addresses } = this.lab;
    await until(`only ${node} holds ${address}`, upWithinMs, () => addresses.holders(address).join() === node);
  }

  /** The kernel never showed the address on both nodes at once. */
  assertNeverTwice(address = floatingAddress, fromMs = this.fromMs): void {
    const twice = this.lab.addresses.heldTwice(address, fromMs);
    assert.deepEqual(twice, [], `${address} was held by both nodes`);
  }

  /** Since `fromMs` only `owner` had the address, and all the time. */
  assertNothingMoved(owner: NodeName, fromMs: number, address = floatingAddress): void {
    const others = this.lab.addresses
      .holdings(address)
      .filter(({ host, toMs }) => host !== owner && (toMs === undefined || toMs > fromMs));
    assert.deepEqual(others, [], `nothing moves: another node than ${owner} had ${address}`);
    const gaps = this.lab.addresses.heldByNobody(address, fromMs);
    assert.deepEqual(gaps, [], `nothing moves: ${address} was away from ${owner}`);
  }
}

export function isActive({ groups }: StatusReport): boolean {
  return groups.length > 0 && groups.every(({ role }) => role === 'active');
}

export function owns({ groups }: StatusReport, node: NodeName): boolean {
  return groups.every(({ owner }) => owner === node);
}

export function isArmed({ armed }: GroupReport, node: NodeName): boolean {
  return armed[node]?.armed === true;
}
