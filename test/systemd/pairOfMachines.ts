import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeFailure, type Finished, runCommand } from '../../lab/command.ts';
import { Lab } from '../../lab/lab.ts';
import { floatingAddress, lanDevice, type NodeName } from '../../lab/topology.ts';
import { configDir, pairYaml } from '../../lab/twinbeat.ts';
import { buildPackage } from '../../packaging/buildPackage.ts';
import type { GroupReport, StatusReport } from '../../src/control/controlProtocol.ts';
import { debianTree } from './debianTree.ts';
import { Machine, removeControlGroups } from './machine.ts';
import { buildOldPackage } from './oldBuild.ts';

/** So that the lease, two seconds less, outlives the restart of a daemon on a machine that is busy. */
export const deadMs = 10_000;
const timing = { keepalive: '200ms', warntime: '1s', deadtime: `${deadMs}ms`, initdead: '20s' };
export const yaml = pairYaml({ ...timing, more: 'groups:\n  site: { data: none }' });
const resources = `${floatingAddress}/24/${lanDevice} syncer::/srv/master::/srv/slave zeo::/opt/zope/instance0`;
const authkeys = 'auth 1\n1 sha256 this-key-of-the-tests-is-in-the-sources-and-secret-to-nobody\n';
/** It speaks beats of version 1, and knows no other. */
export const oldVersion = '1.0.0';
export const newVersion = '1.1.0';
export type Version = typeof oldVersion | typeof newVersion;

/** Inside of the lab a folder in memory lies over this one: the disks of the machines, which are gone with the lab. */
const disks = '/media';
const mountDisks = ['mount', '-t', 'tmpfs', '-o', 'mode=755', 'machines', disks];

/** Two machines in a lab, and two builds of the package. */
export class PairOfMachines {
  readonly lab: Lab;
  readonly node1: Machine;
  readonly node2: Machine;
  readonly #packages = new Map<Version, string>();

  private constructor(lab: Lab) {
    this.lab = lab;
    this.node1 = new Machine(lab, 'node1');
    this.node2 = new Machine(lab, 'node2');
  }

  static async boot(builds: readonly Version[]): Promise<PairOfMachines> {
    removeControlGroups();
    const tree = await debianTree();
    const lab = await Lab.create({ isBooted: false });
    try {
      const mounted = await runCommand(['nsenter', '-t', String(lab.pid), '-m', '--', ...mountDisks]);
      assert.equal(mounted.code, 0, describeFailure(mounted));
      const pair = new PairOfMachines(lab);
      await pair.#build(builds);
      await lab.boot('client');
      await Promise.all(pair.machines.map(async (machine) => await machine.install(tree, `${disks}/${machine.name}`)));
      return pair;
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  get machines(): readonly [Machine, Machine] {
    return [this.node1, this.node2];
  }

  machine(name: NodeName): Machine {
    return this[name];
  }

  async close(): Promise<void> {
    await this.lab.close();
    removeControlGroups();
  }

  copyPackage(machine: Machine, version: Version, place: string): void {
    machine.write(place, readFileSync(this.#packages.get(version) ?? ''));
  }

  /** `dpkg -i`, as apt does it. */
  async installPackage(machine: Machine, version: Version): Promise<Finished> {
    const place = '/var/tmp/twinbeat.deb';
    this.copyPackage(machine, version, place);
    const done = await machine.exec(['dpkg', '-i', place], { timeoutMs: 240_000 });
    await machine.run('rm', place);
    assert.equal(done.code, 0, describeFailure(done));
    return done;
  }

  /** Config, keys and a site whose ZEO is only pretended, and is not root's. */
  async configure(machine: Machine): Promise<void> {
    machine.write(`${configDir}/twinbeat.yaml`, yaml);
    machine.write(`${configDir}/haresources`, `# group: site\nnode1 ${resources}\n`);
    machine.write(`${configDir}/authkeys`, authkeys, 0o600);
    const instance = '/opt/zope/instance0';
    machine.write(`${instance}/bin/runzeo`, readFileSync(join(import.meta.dirname, 'inside/runzeo')), 0o755);
    const conf = `<zeo>\n  address 127.0.0.1:8100\n</zeo>\n<filestorage main>\n  path ${instance}/var/Data.fs\n</filestorage>\n`;
    machine.write(`${instance}/etc/zeo.conf`, conf);
    await machine.run('install', '-d', '-o', 'nobody', '-g', 'nogroup', `${instance}/var`);
  }

  /** `owner` serves, and the other one stands by and could take over, with every channel up. */
  async untilWell(owner: NodeName, withinMs?: number): Promise<number> {
    const other = owner === 'node1' ? 'node2' : 'node1';
    const isWell = (status: StatusReport): boolean =>
      siteOf(status).owner === owner &&
      siteOf(status).armed[other]?.armed === true &&
      !status.jeopardy &&
      status.channels.every(({ state }) => state === 'up');
    await this.machine(other).until(`${owner} owns, and all is well`, isWell, withinMs);
    return await this.machine(owner).until(
      `active, and all is well`,
      (status) => isWell(status) && siteOf(status).role === 'active',
      withinMs,
    );
  }

  /** The process of the service that runs on `machine`. */
  servicePid(machine: Machine): string {
    return machine.read('/opt/zope/instance0/var/twinbeat-zeo.pid').split(' ')[0] ?? '';
  }

  async #build(builds: readonly Version[]): Promise<void> {
    const outDir = `/proc/${this.lab.pid}/root${disks}/packages`;
    for (const version of builds) {
      const isOld = version === oldVersion;
      const made = isOld ? buildOldPackage(outDir, version) : buildPackage({ outDir, version, compression: 'none' });
      const built = await made;
      this.#packages.set(version, typeof built === 'string' ? built : built.path);
    }
  }

  /** The address stayed where it was, and nobody else ever had it. */
  assertNothingMoved(owner: NodeName, fromMs: number): void {
    const others = this.lab.addresses
      .holdings(floatingAddress)
      .filter(({ host, toMs }) => host !== owner && (toMs === undefined || toMs > fromMs));
    assert.deepEqual(others, [], `another node than ${owner} had ${floatingAddress}`);
    assert.deepEqual(this.lab.addresses.heldByNobody(floatingAddress, fromMs), []);
  }
}

export function siteOf({ groups }: StatusReport): GroupReport {
  const site = groups.find(({ name }) => name === 'site');
  assert.ok(site !== undefined, 'there is a group site');
  return site;
}
