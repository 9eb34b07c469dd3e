import type * as koffiModule from 'koffi';

/** What waits in a socket. */
export interface Ear {
  /** The next waiting packet; never blocks. */
  receive(): Buffer | undefined;
  close(): void;
}

/** A function of libc, with the arguments that its declaration says. */
export type LibcFunction = (...args: unknown[]) => number;

/**
 * Raw sockets, which Node does not have (packet(7), raw(7)), by way of libc: they never block, and no child inherits
 * them. Descriptors are numbers, below zero where there is none.
 */
export class LibcSockets {
  readonly setsockopt: LibcFunction;
  readonly #koffi: typeof koffiModule;
  readonly #libc: koffiModule.LibraryHandle;
  readonly #socket: LibcFunction;
  readonly #recv: LibcFunction;
  readonly #close: LibcFunction;

  constructor(koffi: typeof koffiModule) {
    this.#koffi = koffi;
    this.#libc = koffi.load('libc.so.6');
    this.#socket = this.declare('int socket(int domain, int type, int protocol)');
    this.#recv = this.declare('long recv(int fd, void *bytes, size_t count, int flags)');
    this.#close = this.declare('int close(int fd)');
    this.setsockopt = this.declare('int setsockopt(int fd, int level, int name, void *value, uint length)');
  }

  declare(declaration: string): LibcFunction {
    return this.#libc.func(declaration);
  }

  openRaw(family: number, protocol: number): number {
    return this.#socket(family, sockRaw | sockNonblock | sockCloexec, protocol);
  }

  ear(fd: number, packetBytesMax: number): Ear {
    const packet = Buffer.alloc(packetBytesMax);
    return {
      receive: () => {
        const count = Number(this.#recv(fd, packet, packet.length, 0));
        return count > 0 ? Buffer.from(packet.subarray(0, count)) : undefined;
      },
      close: () => this.close(fd),
    };
  }

  close(fd: number): void {
    this.#close(fd);
  }

  /** Where the bytes lie, for structures that hold an address. */
  addressOf(bytes: Buffer): bigint {
    return this.#koffi.address(bytes);
  }

  /** A sentence about the call that has just failed. */
  problem(what: string): string {
    return `${what} (errno ${this.#koffi.errno()})`;
  }
}

const sockRaw = 3;
const sockNonblock = 0o4000;
const sockCloexec = 0o2000000;
