import { fileURLToPath } from 'node:url';
import { AddressWatch } from './addressWatch.ts';
import { AnnouncementWatch } from './announcementWatch.ts';
import { nowMs } from './clock.ts';
import { Companion } from './companion.ts';
import { type CutName, parseCut } from './cuts.ts';
import { Host } from './host.ts';
import { descendant, type LabMode, programArgv, unshareArgv } from './namespaces.ts';
import { whatIsPossible } from './needs.ts';
import { echoPort, OutageProbe } from './outageProbe.ts';
import { SerialCable } from './serialCable.ts';
import { type HostName, isNodeName, type NodeName, nodeNames } from './topology.ts';
import { Wires } from './wires.ts';

export interface LabOptions {
  /** Bits a second of the serial cable. A byte is ten bits on the wire. */
  readonly serialBaud?: number;
  /** Whether everybody is booted at once. Otherwise the caller boots. */
  readonly isBooted?: boolean;
  /** Force a user namespace where root would do, to test that it suffices. */
  readonly mode?: LabMode;
}

/** When an operation began, and when it was seen to have happened. */
export interface Done {
  readonly what: string;
  readonly startedMs: number;
  readonly doneMs: number;
}

const serialBaudDefault = 115_200;
const historyMax = 10_000;
/** Inside the lab /run is its own, in memory: nothing is left of it when the lab ends. */
const stateDir = '/run/lab';
const projectDir = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

/**
 * Two nodes and a client in namespaces, with a LAN, a cross cable and a serial cable between them.
 *
 * Everything runs below one process in one PID namespace, which ends when this process does: even after SIGKILL
 * no process, namespace, mount or file is left. Each operation is bounded in time, and has happened when it returns.
 */
export class Lab {
  readonly mode: LabMode;
  readonly node1: Host;
  readonly node2: Host;
  readonly client: Host;
  /** On the LAN, and off at first. */
  readonly witness: Host;
  readonly serial: SerialCable;
  readonly addresses: AddressWatch;
  readonly #root: Companion;
  readonly #rootPid: number;
  readonly #wires: Wires;
  readonly #serialCuts = new Set<CutName>();
  readonly #history: Done[] = [];
  #hogs = 0;
  readonly #instruments = new Set<{ stop(): Promise<void> }>();

  private constructor(mode: LabMode, root: Companion, rootPid: number, wires: Wires, serial: SerialCable) {
    this.mode = mode;
    this.#root = root;
    this.#rootPid = rootPid;
    this.#wires = wires;
    this.serial = serial;
    this.addresses = new AddressWatch(mode, rootPid);
    // A place that holds the checkout is not laid over: the host would see an old view of files that change.
    const privateDirs = ['/etc', '/mnt', '/opt', '/srv', '/var'].filter((place) => !projectDir.startsWith(`${place}/`));
    const ground = { mode, labPid: rootPid, stateDir, privateDirs, projectDir };
    this.node1 = new Host('node1', ground);
    this.node2 = new Host('node2', ground);
    this.client = new Host('client', ground);
    this.witness = new Host('witness', ground);
  }

  /** @throws {Error} that says why and what to do, where hosts cannot be pretended. */
  static async create(options: LabOptions = {}): Promise<Lab> {
    const possible = whatIsPossible(options.mode);
    if (!possible.ok) throw new Error(possible.sentence);
    const { mode } = possible;
    const plan = { role: 'lab', stateDir, sysctls: { 'net/ipv6/conf/default/disable_ipv6': '1' } };
    const root = await Companion.start({
      name: 'the lab',
      // Dies with this process in two ways: by the end of its input, and by the kernel's word.
      argv: ['setpriv', '--pdeathsig', 'KILL', ...unshareArgv(mode), ...programArgv('init.py', JSON.stringify(plan))],
    });
    try {
      const rootPid = descendant(root.pid, 1);
      const [wires, serial] = await Promise.all([
        Wires.lay(mode, rootPid),
        SerialCable.lay(mode, rootPid, `${stateDir}/pts`, options.serialBaud ?? serialBaudDefault),
      ]);
      const lab = new Lab(mode, root, rootPid, wires, serial);
      if (options.isBooted !== false) await lab.bootUsual();
      return lab;
    } catch (error) {
      root.kill();
      await root.ended();
      throw error;
    }
  }

  get hosts(): readonly Host[] {
    return [this.node1, this.node2, this.client, this.witness];
  }

  /** Those that have power; the witness is off until somebody boots it. */
  get hostsOn(): readonly Host[] {
    return this.hosts.filter(({ isOn }) => isOn);
  }

  get nodes(): readonly [Host, Host] {
    return [this.node1, this.node2];
  }

  host(name: HostName): Host {
    return this[name];
  }

