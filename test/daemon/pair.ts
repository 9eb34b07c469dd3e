import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Outcome, request } from '../../src/control/controlClient.ts';
import type { Request, ResponseLine, StatusReport } from '../../src/control/controlProtocol.ts';

export type Name = 'node1' | 'node2';
export type Signal = 'SIGKILL' | 'SIGTERM' | 'SIGUSR2' | 'SIGHUP' | 'SIGWINCH' | 'SIGSTOP' | 'SIGCONT';

/** For tests that wait for it. A busy machine mistakes its own slowness for a death at times. */
export const deadMs = 800;
/** Long enough to start a daemon in, on a machine that is busy: for tests in which nobody is to be taken for dead. */
export const patientDeadMs = 10_000;
/** A runner without a head stops its groups after max(lease, deadtime). */
export const leaseMs = 2000;
export const patientLeaseMs = 15_000;
export const haresources = '# group: site\nnode1 thing::a thing::b\n';
/** A test that waits so long has failed: a daemon starts in half a second, and in ten on a machine that is very busy. */
const patienceMs = 40_000;
const repository = join(import.meta.dirname, '../..');

/** An event of a node's journal, as `hactl events --json` prints it. */
export interface Event {
  readonly id: string;
  readonly sentence: string;
  readonly evidence?: string;
}

export interface PairOptions {
  /** A module that the daemons load first. */
  readonly preload?: string;
  readonly deadMs?: number;
  readonly leaseMs?: number;
  /** Of the daemons, beside that of the test. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Two daemons of this checkout on loopback: own folders, real sockets, groups of scripts only. */
export class Pair {
  readonly root = mkdtempSync(join(tmpdir(), 'twinbeat-pair-'));
  readonly #daemons = new Map<Name, ChildProcess>();
  readonly #preload: string | undefined;
  readonly #environment: Readonly<Record<string, string>>;

  private constructor({ preload, environment }: PairOptions) {
    this.#preload = preload;
    this.#environment = environment ?? {};
  }

