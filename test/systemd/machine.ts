import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nowMs, until } from '../../lab/clock.ts';
import { describeFailure, type Finished } from '../../lab/command.ts';
import type { ExecOptions, Host } from '../../lab/host.ts';
import type { Lab } from '../../lab/lab.ts';
import type { NodeName } from '../../lab/topology.ts';
import { request } from '../../src/control/controlClient.ts';
import type { StatusReport } from '../../src/control/controlProtocol.ts';

const serviceName = 'machine';
const bootWithinMs = 120_000;
/** What a daemon does within seconds takes longer on a machine that is busy. */
const patienceMs = 60_000;
const askLimits = { firstLineMs: 3000, totalMs: 10_000 };

/** A Debian with a real systemd, booted on a node of the lab: it has that node's network, cables and power. */
export class Machine {
  readonly host: Host;
  readonly name: NodeName;
  readonly #lab: Lab;
  #pids: { readonly here: number; readonly onHost: number } | undefined;

  constructor(lab: Lab, name: NodeName) {
    this.#lab = lab;
    this.name = name;
    this.host = lab.host(name);
  }

  /** Switches the node on, for the first time, and boots. */
  async install(tree: string, disk: string): Promise<void> {
    await this.#lab.boot(this.name);
    await this.host.start({
      name: serviceName,
      argv: ['sh', join(import.meta.dirname, 'inside/boot.sh'), this.name, tree, disk, cgroupLayout(), cgroup],
      atBoot: true,
    });
    await this.untilBooted();
  }

  async powerCut(): Promise<void> {
    this.#pids = undefined;
    await this.#lab.powerCut(this.name);
  }

  async powerOn(): Promise<void> {
    await this.#lab.boot(this.name);
    await this.untilBooted();
  }

  /** As people do it: everything is stopped in order first. */
  async reboot(): Promise<void> {
    const { here } = this.#found();
    await this.exec(['systemctl', 'reboot']);
    this.#pids = undefined;
    await until(`${this.name} is down`, patienceMs, () => processOne(this.host.initPid)?.here !== here);
    await this.untilBooted();
  }

  async untilBooted(): Promise<void> {
    await until(
      `${this.name} has booted`,
      bootWithinMs,
      async () => {
        this.#pids = processOne(this.host.initPid);
        if (this.#pids === undefined) return false;
        const asked = await this.exec(['systemctl', 'is-system-running']);
        return ['running', 'degraded'].includes(asked.stdout.trim());
      },
      50,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${this.host.readLog(serviceName).slice(-3000)}`);
    });
  }

  /** Runs a command as root, and waits for its end. */
  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<Finished> {
    const { onHost } = this.#found();
    const enter = ['nsenter', '-t', String(onHost), '-m', '-u', '-i', '-n', '-p', '-r', '-w', '--'];
    return { ...(await this.host.exec([...enter, ...argv], options)), argv };
  }

  /** @throws {Error} with the command's complaint when it fails. */
  async run(...argv: readonly string[]): Promise<string> {
    const finished = await this.exec(argv, { timeoutMs: 120_000 });
    if (finished.code !== 0) throw new Error(`on ${this.name}: ${describeFailure(finished)}`);
    return finished.stdout.trim();
  }

  /** One property of a unit, as systemd knows it. */
  async show(unit: string, property: string): Promise<string> {
    return await this.run('systemctl', 'show', '--value', `--property=${property}`, unit);
  }

  async isActive(unit: string): Promise<boolean> {
    return (await this.show(unit, 'ActiveState')) === 'active';
  }

  write(path: string, text: string | Uint8Array, mode = 0o644): void {
    const place = this.#place(path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text, { mode });
  }

  read(path: string): string {
    return readFileSync(this.#place(path), 'utf8');
  }

  /** Undefined when the daemon does not answer. */
  async status(): Promise<StatusReport | undefined> {
    let report: StatusReport | undefined;
    await request(
      this.#place('/run/twinbeat/control.sock'),
      { verb: 'status' },
      (line) => {
        if (line.type === 'status') report = line.status;
      },
      askLimits,
    );
    return report;
  }

  /** @throws {Error} with the last status, and the end of the log, when it does not come true in time. */
  async until(what: string, isSo: (status: StatusReport) => boolean, withinMs = patienceMs): Promise<number> {
    let last: StatusReport | undefined;
    try {
      await until(
        `${this.name} says: ${what}`,
        withinMs,
        async () => {
          last = await this.status();
          return last !== undefined && isSo(last);
        },
        20,
      );
      return nowMs();
    } catch (error) {
      const log = await this.exec(['journalctl', '--no-pager', '-n', '40', '-u', 'twinbeat*']);
      throw new Error(`${String(error)}\n${JSON.stringify(last)}\n${log.stdout}`);
    }
  }

  #found(): { readonly here: number; readonly onHost: number } {
    this.#pids ??= processOne(this.host.initPid);
    if (this.#pids === undefined) throw new Error(`${this.name} is not booted`);
    return this.#pids;
  }

  #place(path: string): string {
    return `/proc/${this.#found().here}/root${path}`;
  }
}

/** Below it each machine has its control groups. The number tells whose they are. */
const cgroup = `twinbeat-test-${process.pid}`;

/** Removes the control groups of this process, and those that a killed one has left. They have no processes. */
export function removeControlGroups(): void {
  for (const hierarchy of ['/sys/fs/cgroup', '/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified']) {
    for (const name of list(hierarchy)) {
      const [, pid] = /^twinbeat-test-(\d+)$/.exec(name) ?? [];
      if (pid === undefined || (name !== cgroup && list(`/proc/${pid}`).length > 0)) continue;
      removeGroup(join(hierarchy, name));
    }
  }
}

function removeGroup(folder: string): void {
  for (const name of list(folder)) removeGroup(join(folder, name));
  try {
    rmdirSync(folder);
  } catch {
    // The kernel collects its last processes at this moment; the next run removes it.
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch {
    return [];
  }
}

/** Where systemd has its control groups on this machine. */
function cgroupLayout(): 'unified' | 'hybrid' {
  const mounts = readFileSync('/proc/self/mounts', 'utf8');
  return /^\S+ \/sys\/fs\/cgroup cgroup2 /m.test(mounts) ? 'unified' : 'hybrid';
}

/** Process 1 of the machine that systemd-nspawn runs on a pretended host, as this process and as the host count. */
function processOne(initPid: number): { readonly here: number; readonly onHost: number } | undefined {
  const boot = childrenOf(initPid).find((pid) => read(`/proc/${pid}/cmdline`).includes('/boot.sh'));
  const nspawn = boot === undefined ? undefined : childrenOf(boot)[0];
  const one = nspawn === undefined ? undefined : childrenOf(nspawn)[0];
  if (one === undefined) return undefined;
  // Here, in the lab, on the host, on the machine.
  const numbers =
    /^NSpid:\s*(.*)$/m
      .exec(read(`/proc/${one}/status`))?.[1]
      ?.split(/\s+/)
      .map(Number) ?? [];
  const onHost = numbers.at(-2);
  return numbers.at(-1) === 1 && onHost !== undefined ? { here: one, onHost } : undefined;
}

function childrenOf(pid: number): readonly number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
