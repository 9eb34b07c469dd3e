import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import type { WitnessDesk } from './desk.ts';

export interface ServerOptions {
  readonly desk: WitnessDesk;
  /** Undefined: all addresses, of both families where the machine has both. */
  readonly address: string | undefined;
  readonly port: number;
  /** Milliseconds that never go back. */
  readonly nowMs: () => number;
  /** A packet was not believed; called for each. */
  readonly onRejected: (reason: string, from: string) => void;
  /** It is reached by IPv4 alone, although this machine has IPv6. */
  readonly onNoIpv6: (sentence: string) => void;
  /** The socket is gone for good. */
  readonly onBroken: (sentence: string) => void;
}

/** Answers that cannot leave are dropped: whoever asked asks again. */
const sendQueueBytesMax = 256 * 1024;

/** The desk behind a UDP socket. Every packet is answered, or not, before the next one is read: nothing is kept. */
export class WitnessServer {
  readonly #options: ServerOptions;
  #socket: Socket | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  /** Resolves to the sentence why it cannot. */
  async open(): Promise<string | undefined> {
    const { address, port } = this.#options;
    if (address !== undefined) return this.#bind(address, port);
    const problem = await this.#bind('::', port);
    if (problem === undefined) return undefined;
    const other = await this.#bind('0.0.0.0', port);
    // A kernel without IPv6 has no "::", and nobody misses it.
    if (other === undefined && !/EAFNOSUPPORT|EADDRNOTAVAIL/.test(problem)) this.#options.onNoIpv6(problem);
    return other;
  }

  /** 0 before it is open. */
  get port(): number {
    return this.#socket?.address().port ?? 0;
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  #bind(address: string, port: number): Promise<string | undefined> {
    const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
    return new Promise((resolve) => {
      const fail = (error: Error): void => {
        socket.close();
        resolve(`cannot listen on ${address} port ${port}: ${error.message}`);
      };
      socket.once('error', fail);
      socket.bind({ address, port, exclusive: true }, () => {
        socket.off('error', fail);
        socket.on('error', (error) => this.#options.onBroken(error.message));
        socket.on('message', (bytes, from) => this.#answer(socket, bytes, from));
        this.#socket = socket;
        resolve(undefined);
      });
    });
  }

  #answer(socket: Socket, bytes: Uint8Array, from: RemoteInfo): void {
    const { desk, nowMs, onRejected } = this.#options;
    const taken = desk.take(bytes, nowMs());
    if (!taken.ok) {
      onRejected(taken.rejection, from.address);
      return;
    }
    if (socket.getSendQueueSize() > sendQueueBytesMax) return;
    // What does not leave is asked for again.
    socket.send(taken.bytes, from.port, from.address, () => undefined);
  }
}