  /** The cuts that are in force. */
  get cuts(): readonly CutName[] {
    return [...this.#wires.cuts.keys(), ...this.#serialCuts];
  }

  /** What has been done to the lab, oldest first. */
  get history(): readonly Done[] {
    return this.#history;
  }

  /** Process 1 of the lab, in the counting of this process. */
  get pid(): number {
    return this.#rootPid;
  }

  /** Boots the two nodes and the client, as far as they are off. */
  async bootUsual(): Promise<void> {
    const off = [this.node1, this.node2, this.client].filter(({ isOn }) => !isOn);
    await Promise.all(off.map(async ({ name }) => await this.boot(name)));
  }

  /** Powers a host on: new namespaces, a new boot id, an empty /run; what is below /etc and /var is as it was left. */
  async boot(name: HostName): Promise<Done> {
    const host = this.host(name);
    if (host.isOn) throw new Error(`${name} is on already`);
    return await this.#do(`boot ${name}`, async () => {
      await host.powerOn();
      await Promise.all([
        this.addresses.watch(name, host.initPidInLab),
        this.#wires.plugIn(name, host.initPidInLab).then(async () => await host.connect()),
        this.#plugSerial(name),
      ]);
      if (isNodeName(name)) {
        await host.start({ name: 'echo', argv: programArgv('echo.py', String(echoPort)) });
      }
      await host.startBootServices();
    });
  }

  /** Takes the power away: first the carriers, then every process at once. */
  async powerCut(name: HostName): Promise<Done> {
    const host = this.host(name);
    if (!host.isOn) throw new Error(`${name} is off already`);
    return await this.#do(`power cut of ${name}`, async () => {
      await Promise.all([this.#wires.losePower(name), isNodeName(name) ? this.serial.unplug(name) : undefined]);
      const darkMs = nowMs();
      await host.die();
      await this.addresses.forget(name, darkMs);
    });
  }

  async freeze(name: HostName): Promise<Done> {
    return await this.#do(`freeze ${name}`, async () => await this.host(name).freeze());
  }

  async thaw(name: HostName): Promise<Done> {
    return await this.#do(`thaw ${name}`, async () => await this.host(name).thaw());
  }

  /** @throws {Error} when there is no cut of that name, or it needs a program that is not installed. */
  async cut(...names: readonly CutName[]): Promise<Done> {
    return await this.#do(`cut ${names.join(' ')}`, async () => {
      await Promise.all(names.map(async (name) => await this.#setCut(name, true)));
    });
  }

  async mend(...names: readonly CutName[]): Promise<Done> {
    return await this.#do(`mend ${names.join(' ')}`, async () => {
      await Promise.all(names.map(async (name) => await this.#setCut(name, false)));
    });
  }

  async mendAll(): Promise<Done> {
    return await this.mend(...this.cuts);
  }

  /** Makes the serial device of a node vanish, as a pulled USB adapter does, or come back as a new one. */
  async vanishSerial(node: NodeName): Promise<Done> {
    return await this.#do(`serial device of ${node} vanishes`, async () => {
      await this.host(node).setSerial(undefined);
      await this.serial.unplug(node);
    });
  }

  async returnSerial(node: NodeName): Promise<Done> {
    return await this.#do(`serial device of ${node} returns`, async () => await this.#plugSerial(node));
  }

  /** Asks `address` from the client each millisecond. */
  async probe(address: string): Promise<OutageProbe> {
    return this.keep(await OutageProbe.start(this.client, address));
  }

  /** Listens at the client for gratuitous ARP and unsolicited neighbour advertisements. */
  async announcements(): Promise<AnnouncementWatch> {
    return this.keep(await AnnouncementWatch.start(this.client));
  }

  /** What listens or asks beside the hosts, and is to end with the lab. */
  keep<Instrument extends { stop(): Promise<void> }>(instrument: Instrument): Instrument {
    this.#instruments.add(instrument);
    return instrument;
  }

  /** So many processes that want all of the CPU, on a host. They end with it, or by `host.kill`. Returns their names. */
  async hog(name: HostName, count: number): Promise<readonly string[]> {
    const names = Array.from({ length: count }, () => `hog${++this.#hogs}`);
    for (const hog of names) await this.host(name).start({ name: hog, argv: ['sh', '-c', 'while :; do :; done'] });
    return names;
  }

  /** Ends everything. Afterwards nothing of the lab is left on the machine. */
  async close(): Promise<void> {
    // Commands on a frozen host would stand still for ever. A host that fails here dies with the lab anyway.
    await Promise.allSettled(this.hosts.filter((host) => host.isFrozen).map(async (host) => await host.thaw()));
    this.#wires.stop();
    await this.#root.stop();
    await Promise.all([...this.#instruments].map(async (instrument) => await instrument.stop()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #plugSerial(name: HostName): Promise<void> {
    if (isNodeName(name)) await this.host(name).setSerial(await this.serial.plug(name));
  }

  async #setCut(name: CutName, isCut: boolean): Promise<void> {
    const cut = parseCut(name);
    const isSerial = cut !== undefined && cut.kind !== 'plug' && cut.kind !== 'blocked' && cut.link === 'serial';
    if (!isSerial) {
      await (isCut ? this.#wires.cut(name) : this.#wires.mend(name));
      return;
    }
    if (!isCut && !this.#serialCuts.has(name)) throw new Error(`${name} is not cut`);
    if (isCut) this.#serialCuts.add(name);
    else this.#serialCuts.delete(name);
    const silent = nodeNames.filter((node) => this.#isSilenced(node));
    await this.serial.cut(true, silent);
    await this.serial.cut(
      false,
      nodeNames.filter((node) => !silent.includes(node)),
    );
  }

  /** Whether what `node` sends on the serial line is lost. */
  #isSilenced(node: NodeName): boolean {
    return [...this.#serialCuts].some((name) => {
      const cut = parseCut(name);
      return cut?.kind === 'link' || (cut?.kind === 'one-way' && cut.from === node);
    });
  }

  async #do(what: string, act: () => Promise<void>): Promise<Done> {
    const startedMs = nowMs();
    await act();
    const done = { what, startedMs, doneMs: nowMs() };
    this.#history.push(done);
    if (this.#history.length > historyMax) this.#history.shift();
    return done;
  }
}
