import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { LabMode } from './namespaces.ts';
import { logDir } from './service.ts';
import { type HostName, hostNames, lanAddress } from './topology.ts';

/** Where a host finds itself: the lab's first process, and the lab's directories as seen from inside of it. */
export interface Ground {
  readonly mode: LabMode;
  readonly labPid: number;
  readonly stateDir: string;
  /** Directories that each host has for itself. They survive a power cut. */
  readonly privateDirs: readonly string[];
  /** Where commands run unless they say otherwise: the checkout. */
  readonly projectDir: string;
}

/** The files of a host, seen from outside: through its process 1 while it is on, on its "disk" while it is off. */
export class HostFiles {
  readonly #name: HostName;
  readonly #ground: Ground;

  constructor(name: HostName, ground: Ground) {
    this.#name = name;
    this.#ground = ground;
  }

  /** The host's directory in the lab, as the lab's processes see it. */
  get stateDir(): string {
    return `${this.#ground.stateDir}/${this.#name}`;
  }

  /** What has to be there before the first boot. Later boots find what the host has made of it. */
  prepare(): void {
    if (existsSync(this.#onDisk(logDir))) return;
    mkdirSync(this.#onDisk(logDir), { recursive: true });
    this.write(undefined, '/etc/hosts', hostsFile);
    this.write(undefined, '/etc/hostname', `${this.#name}\n`);
  }

  write(initPid: number | undefined, path: string, text: string | Uint8Array, mode = 0o644): void {
    const place = this.#place(initPid, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, text, { mode });
  }

  /** @throws {Error} when there is no such file. */
  read(initPid: number | undefined, path: string): string {
    return readFileSync(this.#place(initPid, path), 'utf8');
  }

  remove(initPid: number, path: string): void {
    rmSync(this.#place(initPid, path), { recursive: true, force: true });
  }

  /** What a background process has written, over all boots. Empty when there is no such log. */
  readLog(name: string): string {
    const place = this.#onDisk(`${logDir}/${name}.log`);
    return existsSync(place) ? readFileSync(place, 'utf8') : '';
  }

  #place(initPid: number | undefined, path: string): string {
    return initPid === undefined ? this.#onDisk(path) : `/proc/${initPid}/root${path}`;
  }

  /** @throws {Error} when the place does not survive a power cut. */
  #onDisk(path: string): string {
    const { labPid, privateDirs } = this.#ground;
    if (!privateDirs.some((place) => path.startsWith(`${place}/`))) {
      throw new Error(`${path} does not outlive a boot of ${this.#name}; these do: ${privateDirs.join(' ')}`);
    }
    return `/proc/${labPid}/root${this.stateDir}/upper${path}`;
  }
}

const hostsFile = [
  '127.0.0.1 localhost',
  '::1 localhost ip6-localhost',
  ...hostNames.map((name) => `${lanAddress[name]} ${name}`),
  '',
].join('\n');
