import { type ChildProcess, spawn } from 'node:child_process';
import { type Link, type LinkLine, readLinkLine } from './ipLines.ts';
import { spawned } from './spawned.ts';

export interface LinksOptions {
  onChange(link: Link): void;
  onProblem(sentence: string): void;
}

/**
 * The network devices and their carrier, kept fresh by one `ip monitor`, which tells a change within a
 * millisecond. Where it ends it is started again, and everything is read anew; so it is where it complains: the kernel
 * drops what it has no room for, and changes are lost.
 */
export class Links {
  readonly #options: LinksOptions;
  readonly #links = new Map<string, Link>();
  #monitor: ChildProcess | undefined;
  #again: NodeJS.Timeout | undefined;
  #readAgain: NodeJS.Timeout | undefined;
  #reading: Promise<void> = Promise.resolve();
  /** Of which the monitor has spoken since everything was read. */
  readonly #told = new Set<string>();
  #isClosed = false;

  constructor(options: LinksOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    this.#startMonitor();
    await this.#readAll();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#again);
    clearTimeout(this.#readAgain);
    this.#monitor?.kill();
  }

  find(device: string): Link | undefined {
    return this.#links.get(device);
  }

  /** One after the other. */
  #readAll(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#readOnce());
    return this.#reading;
  }

  /** Not by the persistent `ip`: after `link show` its `address show` prints links for ever (iproute2 6.1). */
  async #readOnce(): Promise<void> {
    this.#told.clear();
    const child = spawned(() =>
      spawn('ip', ['-oneline', 'link', 'show'], { ...spawnOptions, stdio: ['ignore', 'pipe', 'ignore'] }),
    );
    if (typeof child === 'string') {
      this.#options.onProblem(`ip link show: ${child}`);
      this.#readLater();
      return;
    }
    child.on('error', (error) => this.#options.onProblem(`ip link show: ${error.message}`));
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    const links = text.split('\n').flatMap((line) => readLinkLine(line) ?? []);
    // What the monitor has said meanwhile is newer.
    for (const link of links) if (!this.#told.has(link.device)) this.#take(link);
    if (code !== 0) {
      this.#readLater();
      return;
    }
    const there = new Set(links.map(({ device }) => device));
    for (const link of this.#links.values())
      if (!there.has(link.device) && !this.#told.has(link.device))
        this.#take({ ...link, isUp: false, hasCarrier: false, isGone: true });
  }

  #readLater(): void {
    clearTimeout(this.#readAgain);
    if (!this.#isClosed) this.#readAgain = setTimeout(() => void this.#readAll(), restartMs);
  }

  #startMonitor(): void {
    const child = spawned(() =>
      spawn('ip', ['-oneline', 'monitor', 'link'], {
        ...spawnOptions,
        // The pipe at its input ends with the runner; without it an orphan would wait for the next change.
        stdio: ['pipe', 'pipe', 'pipe'],
      }),
    );
    if (typeof child === 'string') {
      this.#options.onProblem(`ip monitor: ${child}`);
      this.#again = setTimeout(() => void this.open(), restartMs);
      return;
    }
    this.#monitor = child;
    let unfinished = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text: string) => {
      const lines = (unfinished + text).split('\n');
      unfinished = (lines.pop() ?? '').slice(-lineCharsMax);
      for (const line of lines) this.#hear(line);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#options.onProblem(`ip monitor: ${text.trim().slice(0, complaintCharsMax)}`);
      this.#readLater();
    });
    child.on('error', (error) => this.#options.onProblem(`ip monitor: ${error.message}`));
    child.on('close', () => {
      if (this.#isClosed) return;
      this.#again = setTimeout(() => void this.open(), restartMs);
    });
  }

  #hear(line: string): void {
    const read = readLinkLine(line);
    if (read === undefined) return;
    this.#told.add(read.device);
    this.#take(read);
  }

  #take({ isGone, ...link }: LinkLine): void {
    const known = this.#links.get(link.device);
    if (isGone) this.#links.delete(link.device);
    else this.#links.set(link.device, link);
    const isSame =
      known !== undefined &&
      known.hasCarrier === link.hasCarrier &&
      known.mac === link.mac &&
      known.index === link.index;
    if (!isSame || isGone) this.#options.onChange(link);
  }
}

const spawnOptions = { cwd: '/', env: { LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } };
const restartMs = 1000;
const lineCharsMax = 4096;
const complaintCharsMax = 200;
