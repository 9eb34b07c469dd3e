import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import type { Channel, ChannelListener } from '../../engine/ports.ts';
import { beatBytesMax } from '../../wire/beatLayout.ts';
import { canonicalAddress, lookupNumeric, showAddress, type UdpAddress, withoutScope } from './udpAddress.ts';
import { needsNewSocket, udpProblem } from './udpProblem.ts';

export interface UdpChannelOptions {
  readonly name: string;
  readonly local: UdpAddress;
  readonly remote: UdpAddress;
  /**
   * Bound of the kernel's receive queue (SO_RCVBUF; Linux doubles it and counts its own overhead, about 700 bytes a
   * beat). A small queue keeps less of the past after a stall. @default the kernel's, 208 KB on most machines
   */
  readonly receiveBufferBytes?: number;
}

export interface UdpCounters {
  readonly opened: number;
  readonly sent: number;
  readonly received: number;
  /** Not sent: not open, or the send queue was full. */
  readonly dropped: number;
  /** Larger than a beat can be, in either direction. */
  readonly oversized: number;
  /** From another address or port than the peer's. */
  readonly foreign: number;
  /** The peer's machine answered that nobody listens there. */
  readonly refused: number;
  /** The kernel refused to send, or reported another error. */
  readonly errors: number;
}

export interface UdpChannel extends Channel {
  counters(): UdpCounters;
}

const retryMs = 1000;
/** Real links rate-limit these answers to one a second as well. */
const hintMs = 1000;
/** Sending may fail that long, as it does while a device is set up anew, before people hear of it. */
const failingMs = 2000;
/** About a hundred beats: a queue that long means that the device takes nothing. */
const sendQueueBytesMax = 16 * 1024;

/**
 * Datagrams between two fixed addresses. The socket is connected, so that the kernel drops what others send
 * and reports a refused port. A channel that cannot open tries again each second.
 *
 * @throws {RangeError} for addresses that are not numeric, or of two families: the config rules them out.
 */
export function createUdpChannel(options: UdpChannelOptions, listener: ChannelListener): UdpChannel {
  const family = isIP(options.local.address);
  if (family === 0 || family !== isIP(options.remote.address)) {
    throw new RangeError(`channel ${options.name} needs two numeric addresses of one family`);
  }
  return new ConnectedUdpChannel(options, listener);
}

class ConnectedUdpChannel implements UdpChannel {
  readonly name: string;
  readonly #options: UdpChannelOptions;
  readonly #listener: ChannelListener;
  readonly #peerAddress: string;
  readonly #counters = { opened: 0, sent: 0, received: 0, dropped: 0, oversized: 0, foreign: 0, refused: 0, errors: 0 };
  #socket: Socket | undefined;
  #isConnected = false;
  #isClosed = false;
  #retry: NodeJS.Timeout | undefined;
  #told: { readonly isOpen: boolean; readonly reason: string } | undefined;
  #failingSinceMs: number | undefined;
  #hintedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: UdpChannelOptions, listener: ChannelListener) {
    this.name = options.name;
    this.#options = options;
    this.#listener = listener;
    this.#peerAddress = canonicalAddress(options.remote.address);
    this.#open();
  }

  send(bytes: Uint8Array): void {
    if (bytes.length > beatBytesMax) {
      this.#counters.oversized += 1;
      return;
    }
    const socket = this.#socket;
    if (socket === undefined || !this.#isConnected || socket.getSendQueueSize() > sendQueueBytesMax) {
      this.#counters.dropped += 1;
      return;
    }
    socket.send(bytes, (error) => {
      if (socket === this.#socket) this.#onSent(error);
    });
  }

  counters(): UdpCounters {
    return { ...this.#counters };
  }

  close(): void {
    this.#isClosed = true;
    this.#dropSocket();
  }

  #open(): void {
    const { local, receiveBufferBytes } = this.#options;
    const isIpv6 = isIP(local.address) === 6;
    const socket = createSocket({ type: isIpv6 ? 'udp6' : 'udp4', ipv6Only: isIpv6, lookup: lookupNumeric });
    this.#socket = socket;
    let isBound = false;
    socket.on('error', (error) => {
      if (socket !== this.#socket) return;
      if (isBound) this.#onError(codeOf(error));
      else this.#reopenLater(udpProblem(codeOf(error), local, this.#options.remote));
    });
    socket.on('message', (bytes, source) => {
      if (socket === this.#socket) this.#onMessage(bytes, source);
    });
    socket.once('listening', () => {
      if (socket !== this.#socket) return;
      isBound = true;
      if (receiveBufferBytes !== undefined) socket.setRecvBufferSize(receiveBufferBytes);
      this.#connect(socket);
    });
    socket.bind({ address: local.address, port: local.port, exclusive: true });
  }

  /** Without a route the socket stays bound: what the peer sends shall still be heard. */
  #connect(socket: Socket): void {
    const { local, remote } = this.#options;
    socket.connect(remote.port, remote.address, (error?: Error) => {
      if (socket !== this.#socket) return;
      if (error === undefined) {
        this.#isConnected = true;
        this.#failingSinceMs = undefined;
        this.#counters.opened += 1;
        this.#tell(true, `${showAddress(local)} to ${showAddress(remote)}`);
      } else if (needsNewSocket(codeOf(error), local)) {
        this.#reopenLater(udpProblem(codeOf(error), local, remote));
      } else {
        this.#tell(false, udpProblem(codeOf(error), local, remote));
        this.#retry = setTimeout(() => this.#connect(socket), retryMs);
      }
    });
  }

  #reopenLater(reason: string): void {
    this.#dropSocket();
    this.#retry = setTimeout(() => this.#open(), retryMs);
    this.#tell(false, reason);
  }

  #dropSocket(): void {
    clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = undefined;
    this.#isConnected = false;
    this.#failingSinceMs = undefined;
    socket?.close();
  }

  #onMessage(bytes: Uint8Array, source: UdpAddress): void {
    if (source.port !== this.#options.remote.port || withoutScope(source.address) !== this.#peerAddress) {
      this.#counters.foreign += 1;
    } else if (bytes.length > beatBytesMax) {
      this.#counters.oversized += 1;
    } else {
      this.#counters.received += 1;
      this.#listener.onBytes(bytes);
    }
  }

  #onSent(error: Error | null): void {
    if (error !== null) {
      this.#onError(codeOf(error));
      return;
    }
    this.#counters.sent += 1;
    this.#failingSinceMs = undefined;
    if (this.#told?.isOpen === false) this.#tell(true, 'sends again');
  }

  #onError(code: string): void {
    const { local, remote } = this.#options;
    const nowMs = performance.now();
    if (code === 'ECONNREFUSED') {
      this.#counters.refused += 1;
      if (nowMs - this.#hintedAtMs < hintMs) return;
      this.#hintedAtMs = nowMs;
      this.#listener.onHint(`${showAddress(remote)} refuses: the machine is up, and no twinbeatd listens there`);
      return;
    }
    this.#counters.errors += 1;
    this.#failingSinceMs ??= nowMs;
    if (nowMs - this.#failingSinceMs < failingMs) return;
    const reason = udpProblem(code, local, remote);
    if (needsNewSocket(code, local)) this.#reopenLater(reason);
    else this.#tell(false, reason);
  }

  /** Each change once: a channel that stays closed for one reason does not repeat itself. */
  #tell(isOpen: boolean, reason: string): void {
    if (this.#isClosed || (this.#told?.isOpen === isOpen && (isOpen || this.#told.reason === reason))) return;
    this.#told = { isOpen, reason };
    this.#listener.onOpenChanged(isOpen, reason);
  }
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
