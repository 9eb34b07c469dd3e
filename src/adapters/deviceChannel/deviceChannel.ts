import { createSocket, type Socket } from 'node:dgram';
import type { Channel, ChannelListener } from '../../engine/ports.ts';
import { beatBytesMax } from '../../wire/beatLayout.ts';
import { deviceProblem, type Failure } from './deviceProblem.ts';

/** Datagrams to everybody on one LAN, or to those of a multicast group there. */
export interface DeviceChannelOptions {
  readonly name: string;
  readonly type: 'multicast' | 'broadcast';
  /** `eth0` */
  readonly device: string;
  readonly family: 4 | 6;
  /** Numeric; what is sent to it is heard, and nothing else. */
  readonly address: string;
  readonly port: number;
  readonly ttl: number;
  /** Bound of the kernel's receive queue. @default the kernel's */
  readonly receiveBufferBytes?: number;
}

/** Makes a socket that is bound to the device, and hears nothing from any other one. */
export type OpenSocket = (plan: {
  readonly device: string;
  readonly family: 4 | 6;
  readonly address: string;
  readonly port: number;
  readonly kind: 'multicast' | 'broadcast';
  readonly ttl: number;
  readonly receiveBufferBytes: number | undefined;
}) => Promise<
  | { readonly ok: true; readonly fd: number; close(): void }
  | { readonly ok: false; readonly code: string; readonly detail: string }
>;

export interface DeviceCounters {
  readonly opened: number;
  readonly sent: number;
  readonly received: number;
  /** What this channel sent, and the LAN gave back: no problem. */
  readonly own: number;
  /** Not sent: not open, or the send queue was full. */
  readonly dropped: number;
  /** Larger than a beat can be, in either direction. */
  readonly oversized: number;
  /** From another port than the channel's. */
  readonly foreign: number;
  /** The kernel refused to send, or reported another error. */
  readonly errors: number;
}

export interface DeviceChannel extends Channel {
  counters(): DeviceCounters;
}

const retryMs = 1000;
/** Sending may fail that long, as it does while a device is set up anew, before people hear of it. */
const failingMs = 2000;
/** About a hundred beats: a queue that long means that the device takes nothing. */
const sendQueueBytesMax = 16 * 1024;
/** More than a LAN gives back before the loop reads again: a change sends beats 2 ms apart. */
const rememberedMax = 32;
/** The device takes nothing just now. */
const passingCodes: readonly string[] = ['ENOBUFS', 'EAGAIN'];
/** A new socket would be refused as well. */
const lastingCodes: readonly string[] = ['EPERM', 'EACCES', 'EMSGSIZE'];

/**
 * A multicast or broadcast channel. It is open once a datagram has left: a device that is down takes a socket and
 * sends nothing. A device that vanished, went down or lost its memberships gets a new socket each second.
 */
export function createDeviceChannel(
  options: DeviceChannelOptions,
  listener: ChannelListener,
  openSocket: OpenSocket,
): DeviceChannel {
  return new BoundDeviceChannel(options, listener, openSocket);
}

class BoundDeviceChannel implements DeviceChannel {
  readonly name: string;
  readonly #options: DeviceChannelOptions;
  readonly #listener: ChannelListener;
  readonly #openSocket: OpenSocket;
  readonly #counters = { opened: 0, sent: 0, received: 0, own: 0, dropped: 0, oversized: 0, foreign: 0, errors: 0 };
  #socket: Socket | undefined;
  #remembered: readonly Uint8Array[] = [];
  #isClosed = false;
  #retry: NodeJS.Timeout | undefined;
  #told: { readonly isOpen: boolean; readonly reason: string } | undefined;
  #failingSinceMs: number | undefined;

  constructor(options: DeviceChannelOptions, listener: ChannelListener, openSocket: OpenSocket) {
    this.name = options.name;
    this.#options = options;
    this.#listener = listener;
    this.#openSocket = openSocket;
    void this.#open();
  }

  send(bytes: Uint8Array): void {
    if (bytes.length > beatBytesMax) {
      this.#counters.oversized += 1;
      return;
    }
    const socket = this.#socket;
    if (socket === undefined || socket.getSendQueueSize() > sendQueueBytesMax) {
      this.#counters.dropped += 1;
      return;
    }
    this.#remembered = [...this.#remembered.slice(1 - rememberedMax), bytes];
    // A numeric address is not looked up.
    socket.send(bytes, this.#options.port, this.#options.address, (error) => {
      if (socket === this.#socket) this.#onSent(error);
    });
  }

  counters(): DeviceCounters {
    return { ...this.#counters };
  }

  close(): void {
    this.#isClosed = true;
    this.#dropSocket();
  }

  async #open(): Promise<void> {
    const { device, family, address, port, type, ttl, receiveBufferBytes } = this.#options;
    const opened = await this.#openSocket({ device, family, address, port, kind: type, ttl, receiveBufferBytes });
    if (this.#isClosed) {
      if (opened.ok) opened.close();
      return;
    }
    if (opened.ok) this.#listen(opened.fd);
    else this.#fail({ during: 'open', code: opened.code, detail: opened.detail });
  }

  #listen(fd: number): void {
    const socket = createSocket(this.#options.family === 4 ? 'udp4' : 'udp6');
    socket.on('error', (error) => {
      if (socket === this.#socket) this.#onError(codeOf(error));
    });
    socket.on('message', (bytes, source) => {
      if (socket === this.#socket) this.#onMessage(bytes, source.port);
    });
    this.#socket = socket;
    socket.bind({ fd, exclusive: true });
    this.#counters.opened += 1;
  }

  #onMessage(bytes: Uint8Array, sourcePort: number): void {
    if (sourcePort !== this.#options.port) {
      this.#counters.foreign += 1;
    } else if (bytes.length > beatBytesMax) {
      this.#counters.oversized += 1;
    } else if (this.#remembered.some((own) => Buffer.compare(own, bytes) === 0)) {
      this.#counters.own += 1;
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
    const { device, address, port } = this.#options;
    this.#tell(true, `${address} port ${port} on ${device}`);
  }

  #onError(code: string): void {
    this.#counters.errors += 1;
    if (!passingCodes.includes(code)) this.#fail({ during: 'send', code, detail: '' });
  }

  #fail(failure: Failure): void {
    const nowMs = performance.now();
    this.#failingSinceMs ??= nowMs;
    const isToBeTold = failure.during === 'open' || nowMs - this.#failingSinceMs >= failingMs;
    if (failure.during === 'open' || !lastingCodes.includes(failure.code)) {
      this.#dropSocket();
      this.#retry = setTimeout(() => void this.#open(), retryMs);
    }
    if (isToBeTold) this.#tell(false, deviceProblem(failure, this.#options));
  }

  #dropSocket(): void {
    clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
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
