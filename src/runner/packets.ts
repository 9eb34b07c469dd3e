import { etherArp, etherIp6 } from './frames.ts';
import { type Ear, type LibcFunction, LibcSockets } from './libcSockets.ts';

/**
 * Frames on the wire by packet sockets (packet(7)).
 * Where the foreign-function library cannot be loaded, `openPackets` says so and callers use a command.
 */
export interface Packets {
  /** Puts one whole frame on the wire; the sentence why not, or undefined. */
  send(deviceIndex: number, frame: Buffer): string | undefined;
  /** Opens an ear for claims of addresses of that family on one device; the sentence why not. */
  listen(deviceIndex: number, family: 4 | 6): Ear | string;
}

export async function openPackets(): Promise<Packets | string> {
  try {
    return new LibcPackets(new LibcSockets(await import('koffi')));
  } catch (error) {
    return `packet sockets are not available: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/**
 * Sheds what a child must not inherit: descriptors of a careless parent (Node marks its own; close_range(2)), and
 * a real-time priority of the head that started this process (sched_setscheduler(2)).
 */
export async function shedInheritance(): Promise<void> {
  try {
    const koffi = await import('koffi');
    const libc = koffi.load('libc.so.6');
    libc.func('int sched_setscheduler(int pid, int policy, void *param)')(0, schedOther, Buffer.alloc(4));
    libc.func('int close_range(uint first, uint last, int flags)')(3, 0xffffffff, closeRangeCloexec);
  } catch {
    // glibc before 2.34, or no library: what was inherited stays as it is.
  }
}

const closeRangeCloexec = 4;
const schedOther = 0;
const afPacket = 17;
const solSocket = 1;
const soAttachFilter = 26;
const frameBytesMax = 1600;
/** Sends stay on one socket, which hears nothing: protocol 0. */
const noProtocol = 0;

class LibcPackets implements Packets {
  readonly #sockets: LibcSockets;
  readonly #bind: LibcFunction;
  readonly #sendto: LibcFunction;
  #sender = -1;

  constructor(sockets: LibcSockets) {
    this.#sockets = sockets;
    this.#bind = sockets.declare('int bind(int fd, void *address, uint length)');
    this.#sendto = sockets.declare('long sendto(int fd, void *bytes, size_t count, int flags, void *to, uint length)');
  }

  send(deviceIndex: number, frame: Buffer): string | undefined {
    if (this.#sender < 0) this.#sender = this.#sockets.openRaw(afPacket, noProtocol);
    if (this.#sender < 0) return this.#sockets.problem('no packet socket');
    const to = linkAddress(deviceIndex, frame.readUInt16BE(12));
    const sent = this.#sendto(this.#sender, frame, frame.length, 0, to, to.length);
    return Number(sent) === frame.length ? undefined : this.#sockets.problem('the frame was not sent');
  }

  listen(deviceIndex: number, family: 4 | 6): Ear | string {
    const protocol = family === 4 ? etherArp : etherIp6;
    const fd = this.#sockets.openRaw(afPacket, noProtocol);
    if (fd < 0) return this.#sockets.problem('no packet socket');
    // The filter comes before the protocol, so that nothing else ever waits in the socket.
    if (family === 6) this.#attachNaFilter(fd);
    const address = linkAddress(deviceIndex, protocol);
    if (this.#bind(fd, address, address.length) < 0) {
      const problem = this.#sockets.problem('the packet socket cannot be bound');
      this.#sockets.close(fd);
      return problem;
    }
    return this.#sockets.ear(fd, frameBytesMax);
  }

  /** Lets neighbour advertisements through and nothing else: a busy LAN must not fill the socket. */
  #attachNaFilter(fd: number): void {
    const program = Buffer.alloc(naFilter.length * 8);
    for (const [index, [code, jumpTrue, jumpFalse, value]] of naFilter.entries()) {
      program.writeUInt16LE(code, index * 8);
      program.writeUInt8(jumpTrue, index * 8 + 2);
      program.writeUInt8(jumpFalse, index * 8 + 3);
      program.writeUInt32LE(value, index * 8 + 4);
    }
    // struct sock_fprog: the count of instructions and their address.
    const filter = Buffer.alloc(16);
    filter.writeUInt16LE(naFilter.length, 0);
    filter.writeBigUInt64LE(this.#sockets.addressOf(program), 8);
    this.#sockets.setsockopt(fd, solSocket, soAttachFilter, filter, filter.length);
  }
}

/** Classic BPF: load next header, load ICMPv6 type, accept the whole frame or nothing. */
const naFilter: readonly (readonly [number, number, number, number])[] = [
  [0x30, 0, 0, 20],
  [0x15, 0, 3, 58],
  [0x30, 0, 0, 54],
  [0x15, 0, 1, 136],
  [0x06, 0, 0, 0xffff],
  [0x06, 0, 0, 0],
];

/** `struct sockaddr_ll` of 20 bytes; protocol in network order, index in the machine's. */
function linkAddress(deviceIndex: number, protocol: number): Buffer {
  const bytes = Buffer.alloc(20);
  bytes.writeUInt16LE(afPacket, 0);
  bytes.writeUInt16BE(protocol, 2);
  bytes.writeInt32LE(deviceIndex, 4);
  bytes[11] = 6;
  return bytes;
}
