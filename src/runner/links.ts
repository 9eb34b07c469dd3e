import { type ChildProcess, spawn } from 'node:child_process';
import { type Link, readLinkLine } from './ipLines.ts';
import { spawned } from './spawned.ts';

export interface LinksOptions {
  onChange(link: Link): void;
  onProblem(sentence: string): void;
}

/**
 * The network devices and their carrier, kept fresh by one `ip monitor`, which tells a change within a
 * millisecond. Where it ends it is started again, and everything is read anew.
 */
export class Links {
  readonly #options: LinksOptions;
  readonly #links = new Map<string, Link>();
  #monitor: ChildProcess | undefined;
  #again: NodeJS.Timeout | undefined;
  #readAgain: NodeJS.Timeout | undefined;
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

  /** Not by the persistent `ip`: after `link show` its `address show` prints links for ever (iproute2 6.1). */
  async #readAll(): Promise<void> {
    const child = spawned(() =>
      spawn('ip', ['-oneline', 'link', 'show'], { ...spawnOptions, stdio: ['ignore', 'pipe', 'ignore'] }),
    );
    if (typeof child === 'string') {
      this.#options.onProblem(`ip link show: ${child}`);
      this.#readAgain = setTimeout(() => void this.#readAll(), restartMs);
      return;
    }
    child.on('error', (error) => this.#options.onProblem(`ip link show: ${error.message}`));
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    await new Promise((resolve) => child.on('close', resolve));
    for (const line of text.split('\n')) this.#takeLine(line);
  }

  #startMonitor(): void {
    const child = spawned(() =>
      spawn('ip', ['-oneline', 'monitor', 'link'], {
        ...spawnOptions,
        // The pipe at its input ends with the runner; without it an orphan would wait for the next change.
        stdio: ['pipe', 'pipe', 'ignore'],
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
      for (const line of lines) this.#takeLine(line);
    });
    child.on('error', (error) => this.#options.onProblem(`ip monitor: ${error.message}`));
    child.on('close', () => {
      if (this.#isClosed) return;
      this.#again = setTimeout(() => void this.open(), restartMs);
    });
  }

  #takeLine(line: string): void {
    const read = readLinkLine(line);
    if (read === undefined) return;
    const { isGone, ...link } = read;
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
