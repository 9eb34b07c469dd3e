import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import koffi from 'koffi';

/** What a service manager offers: a datagram socket at a path, or at `@name` of the abstract namespace. */
export class NotifyListener {
  /** For `NOTIFY_SOCKET`. */
  readonly address: string;
  /** Every message that came. */
  readonly heard: string[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'twinbeat-notify-'));
  readonly #fd: number;
  readonly #timer: NodeJS.Timeout;

  constructor(kind: 'path' | 'abstract') {
    const path = join(this.#folder, 'notify');
    this.address = kind === 'path' ? path : `@${path}`;
    const tail = kind === 'path' ? `${path}\0` : `\0${path}`;
    const address = Buffer.concat([Buffer.from([1, 0]), Buffer.from(tail)]);
    this.#fd = libc.socket(1, 2 | 0o4000 | 0o2000000, 0);
    if (this.#fd < 0 || libc.bind(this.#fd, address, address.length) < 0) {
      throw new Error(`cannot listen on ${this.address}: errno ${koffi.errno()}`);
    }
    this.#timer = setInterval(() => this.#drain(), 5);
  }

  /** The lines of all messages, one after the other. */
  get lines(): readonly string[] {
    return this.heard.flatMap((message) => message.split('\n'));
  }

  async until(what: string, isSo: () => boolean, withinMs = 20_000): Promise<void> {
    for (const endMs = performance.now() + withinMs; !isSo(); await sleep(10)) {
      if (performance.now() > endMs) throw new Error(`no ${what} in ${withinMs} ms: ${JSON.stringify(this.heard)}`);
    }
  }

  close(): void {
    clearInterval(this.#timer);
    libc.close(this.#fd);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #drain(): void {
    const bytes = Buffer.alloc(4096);
    for (let count = 0; ; this.heard.push(bytes.toString('utf8', 0, count))) {
      count = Number(libc.recv(this.#fd, bytes, bytes.length, 0));
      if (count <= 0) return;
    }
  }
}

const self = koffi.load(null);
const libc = {
  socket: self.func('int socket(int domain, int type, int protocol)') as (...args: number[]) => number,
  bind: self.func('int bind(int fd, const uint8_t *address, uint32_t length)') as (
    fd: number,
    address: Buffer,
    length: number,
  ) => number,
  recv: self.func('long recv(int fd, uint8_t *bytes, size_t length, int flags)') as (
    fd: number,
    bytes: Buffer,
    length: number,
    flags: number,
  ) => number,
  close: self.func('int close(int fd)') as (fd: number) => number,
};
