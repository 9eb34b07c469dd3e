import { describeFailure, runCommand } from './command.ts';
import type { Cut, CutName } from './cuts.ts';
import { cutNames, parseCut } from './cuts.ts';
import { IpBatch } from './ipBatch.ts';
import { enterArgv, type LabMode } from './namespaces.ts';
import { crossDevice, crossMac, type HostName, isNodeName, lanDevice, lanMac, nodeNames } from './topology.ts';

/**
 * The LAN and the cross cable: two bridges in a namespace of their own, with a port for each host.
 *
 * A port that is down takes the carrier away at the host's end, as a pulled plug does. What should be up follows from
 * three facts: who has power, what is cut, and that a cable needs both ends.
 */
export class Wires {
  readonly #mode: LabMode;
  readonly #labPid: number;
  readonly #ip: IpBatch;
  /** Who has power, and the number of the boot. */
  readonly #powered = new Map<HostName, number>();
  #boots = 0;
  #settled: Promise<void> = Promise.resolve();
  #filtered: Promise<void> = Promise.resolve();
  readonly #cuts = new Map<CutName, Cut>();

  private constructor(mode: LabMode, labPid: number) {
    this.#mode = mode;
    this.#labPid = labPid;
    this.#ip = new IpBatch(enterArgv(mode, labPid));
  }

