import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import type { WitnessAnswer, WitnessReply, WitnessRequest } from '../core/witnessWords.ts';
import type { Witness } from '../engine/ports.ts';

/** What the bytes mean: who asks, signs and believes is handed in. */
export interface WitnessTalk {
  /** Returns what ends the wait. */
  ask(request: WitnessRequest, onAnswer: (answer: WitnessReply) => void): () => void;
  hear(bytes: Uint8Array): string | undefined;
}

export interface WitnessPlace {
  /** Numeric. */
  readonly address: string;
  readonly port: number;
  createTalk(send: (bytes: Uint8Array) => void): WitnessTalk;
}

/** How soon a socket that could not be opened, or broke, is opened again. */
const reopenMs = 1_000;
/** What waits to be sent is old news: requests are repeated. */
const sendQueueBytesMax = 16 * 1024;

/**
 * The witness over UDP. Nothing here blocks or throws: what cannot be sent is not answered, and that is told like
 * any other silence. Without a place every question is answered with silence.
 */
export class WitnessClient implements Witness {
  #place: WitnessPlace | undefined;
  #talk: WitnessTalk | undefined;
  #socket: Socket | undefined;
  #isConnected = false;
  #reopen: NodeJS.Timeout | undefined;
  readonly #rejected = new Map<string, number>();

  /** Goes to another place, or to none; answers that are on their way are given up. */
  moveTo(place: WitnessPlace | undefined): void {
    this.close();
    this.#place = place;
    if (place === undefined) return;
    this.#talk = place.createTalk((bytes) => this.#send(bytes));
    this.#open(place);
  }

  ask(request: WitnessRequest, waitMs: number, onAnswer: (answer: WitnessAnswer) => void): void {
    let end = (): void => undefined;
    const timer = setTimeout(() => {
      end();
      onAnswer({ kind: 'silent' });
    }, waitMs);
    end =
      this.#talk?.ask(request, (answer) => {
        clearTimeout(timer);
        onAnswer(answer);
      }) ?? end;
  }

  /** Packets that were no answers, by reason. */
  rejections(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#rejected);
  }

  close(): void {
    clearTimeout(this.#reopen);
    const socket = this.#socket;
    this.#socket = undefined;
    this.#talk = undefined;
    this.#isConnected = false;
    socket?.close();
  }

  #open(place: WitnessPlace): void {
    const isIpv6 = isIP(place.address) === 6;
    const socket = createSocket({ type: isIpv6 ? 'udp6' : 'udp4' });
    this.#socket = socket;
    socket.on('error', () => {
      // Nobody listens there, or the route is gone: the next request tries again.
      if (socket === this.#socket && !this.#isConnected) this.#openLater(place);
    });
    socket.on('message', (bytes) => {
      if (socket === this.#socket) this.#hear(bytes);
    });
    socket.connect(place.port, place.address, (error?: Error) => {
      if (socket !== this.#socket) return;
      if (error === undefined) this.#isConnected = true;
      else this.#openLater(place);
    });
    socket.unref();
  }

  #openLater(place: WitnessPlace): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#isConnected = false;
    socket?.close();
    clearTimeout(this.#reopen);
    this.#reopen = setTimeout(() => this.#open(place), reopenMs);
  }

  #send(bytes: Uint8Array): void {
    const socket = this.#socket;
    if (socket === undefined || !this.#isConnected || socket.getSendQueueSize() > sendQueueBytesMax) return;
    const place = this.#place;
    socket.send(bytes, (error) => {
      const code = error !== null && 'code' in error ? error.code : undefined;
      // The address that the kernel chose when it connected has left this machine.
      const isStale = code === 'EINVAL' || code === 'EADDRNOTAVAIL';
      if (isStale && socket === this.#socket && place !== undefined) this.#openLater(place);
    });
  }

  #hear(bytes: Uint8Array): void {
    const reason = this.#talk?.hear(bytes);
    if (reason !== undefined) this.#rejected.set(reason, (this.#rejected.get(reason) ?? 0) + 1);
  }
}
