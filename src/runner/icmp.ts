import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EchoQuestion, echoRequest, isEchoReply, reply4, reply6 } from './echo.ts';
import { addressBytes } from './ipLines.ts';
import { type Ear, type LibcFunction, LibcSockets } from './libcSockets.ts';
import { monotonicMs } from './monotonic.ts';

export type PingResult =
  | { readonly kind: 'answered' }
  | { readonly kind: 'silent' }
  /** It could not be asked: no route, a filter. As good as silent, and a person wants to know why. */
  | { readonly kind: 'unsent'; readonly detail: string };

/** Asks one address once. */
export type Ping = (target: string, timeoutMs: number) => Promise<PingResult>;

/**
 * Pings by raw ICMP sockets (raw(7), icmp(7)) by way of libc. One socket for each question, connected: the kernel
 * chooses the way anew each time, and hands over nothing but echo replies of that target. The sentence why not where
 * they cannot be had.
 */
export async function openIcmp(): Promise<Ping | string> {
  try {
    const sockets = new EchoSockets(new LibcSockets(await import('koffi')));
    return sockets.tryOpen() ?? ((target, timeoutMs) => ping(sockets, target, timeoutMs));
  } catch (error) {
    return `ICMP sockets are not available: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const nonceBytes = 16;
/** Of two runners on one machine, in two namespaces or not, each has its own. */
const ownId = randomBytes(2).readUInt16BE(0);
/** The first looks are for a LAN, the later ones for a target that will not answer: they cost a wake-up each. */
const firstPauseMs = 1;
const pauseMsMax = 50;
/** Packets taken from one socket at a time. */
const packetsPerTurnMax = 20;
let sequence = 0;

async function ping(sockets: EchoSockets, target: string, timeoutMs: number): Promise<PingResult> {
  const [host = '', scope] = target.split('%');
  const family = host.includes(':') ? 6 : 4;
  sequence = (sequence + 1) & 0xffff;
  const question: EchoQuestion = { family, id: ownId, sequence, nonce: randomBytes(nonceBytes) };
  const socket = sockets.open(family, host, scope);
  if (typeof socket === 'string') return { kind: 'unsent', detail: socket };
  try {
    const startMs = monotonicMs();
    const problem = socket.send(echoRequest(question));
    if (problem !== undefined) return { kind: 'unsent', detail: problem };
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMsMax, pauseMs * 2)) {
      const passedMs = monotonicMs() - startMs;
      await sleep(Math.min(pauseMs, Math.max(1, timeoutMs - passedMs)));
      // Looked at before the clock: after a stall the answer has been waiting.
      for (let count = 0; count < packetsPerTurnMax; count += 1) {
        const bytes = socket.receive();
        if (bytes === undefined) break;
        if (isEchoReply(bytes, question)) return { kind: 'answered' };
      }
      if (monotonicMs() - startMs >= timeoutMs) return { kind: 'silent' };
    }
  } finally {
    socket.close();
  }
}

interface EchoSocket extends Ear {
  send(bytes: Buffer): string | undefined;
}

const afInet = 2;
const afInet6 = 10;
const ipprotoIcmp = 1;
const ipprotoIcmpV6 = 58;
const solRaw = 255;
const filterOption = 1;
const packetBytesMax = 1500;

class EchoSockets {
  readonly #sockets: LibcSockets;
  readonly #connect: LibcFunction;
  readonly #send: LibcFunction;
  readonly #nameToIndex: LibcFunction;

  constructor(sockets: LibcSockets) {
    this.#sockets = sockets;
    this.#connect = sockets.declare('int connect(int fd, void *address, uint length)');
    this.#send = sockets.declare('long send(int fd, void *bytes, size_t count, int flags)');
    this.#nameToIndex = sockets.declare('uint if_nametoindex(str name)');
  }

  /** The sentence why raw sockets cannot be had at all. */
  tryOpen(): string | undefined {
    const fd = this.#rawSocket(4);
    if (fd < 0) return this.#sockets.problem('no raw socket for ICMP');
    this.#sockets.close(fd);
    return undefined;
  }

  open(family: 4 | 6, host: string, scope: string | undefined): EchoSocket | string {
    const scopeIndex = scope === undefined ? 0 : this.#nameToIndex(scope);
    if (scope !== undefined && scopeIndex === 0) return `there is no device ${scope}`;
    const fd = this.#rawSocket(family);
    if (fd < 0) return this.#sockets.problem('no raw socket for ICMP');
    this.#letRepliesThrough(fd, family);
    const address = socketAddress(family, host, scopeIndex);
    if (this.#connect(fd, address, address.length) < 0) {
      const problem = this.#sockets.problem('no way there');
      this.#sockets.close(fd);
      return problem;
    }
    return {
      ...this.#sockets.ear(fd, packetBytesMax),
      send: (bytes) =>
        Number(this.#send(fd, bytes, bytes.length, 0)) === bytes.length ? undefined : this.#sockets.problem('not sent'),
    };
  }

  #rawSocket(family: 4 | 6): number {
    return family === 4 ? this.#sockets.openRaw(afInet, ipprotoIcmp) : this.#sockets.openRaw(afInet6, ipprotoIcmpV6);
  }

  /** A set bit blocks that type: of ICMP 32 bits, of ICMPv6 256. */
  #letRepliesThrough(fd: number, family: 4 | 6): void {
    const filter = Buffer.alloc(family === 4 ? 4 : 32, 0xff);
    const type = family === 4 ? reply4 : reply6;
    const word = 4 * (type >> 5);
    filter.writeUInt32LE((filter.readUInt32LE(word) & ~(1 << (type & 31))) >>> 0, word);
    this.#sockets.setsockopt(fd, family === 4 ? solRaw : ipprotoIcmpV6, filterOption, filter, filter.length);
  }
}

/** `struct sockaddr_in` or `sockaddr_in6`: the family in the order of the machine. */
function socketAddress(family: 4 | 6, host: string, scopeIndex: number): Buffer {
  const bytes = Buffer.alloc(family === 4 ? 16 : 28);
  bytes.writeUInt16LE(family === 4 ? afInet : afInet6, 0);
  Buffer.from(addressBytes(host)).copy(bytes, family === 4 ? 4 : 8);
  if (family === 6) bytes.writeUInt32LE(scopeIndex, 24);
  return bytes;
}
