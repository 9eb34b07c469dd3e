import type { Buffer } from 'node:buffer';

/** @throws {RangeError} unless `value` is a whole number from 0 to `max`: what is encoded must be decoded to the same. */
export function whole(value: number, max: number, what: string): number {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new RangeError(`${what} ${value} is not a whole number from 0 to ${max}`);
  }
  return value;
}

/** Measured values, unlike counters, say "so many or more" at the end of their range. @throws {RangeError} as `whole` does. */
export function atMost(value: number, max: number, what: string): number {
  return whole(Math.min(value, max), max, what);
}

/** @throws {RangeError} unless `digits` are exactly `size` bytes in hex. */
export function writeHex(all: Buffer, digits: string, offset: number, size: number, what: string): void {
  if (digits.length !== 2 * size || all.write(digits, offset, size, 'hex') !== size) {
    throw new RangeError(`${what} ${JSON.stringify(digits)} is not ${2 * size} hex digits`);
  }
}
