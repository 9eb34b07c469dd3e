import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { nowMs, until } from './clock.ts';
import { type CommandOptions, describeFailure, type Finished, runCommand } from './command.ts';
import { Companion, type Message } from './companion.ts';
import { type Ground, HostFiles } from './hostFiles.ts';
import { descendant, enterArgv, pidsInNamespaces, programArgv, unshareArgv } from './namespaces.ts';
import { type HostProcess, hostEnv, logDir, type ServiceExit, type ServiceSpec } from './service.ts';
import {
  crossAddress,
  crossAddress6,
  crossDevice,
  type HostName,
  isNodeName,
  lanAddress,
  lanAddress6,
  lanDevice,
  serialDevice,
} from './topology.ts';

export interface ExecOptions extends CommandOptions {
  readonly cwd?: string;
}

const restartAfterMsMin = 10;
const exitsMax = 1000;
const goneWithinMs = 5000;

interface Running {
  readonly init: Companion;
  readonly initPid: number;
  readonly initPidInLab: number;
  readonly bootId: string;
}

/** One pretended machine. Power and cables are the lab's affair; what runs on the machine is this class's. */
export class Host {
  readonly name: HostName;
  readonly #ground: Ground;
  readonly #files: HostFiles;
  readonly #bootServices = new Map<string, ServiceSpec>();
  readonly #commands = new Set<ChildProcess>();
  readonly #pids = new Map<string, number>();
  readonly #exits: ServiceExit[] = [];
  #running: Running | undefined;
  #isFrozen = false;

  constructor(name: HostName, ground: Ground) {
    this.name = name;
    this.#ground = ground;
    this.#files = new HostFiles(name, ground);
  }

