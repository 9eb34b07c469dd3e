import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, ChannelListener } from '../../engine/ports.ts';
import { beatBytesMax } from '../../wire/beatLayout.ts';
import { Deframer, enframe } from '../../wire/slip.ts';
import { droppedLines, type ModemLines } from './modemLines.ts';
import { lineMs, openSerialPort, readSerialPort, type SerialPortOfBinding } from './serialLine.ts';
import { isGone, serialProblem } from './serialProblem.ts';

export interface SerialChannelOptions {
  readonly name: string;
  /** `/dev/ttyS0` */
  readonly device: string;
  /** Bits a second; the line is always 8N1 without flow control. */
  readonly baud: number;
}

export interface SerialCounters {
  readonly opened: number;
  readonly sent: number;
  readonly received: number;
  /** Not sent: the device is not open. */
  readonly dropped: number;
  /** Not sent: the frame before is still under way. */
  readonly busy: number;
  /** Not sent: larger than a beat can be. */
  readonly oversized: number;
  /** Noise on the line, or another baud rate at the far end. */
  readonly brokenFrames: number;
}

export interface SerialChannel extends Channel {
  counters(): SerialCounters;
}

const retryFirstMs = 1000;
const retryMaxMs = 5000;
const modemPollMs = 1000;
/** A driver that does not let go must not keep its device from being tried again. */
const closeMsMax = 1000;

/**
 * Frames on a serial line. One frame is under way at a time: what the line cannot carry is dropped and counted, not
 * queued, for a queue would hold seconds of the past. A device that vanishes is opened again, after 1 to 5 s.
 */
export function createSerialChannel(options: SerialChannelOptions, listener: ChannelListener): SerialChannel {
  return new SlipSerialChannel(options, listener);
}

class SlipSerialChannel implements SerialChannel {
  readonly name: string;
  readonly #options: SerialChannelOptions;
  readonly #listener: ChannelListener;
  readonly #counters = { opened: 0, sent: 0, received: 0, dropped: 0, busy: 0, oversized: 0, brokenFrames: 0 };
  #port: SerialPortOfBinding | undefined;
  #isWriting = false;
  #lineFreeAtMs = 0;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #attempts = 0;
  #told: string | undefined;
  #lines: ModemLines | undefined;

  constructor(options: SerialChannelOptions, listener: ChannelListener) {
    this.name = options.name;
    this.#options = options;
    this.#listener = listener;
    void this.#open();
  }

  send(bytes: Uint8Array): void {
    if (bytes.length > beatBytesMax) {
      this.#counters.oversized += 1;
      return;
    }
    const port = this.#port;
    if (port === undefined) {
      this.#counters.dropped += 1;
      return;
    }
    const line = enframe(bytes);
    if (!this.#takeLine(line.length)) {
      this.#counters.busy += 1;
      return;
    }
    this.#isWriting = true;
    port.write(Buffer.from(line.buffer)).then(
      () => {
        if (port !== this.#port) return;
        this.#isWriting = false;
        this.#counters.sent += 1;
      },
      (error: unknown) => this.#onGone(port, messageOf(error)),
    );
  }

  counters(): SerialCounters {
    return { ...this.#counters };
  }

  close(): void {
    this.#isClosed = true;
    this.#dropPort();
  }

  /**
   * Whether the line can take a frame now. A finished write is no sign of it: the bytes may wait in the driver. So
   * the time they take at this baud rate is counted; half a frame of it is left to the jitter of timers.
   */
  #takeLine(lineBytes: number): boolean {
    if (this.#isWriting) return false;
    const nowMs = performance.now();
    const frameMs = lineMs(lineBytes, this.#options.baud);
    if (this.#lineFreeAtMs - nowMs > frameMs / 2) return false;
    this.#lineFreeAtMs = Math.max(nowMs, this.#lineFreeAtMs) + frameMs;
    return true;
  }

  async #open(): Promise<void> {
    const { device, baud } = this.#options;
    let port: SerialPortOfBinding;
    try {
      await closing.get(device);
      port = await openSerialPort(device, baud);
    } catch (error) {
      this.#retryLater(serialProblem(messageOf(error), device));
      return;
    }
    if (this.#isClosed) closePort(port, device);
    else this.#onOpened(port);
  }

  #onOpened(port: SerialPortOfBinding): void {
    this.#port = port;
    this.#isWriting = false;
    this.#lineFreeAtMs = 0;
    this.#attempts = 0;
    this.#lines = undefined;
    this.#counters.opened += 1;
    this.#told = undefined;
    this.#listener.onOpenChanged(true, `${this.#options.device} at ${this.#options.baud} baud`);
    this.#askModem(port);
    const deframer = new Deframer(beatBytesMax);
    readSerialPort(port, this.#options.baud, (chunk) => {
      this.#onChunk(port, deframer, chunk);
      return deframer;
    }).catch((error: unknown) => this.#onGone(port, messageOf(error)));
  }

  #onChunk(port: SerialPortOfBinding, deframer: Deframer, chunk: Uint8Array): void {
    const brokenBefore = deframer.brokenFrames;
    const frames = deframer.push(chunk);
    this.#counters.brokenFrames += deframer.brokenFrames - brokenBefore;
    for (const frame of frames) {
      if (port !== this.#port) return;
      this.#counters.received += 1;
      this.#listener.onBytes(frame);
    }
  }

  /**
   * Asks for the modem lines; a pty has none, which is no error. The answer also finds a device that has hung up
   * in the middle of a read: serialport then reads nothing for ever, without telling.
   */
  #askModem(port: SerialPortOfBinding): void {
    port.get().then(
      (lines) => {
        if (port !== this.#port) return;
        for (const line of droppedLines(this.#lines, lines)) {
          this.#listener.onHint(`${line} dropped on ${this.#options.device}: power or cable of the peer`);
        }
        this.#lines = lines;
        this.#askModemLater(port);
      },
      (error: unknown) => {
        if (isGone(messageOf(error))) this.#onGone(port, messageOf(error));
        else this.#askModemLater(port);
      },
    );
  }

  #askModemLater(port: SerialPortOfBinding): void {
    if (port === this.#port) this.#timer = setTimeout(() => this.#askModem(port), modemPollMs);
  }

  #onGone(port: SerialPortOfBinding, message: string): void {
    if (port !== this.#port) return;
    this.#dropPort();
    this.#retryLater(serialProblem(message, this.#options.device));
  }

  /** Tells each reason once. */
  #retryLater(reason: string): void {
    if (this.#isClosed) return;
    this.#attempts += 1;
    this.#timer = setTimeout(() => void this.#open(), Math.min(this.#attempts * retryFirstMs, retryMaxMs));
    if (this.#told === reason) return;
    this.#told = reason;
    this.#listener.onOpenChanged(false, reason);
  }

  #dropPort(): void {
    clearTimeout(this.#timer);
    const port = this.#port;
    this.#port = undefined;
    if (port !== undefined) closePort(port, this.#options.device);
  }
}

/** Devices that a channel of before has not let go of yet: after a reload another one opens the same. */
const closing = new Map<string, Promise<void>>();

/** Without the flush the kernel would wait until a slow line has carried what is written. */
function closePort(port: SerialPortOfBinding, device: string): void {
  const close = (): Promise<void> => port.close().catch(() => undefined);
  const late = sleep(closeMsMax, undefined, { ref: false });
  const closed = Promise.race([port.flush().then(close, close), late]);
  closing.set(device, closed);
  void closed.then(() => {
    if (closing.get(device) === closed) closing.delete(device);
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