  static async lay(mode: LabMode, labPid: number): Promise<Wires> {
    const wires = new Wires(mode, labPid);
    // Without multicast snooping: the bridge would learn who listens, and swallow a neighbour's advertisement meanwhile.
    await wires.#ip.run(
      ['br-lan', 'br-cross'].flatMap((bridge) => [
        `link add ${bridge} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`,
        `link set ${bridge} up`,
      ]),
    );
    return wires;
  }

  get cuts(): ReadonlyMap<CutName, Cut> {
    return this.#cuts;
  }

  /** Plugs a host in that has just got its namespaces. `pid` is its process 1, as seen from the lab. */
  async plugIn(host: HostName, pid: number): Promise<void> {
    this.#boots += 1;
    const boot = this.#boots % bootsMax;
    const [lan, cross] = [portName('lan', host, boot), portName('cross', host, boot)];
    const commands = [
      `link add ${lan} type veth peer name ${lanDevice} address ${lanMac[host]} netns ${pid}`,
      `link set ${lan} master br-lan`,
    ];
    if (isNodeName(host)) {
      commands.push(
        `link add ${cross} type veth peer name ${crossDevice} address ${crossMac[host]} netns ${pid}`,
        `link set ${cross} master br-cross`,
      );
    }
    await this.#ip.run(commands);
    this.#powered.set(host, boot);
    await this.#settle();
  }

  /** All carriers that depend on this host's power go away. The kernel removes the ports with the dead host's network. */
  async losePower(host: HostName): Promise<void> {
    const ports = this.#ports();
    this.#powered.delete(host);
    await this.#settle(ports);
  }

  /** @throws {Error} when there is no cut of that name. */
  async cut(name: CutName): Promise<void> {
    const cut = parseCut(name);
    if (cut === undefined) throw new Error(`there is no link "${name}" to cut; there are: ${cutNames.join(' ')}`);
    this.#cuts.set(name, cut);
    try {
      await this.#apply(cut);
    } catch (error) {
      this.#cuts.delete(name);
      throw error;
    }
  }

  async mend(name: CutName): Promise<void> {
    const cut = this.#cuts.get(name);
    if (cut === undefined)
      throw new Error(`${name} is not cut; cut are: ${[...this.#cuts.keys()].join(' ') || 'none'}`);
    this.#cuts.delete(name);
    await this.#apply(cut);
  }

  stop(): void {
    this.#ip.stop();
  }

  async #apply(cut: Cut): Promise<void> {
    if (cut.kind === 'blocked') await this.#filter();
    else if (cut.kind === 'one-way') {
      if (cut.link !== 'serial') await this.#filter();
    } else await this.#settle();
  }

  /** One at a time: what should be up is judged when the turn comes, so the last one to finish is right. */
  async #settle(ports?: readonly Port[]): Promise<void> {
    const turn = this.#settled.then(async () => await this.#setPorts(ports ?? this.#ports()));
    this.#settled = turn.catch(() => {}); // The caller hears of it.
    await turn;
  }

  /** Brings each port into the state that it should have, and reads it back. */
  async #setPorts(ports: readonly Port[]): Promise<void> {
    const wanted = ports.map((port) => ({ ...port, isUp: this.#shouldBeUp(port) }));
    await this.#ip.run(wanted.map(({ name, isUp }) => `link set ${name} ${isUp ? 'up' : 'down'}`));
    const shown = await this.#ip.run(wanted.map(({ name }) => `link show dev ${name}`));
    for (const { name, isUp } of wanted) {
      const line = shown.find((candidate) => candidate.includes(`: ${name}@`)) ?? '';
      if (/<[^>]*\bUP\b/.test(line) !== isUp)
        throw new Error(`port ${name} should be ${isUp ? 'up' : 'down'}: ${line}`);
    }
  }

  #ports(): readonly Port[] {
    return [...this.#powered].flatMap(([host, boot]) => [
      { name: portName('lan', host, boot), link: 'lan' as const, host },
      ...(isNodeName(host) ? [{ name: portName('cross', host, boot), link: 'cross' as const, host }] : []),
    ]);
  }

  #shouldBeUp(port: Port): boolean {
    const isCut = [...this.#cuts.values()].some(
      (cut) =>
        (cut.kind === 'link' && cut.link === port.link) ||
        (cut.kind === 'plug' && port.link === 'lan' && cut.host === port.host),
    );
    // A switch has power of its own; a cable between two cards needs both.
    const hasPower =
      port.link === 'lan' ? this.#powered.has(port.host) : nodeNames.every((node) => this.#powered.has(node));
    return hasPower && !isCut;
  }

  async #filter(): Promise<void> {
    const turn = this.#filtered.then(async () => await this.#setFilter());
    this.#filtered = turn.catch(() => {}); // The caller hears of it.
    await turn;
  }

  /** One-way cuts: frames from one port to the other are dropped between the two. Blocked ports: all of theirs. */
  async #setFilter(): Promise<void> {
    const rules = [...this.#cuts.values()].flatMap((cut) => {
      if (cut.kind === 'blocked') {
        const port = `"lan-${cut.host}-*"`;
        return [`iifname ${port} drop`, `oifname ${port} drop`];
      }
      if (cut.kind !== 'one-way' || cut.link === 'serial') return [];
      return [`iifname "${cut.link}-${cut.from}-*" oifname "${cut.link}-${cut.to}-*" drop`];
    });
    const ruleset = [
      'add table bridge cuts',
      'delete table bridge cuts',
      'table bridge cuts {',
      'chain forward {',
      'type filter hook forward priority 0; policy accept;',
      ...rules,
      '}',
      '}',
    ];
    const done = await runCommand([...enterArgv(this.#mode, this.#labPid), 'nft', '-f', '-'], {
      stdin: `${ruleset.join('\n')}\n`,
      timeoutMs: 5000,
    });
    if (done.code === 0) return;
    const hint = done.code === 127 ? 'one-way cuts need nft (package nftables): run `sudo lab/install.sh`. ' : '';
    throw new Error(`${hint}${describeFailure(done)}`);
  }
}

interface Port {
  readonly name: string;
  readonly link: 'lan' | 'cross';
  readonly host: HostName;
}

/** A name is not used twice in a row: the open `ip` remembers the interface that once had it. */
function portName(link: 'lan' | 'cross', host: HostName, boot: number): string {
  return `${link}-${host}-${boot}`;
}

/** Interface names have at most 15 characters. */
const bootsMax = 1000;