  get isOn(): boolean {
    return this.#running !== undefined;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  /** What this boot's kernel claims to be. */
  get bootId(): string {
    return this.#on().bootId;
  }

  /** Process 1 of the host, in the counting of this process. */
  get initPid(): number {
    return this.#on().initPid;
  }

  /** Process 1 of the host, in the lab's own counting. */
  get initPidInLab(): number {
    return this.#on().initPidInLab;
  }

  /** The words before a command that run it on this host. */
  get enterArgv(): readonly string[] {
    return enterArgv(this.#ground.mode, this.#on().initPid);
  }

  /** How background processes ended, oldest first; the last thousand. */
  get exits(): readonly ServiceExit[] {
    return this.#exits;
  }

  /** Starts process 1 in namespaces of its own. Cables and services follow by `connect` and `startBootServices`. */
  async powerOn(): Promise<void> {
    const bootId = randomUUID();
    this.#files.prepare();
    const plan = {
      role: 'host',
      name: this.name,
      stateDir: this.#files.stateDir,
      ptsDir: `${this.#ground.stateDir}/pts`,
      privateDirs: this.#ground.privateDirs,
      isRootless: this.#ground.mode === 'user',
      bootId,
      sysctls,
    };
    const init = await Companion.start({
      name: `${this.name}'s process 1`,
      argv: [
        ...enterArgv(this.#ground.mode, this.#ground.labPid),
        ...unshareArgv('nested'),
        ...programArgv('init.py', JSON.stringify(plan)),
      ],
      onMessage: (message) => this.#note(message),
    });
    // nsenter, unshare, init.
    const initPid = descendant(init.pid, 2);
    const [, initPidInLab] = pidsInNamespaces(initPid).slice(-3);
    if (initPidInLab === undefined) throw new Error(`process ${initPid} is not in the lab's PID namespace`);
    this.#isFrozen = false;
    this.#running = { init, initPid, initPidInLab, bootId };
  }

  /** Gives the interfaces their addresses, once they are plugged in. */
  async connect(): Promise<void> {
    const lines = [
      `addr add ${lanAddress[this.name]}/24 brd + dev ${lanDevice}`,
      `addr add ${lanAddress6[this.name]}/64 dev ${lanDevice} nodad`,
      `link set ${lanDevice} up`,
    ];
    if (isNodeName(this.name)) {
      lines.push(
        `addr add ${crossAddress[this.name]}/24 brd + dev ${crossDevice}`,
        `addr add ${crossAddress6[this.name]}/64 dev ${crossDevice} nodad`,
        `link set ${crossDevice} up`,
      );
    }
    await this.#on().init.ask({ do: 'ip', lines });
  }

  /** Points the serial device at a pty of the lab; undefined makes it vanish, as a pulled USB adapter does. */
  async setSerial(pty: number | undefined): Promise<void> {
    const target = pty === undefined ? undefined : `lab-pts/${pty}`;
    await this.#on().init.ask({ do: 'link', path: serialDevice, target });
  }

  /** Kills process 1, and with it every process at once. Returns when the kernel has collected them all. */
  async die(): Promise<void> {
    const { init, initPid } = this.#on();
    this.#running = undefined;
    process.kill(initPid, 'SIGKILL');
    // A stopped nsenter would not collect its dead child, and a namespace ends with its last process.
    this.#continueCommands();
    await init.ended();
    const atMs = nowMs();
    for (const [name, pid] of this.#pids) this.#exits.push({ name, pid, code: -9, atMs });
    this.#pids.clear();
  }

  async startBootServices(): Promise<void> {
    for (const spec of this.#bootServices.values()) await this.start(spec);
  }

  /**
   * Runs a command on this host, as root there, and waits for its end.
   *
   * @throws {Error} when the host is off, or the program does not exist.
   */
  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<Finished> {
    const cwd = options.cwd ?? this.#ground.projectDir;
    // While its command is frozen nsenter stands still too, and would outlive this process and the lab.
    const words = ['setpriv', '--pdeathsig', 'KILL', ...this.enterArgv, 'env', '-C', cwd, ...argv];
    let child: ChildProcess | undefined;
    try {
      const finished = await runCommand(words, { ...options, env: { ...hostEnv(), ...options.env } }, (started) => {
        child = started;
        this.#commands.add(started);
      });
      return { ...finished, argv };
    } finally {
      if (child !== undefined) this.#commands.delete(child);
    }
  }

  /**
   * As `exec`, for commands that must succeed. Returns what the command printed.
   *
   * @throws {Error} with the command's complaint when it fails.
   */
  async run(argv: readonly string[], options: ExecOptions = {}): Promise<string> {
    const finished = await this.exec(argv, options);
    if (finished.code !== 0) throw new Error(`on ${this.name}: ${describeFailure(finished)}`);
    return finished.stdout;
  }

  /** Starts a background process, with its output in a log file. Returns its pid in the host's own counting. */
  async start(spec: ServiceSpec): Promise<number> {
    const { init } = this.#on();
    if (spec.atBoot === true) this.#bootServices.set(spec.name, spec);
    const pid = await init.ask({
      do: 'start',
      name: spec.name,
      argv: spec.argv,
      env: { ...hostEnv(), ...spec.env },
      cwd: spec.cwd ?? this.#ground.projectDir,
      log: `${logDir}/${spec.name}.log`,
      restartAfterMs: spec.restartAfterMs === undefined ? undefined : Math.max(restartAfterMsMin, spec.restartAfterMs),
    });
    this.#pids.set(spec.name, pid as number);
    return pid as number;
  }

  /** A service is neither started at boot nor restarted any more. What runs goes on. */
  async disable(name: string): Promise<void> {
    this.#bootServices.delete(name);
    if (this.isOn) await this.#on().init.ask({ do: 'forget', name });
  }

  /** The pid of a background process in the host's own counting, undefined when it does not run. */
  pidOf(name: string): number | undefined {
    return this.#pids.get(name);
  }

  /** What a background process has written, over all boots. Empty when there is no such log. */
  readLog(name: string): string {
    return this.#files.readLog(name);
  }

  /** Everything that runs on this host beside its process 1. */
  async processes(): Promise<readonly HostProcess[]> {
    return (await this.#on().init.ask({ do: 'processes' })) as readonly HostProcess[];
  }

  /** Signals a background process by its name, or a process by its pid in the host's own counting. */
  async signal(target: string | number, signal: NodeJS.Signals): Promise<void> {
    const pid = typeof target === 'number' ? target : this.#pids.get(target);
    if (pid === undefined) throw new Error(`no "${target}" runs on ${this.name}`);
    await this.#on().init.ask({ do: 'signal', pid, signal });
  }

  /** Signals each process whose command line contains `words`. Returns their pids in the host's own counting. */
  async signalMatching(words: string, signal: NodeJS.Signals): Promise<readonly number[]> {
    return (await this.#on().init.ask({ do: 'signal', match: words, signal })) as readonly number[];
  }

  /** Kills a background process by SIGKILL, and waits until it is gone. What it started goes on. */
  async kill(target: string | number): Promise<void> {
    const pid = typeof target === 'number' ? target : this.#pids.get(target);
    await this.signal(target, 'SIGKILL');
    await until(`process ${pid} is gone from ${this.name}`, goneWithinMs, async () => {
      const all = await this.processes();
      return !all.some((process) => process.pid === pid && process.state !== 'Z');
    });
  }

  /** Stops all processes, as a hung machine does: its kernel goes on answering ARP, and address lifetimes run out. */
  async freeze(): Promise<void> {
    const { init } = this.#on();
    // Before the answer: whatever went wrong, some of it stands still.
    this.#isFrozen = true;
    await init.ask({ do: 'freeze' });
  }

  async thaw(): Promise<void> {
    this.#continueCommands();
    await this.#on().init.ask({ do: 'thaw' });
    this.#isFrozen = false;
  }

  /** Writes a file on this host, also while it is off where the place survives a power cut. */
  writeFile(path: string, text: string | Uint8Array, mode?: number): void {
    this.#files.write(this.#running?.initPid, path, text, mode);
  }

  /** @throws {Error} when there is no such file. */
  readFile(path: string): string {
    return this.#files.read(this.#running?.initPid, path);
  }

  removeFile(path: string): void {
    this.#files.remove(this.#on().initPid, path);
  }

  #on(): Running {
    if (this.#running === undefined) throw new Error(`${this.name} is off: boot it first`);
    return this.#running;
  }

  #note(message: Message): void {
    const { name, pid } = message as unknown as { readonly name: string; readonly pid: number };
    if (message.event === 'restarted') this.#pids.set(name, pid);
    if (message.event !== 'exited') return;
    if (this.#pids.get(name) === pid) this.#pids.delete(name);
    this.#exits.push(message as unknown as ServiceExit);
    if (this.#exits.length > exitsMax) this.#exits.shift();
  }

  /** nsenter stops itself when its child was stopped, and waits to be continued. */
  #continueCommands(): void {
    for (const child of this.#commands) child.kill('SIGCONT');
  }
}

/** Addresses are usable at once: no waiting for duplicate address detection. */
const sysctls: Readonly<Record<string, string>> = {
  'net/ipv6/conf/all/disable_ipv6': '0',
  'net/ipv6/conf/default/disable_ipv6': '0',
  'net/ipv6/conf/all/accept_dad': '0',
  'net/ipv6/conf/default/accept_dad': '0',
  'net/ipv6/conf/default/accept_ra': '0',
};
