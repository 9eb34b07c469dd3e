import { setTimeout as sleep } from 'node:timers/promises';
import type { Deframer } from '../../wire/slip.ts';
import type { ModemLines } from './modemLines.ts';

/** A port of serialport's binding, which knows nothing of streams: who reads says when. */
export interface SerialPortOfBinding {
  readonly isOpen: boolean;
  read(buffer: Buffer, offset: number, length: number): Promise<{ readonly bytesRead: number }>;
  write(buffer: Buffer): Promise<void>;
  get(): Promise<ModemLines>;
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** A start bit, eight data bits, a stop bit. */
const bitsPerByte = 10;
/** Read at once: what a tty holds. */
const readBytesMax = 4096;
/** Of a frame before one was seen. */
const frameBytesUsual = 100;
/** Bytes that are on their way for a shorter time than this are not waited for: a timer is no faster. */
const pauseMsMin = 2;
/** The rest is late by so much at the most, whatever the frame before was like. */
const pauseMsMax = 50;

/** How long a number of bytes takes on the line. */
export function lineMs(bytes: number, baud: number): number {
  return (bytes * bitsPerByte * 1000) / baud;
}

/**
 * Opens a device, 8N1 without flow control. serialport is loaded here, so that a pair without serial lines never loads
 * the native module. @throws {Error} why it does not open.
 */
export async function openSerialPort(device: string, baud: number): Promise<SerialPortOfBinding> {
  const { SerialPort } = await import('serialport').catch((error: unknown) => {
    throw new Error(`serialport cannot be loaded: ${String(error)}`);
  });
  return await SerialPort.binding.open({
    path: device,
    baudRate: baud,
    dataBits: 8,
    parity: 'none',
    stopBits: 1,
    lock: true,
    hupcl: true,
    rtscts: false,
  });
}

/** Time for the reader of a line. */
export interface LineClock {
  nowMs(): number;
  wait(ms: number): Promise<void>;
}

const realClock: LineClock = { nowMs: () => performance.now(), wait: (ms) => sleep(ms) };

/**
 * Hands on what arrives, until the port is closed or breaks.
 *
 * A UART gives its bytes away in pieces of 16, and each would wake the program three times. After the first piece of a
 * frame, the time is waited that the rest needs on the line, if it is as long as the frame before: two or three reads a
 * frame in place of eight, and the frame is there a millisecond after its last byte. What is longer than that comes
 * piece by piece.
 *
 * @throws {Error} why the port cannot be read any more.
 */
export async function readSerialPort(
  port: Pick<SerialPortOfBinding, 'read'>,
  baud: number,
  onChunk: (chunk: Uint8Array) => Pick<Deframer, 'pendingBytes' | 'lastFrameBytes'>,
  clock: LineClock = realClock,
): Promise<never> {
  const buffer = Buffer.alloc(readBytesMax);
  let wholeAtMs: number | undefined;
  for (;;) {
    const { bytesRead } = await port.read(buffer, 0, buffer.length);
    const { pendingBytes, lastFrameBytes = frameBytesUsual } = onChunk(buffer.subarray(0, bytesRead));
    // What came with the end of the frame before belongs to the next one.
    if (pendingBytes === 0 || pendingBytes < bytesRead) wholeAtMs = undefined;
    if (pendingBytes === 0) continue;
    wholeAtMs ??= clock.nowMs() + lineMs(lastFrameBytes - pendingBytes, baud);
    const pauseMs = Math.min(pauseMsMax, wholeAtMs - clock.nowMs());
    if (pauseMs >= pauseMsMin) await clock.wait(pauseMs);
  }
}