  static async create(options: PairOptions = {}): Promise<Pair> {
    const pair = new Pair(options);
    const ports = [await freePort(), await freePort()];
    for (const name of ['node1', 'node2'] as const) {
      for (const folder of ['etc/resource.d', 'state', 'run']) mkdirSync(pair.path(name, folder), { recursive: true });
      pair.write(name, 'etc/twinbeat.yaml', yaml(ports, options.deadMs ?? deadMs, options.leaseMs ?? leaseMs));
      pair.write(name, 'etc/haresources', haresources);
      pair.write(name, 'etc/authkeys', 'auth 1\n1 sha256 0123456789abcdef0123456789abcdef\n', 0o600);
      pair.write(name, 'etc/resource.d/thing', pair.#script(name), 0o755);
    }
    writeFileSync(pair.#historyFile, '');
    return pair;
  }

  path(name: Name, ...parts: readonly string[]): string {
    return join(this.root, name, ...parts);
  }

  write(name: Name, file: string, text: string, mode = 0o644): void {
    writeFileSync(this.path(name, file), text, { mode });
  }

  read(name: Name, file: string): string {
    return readFileSync(this.path(name, file), 'utf8');
  }

  /** Everything that the scripts did on both nodes, in order: `node1 start a`. */
  history(): readonly string[] {
    return readFileSync(this.#historyFile, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  }

  start(name: Name, ...flags: readonly string[]): ChildProcess {
    const words = ['--config', this.path(name, 'etc/twinbeat.yaml'), '--node', name];
    const folders = ['--state-dir', this.path(name, 'state'), '--run-dir', this.path(name, 'run')];
    const options = this.#preload === undefined ? {} : { NODE_OPTIONS: `--import ${this.#preload}` };
    const log = openSync(this.path(name, 'log'), 'a');
    const child = spawn(join(repository, 'bin/twinbeatd'), [...words, ...folders, ...flags], {
      stdio: ['ignore', 'ignore', log],
      env: { ...process.env, ...this.#environment, ...options },
    });
    closeSync(log);
    this.#daemons.set(name, child);
    return child;
  }

  pid(name: Name): number {
    const pid = this.#daemons.get(name)?.pid;
    if (pid === undefined) throw new Error(`${name} does not run`);
    return pid;
  }

  signal(name: Name, signal: Signal): void {
    this.#daemons.get(name)?.kill(signal);
  }

  /** The events of a node's journal so far, oldest first. */
  async events(name: Name): Promise<readonly Event[]> {
    const { lines } = await this.ask(name, { verb: 'events', limit: 1000 });
    return lines.flatMap((line) => (line.type === 'event' ? [line.event as unknown as Event] : []));
  }

  async untilEvent(name: Name, what: string, isIt: (event: Event) => boolean): Promise<void> {
    for (const endMs = performance.now() + patienceMs; !(await this.events(name)).some(isIt); await sleep(25)) {
      if (performance.now() > endMs)
        throw new Error(`${name}: no event "${what}" in ${patienceMs} ms\n${this.#logs()}`);
    }
  }

  /** Resolves to the exit code, or the signal that ended it. */
  async ended(name: Name): Promise<number | string | null> {
    const child = this.#daemons.get(name);
    if (child === undefined) return null;
    if (child.exitCode === null && child.signalCode === null) {
      await once(child, 'exit', { signal: AbortSignal.timeout(patienceMs) });
    }
    return child.exitCode ?? child.signalCode;
  }

  async ask(
    name: Name,
    asked: Request,
  ): Promise<{ readonly lines: readonly ResponseLine[]; readonly outcome: Outcome }> {
    const lines: ResponseLine[] = [];
    const limits = { firstLineMs: 20_000, totalMs: 30_000 };
    const outcome = await request(this.path(name, 'run/control.sock'), asked, (line) => void lines.push(line), limits);
    return { lines, outcome };
  }

  async status(name: Name): Promise<StatusReport | undefined> {
    const { lines } = await this.ask(name, { verb: 'status' });
    const line = lines.find(({ type }) => type === 'status');
    return line?.type === 'status' ? line.status : undefined;
  }

  /** Waits until `name` says so of itself, by its status. */
  async until(
    name: Name,
    what: string,
    isSo: (status: StatusReport) => boolean,
    withinMs = patienceMs,
  ): Promise<StatusReport> {
    const endMs = performance.now() + withinMs;
    let last: StatusReport | undefined;
    while (performance.now() < endMs) {
      last = await this.status(name);
      if (last !== undefined && isSo(last)) return last;
      await sleep(25);
    }
    throw new Error(
      `${name}: ${what} did not come true in ${withinMs} ms:\n${JSON.stringify(last, null, 1)}\n${this.#logs()}`,
    );
  }

  untilRole(name: Name, role: string, withinMs?: number): Promise<StatusReport> {
    return this.until(name, `role ${role}`, ({ groups }) => groups[0]?.role === role, withinMs);
  }

  /** Ends everything that was started, the runners too, and removes the folders. */
  async destroy(): Promise<void> {
    for (const [name, child] of this.#daemons) {
      child.kill('SIGKILL');
      await this.ended(name);
      await killRunner(this.path(name, 'run/runner.pid'));
    }
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }

  get #historyFile(): string {
    return join(this.root, 'history');
  }

  #script(name: Name): string {
    const on = this.path(name, 'on.$1');
    const note = (word: string): string => `echo "${name} ${word} $1" >>${this.#historyFile}`;
    return `#!/bin/sh
case $2 in
start) [ ! -e ${this.path(name, 'cannot-start')} ] || { echo 'disk is missing'; exit 1; }
  [ -e ${on} ] || ${note('start')}; : >${on} ;;
stop) [ ! -e ${on} ] || ${note('stop')}; rm -f ${on} ;;
status) if [ -e ${on} ]; then echo running; else echo stopped; fi ;;
esac
`;
  }

  #logs(): string {
    return ['node1', 'node2'].map((name) => `${name}:\n${safeRead(join(this.root, name, 'log'))}`).join('\n');
  }
}

async function killRunner(pidFile: string): Promise<void> {
  const [pid] = safeRead(pidFile).split(' ');
  if (pid === undefined || pid === '') return;
  const command = safeRead(`/proc/${pid}/cmdline`);
  if (!command.includes('runner')) return;
  try {
    process.kill(Number(pid), 'SIGKILL');
  } catch {
    return;
  }
  for (let tries = 0; tries < 100 && safeRead(`/proc/${pid}/cmdline`) !== ''; tries += 1) await sleep(10);
}

function safeRead(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function yaml(ports: readonly number[], dead: number, lease: number): string {
  const channels = ports.map(
    (port, index) => `  - udp: { node1: "127.0.0.1:${port}", node2: "127.0.0.2:${port}" }\n    medium: m${index}\n`,
  );
  return `cluster: pair
nodes: [node1, node2]
channels:
${channels.join('')}timing: { keepalive: 100ms, warntime: 300ms, deadtime: ${dead}ms, initdead: ${2 * dead}ms, lease: ${lease}ms }
`;
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}
