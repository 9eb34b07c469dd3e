import { nowMs } from './clock.ts';
import { Companion } from './companion.ts';
import { enterArgv, type LabMode, programArgv } from './namespaces.ts';
import { type Interval, overlaps, totalMs, uncovered } from './timeline.ts';
import { type HostName, nodeNames } from './topology.ts';

/** A host had the address on a device from a moment to another one. `toMs` is undefined while it has it. */
export interface Holding {
  readonly host: HostName;
  readonly address: string;
  readonly device: string;
  readonly fromMs: number;
  readonly toMs: number | undefined;
}

/** Holdings kept; the oldest ended ones go first. */
const holdingsMax = 10_000;

/**
 * Who held which address when, to a fraction of a millisecond, from the kernel's own announcements.
 *
 * One program watches all hosts, from outside of them: frozen, killed or starved, they are still seen, and what one did
 * before the other is known whatever else the machine does.
 */
export class AddressWatch {
  readonly #mode: LabMode;
  readonly #labPid: number;
  #watcher: Promise<Companion> | undefined;
  #holdings: Holding[] = [];

  constructor(mode: LabMode, labPid: number) {
    this.#mode = mode;
    this.#labPid = labPid;
  }

  /** Begins to watch a host that has just booted, and waits for the first view. */
  async watch(host: HostName, hostPidInLab: number): Promise<void> {
    this.#watcher ??= Companion.start({
      name: 'the watch on addresses',
      argv: [...enterArgv(this.#mode, this.#labPid), ...programArgv('watch.py')],
      onMessage: (message) => this.#note(message as unknown as Change),
    });
    const watcher = await this.#watcher;
    await watcher.ask({ do: 'watch', host, pid: hostPidInLab });
  }

  /** The host has lost its power at `atMs`: it holds nothing any more. */
  async forget(host: HostName, atMs: number): Promise<void> {
    const watcher = await this.#watcher;
    await watcher?.ask({ do: 'forget', host });
    this.#holdings = this.#holdings.map((holding) =>
      holding.host === host && (holding.toMs === undefined || holding.toMs > atMs)
        ? { ...holding, toMs: Math.max(atMs, holding.fromMs) }
        : holding,
    );
  }

  /** Each time that a host had `address`, oldest first. */
  holdings(address: string): readonly Holding[] {
    return this.#holdings.filter((holding) => holding.address === address).toSorted((a, b) => a.fromMs - b.fromMs);
  }

  /** The hosts that have `address` at this moment. */
  holders(address: string): readonly HostName[] {
    return this.holdings(address)
      .filter((holding) => holding.toMs === undefined)
      .map((holding) => holding.host);
  }

  /** The times at which both nodes had `address` at once. */
  heldTwice(address: string, fromMs: number, toMs: number = nowMs()): readonly Interval[] {
    const [one, two] = nodeNames.map((node) => this.#intervals(address, node, toMs));
    return overlaps(one ?? [], two ?? [], { fromMs, toMs });
  }

  /** How long both nodes had `address` at once, in all. */
  heldTwiceMs(address: string, fromMs: number, toMs: number = nowMs()): number {
    return totalMs(this.heldTwice(address, fromMs, toMs));
  }

  /** The times at which nobody had `address`. */
  heldByNobody(address: string, fromMs: number, toMs: number = nowMs()): readonly Interval[] {
    const all = nodeNames.flatMap((node) => this.#intervals(address, node, toMs));
    return uncovered(all, { fromMs, toMs });
  }

  #intervals(address: string, host: HostName, openToMs: number): readonly Interval[] {
    return this.holdings(address)
      .filter((holding) => holding.host === host)
      .map(({ fromMs, toMs }) => ({ fromMs, toMs: toMs ?? openToMs }));
  }

  #note({ host, address, device, atMs, isThere }: Change): void {
    const open = this.#holdings.findIndex(
      (holding) =>
        holding.host === host && holding.address === address && holding.device === device && holding.toMs === undefined,
    );
    const held = this.#holdings[open];
    // A renewal of the lifetime is announced like a new address.
    if (isThere && held === undefined) this.#add({ host, address, device, fromMs: atMs, toMs: undefined });
    if (!isThere && held !== undefined) this.#holdings[open] = { ...held, toMs: atMs };
  }

  #add(holding: Holding): void {
    this.#holdings.push(holding);
    if (this.#holdings.length <= holdingsMax) return;
    const oldest = this.#holdings.findIndex((candidate) => candidate.toMs !== undefined);
    this.#holdings.splice(Math.max(0, oldest), 1);
  }
}

interface Change {
  readonly host: HostName;
  readonly atMs: number;
  readonly isThere: boolean;
  readonly address: string;
  readonly device: string;
}
