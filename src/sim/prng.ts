/**
 * Pseudo-random numbers by xoshiro128**, the same on every machine for the same seed.
 *
 * Each concern draws from a stream of its own (`fork`): a fault that is added to one does not change what the
 * others draw, so that a seed stays comparable while the simulator grows.
 */
export class Prng {
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed >>> 0;
    let mix = this.#seed;
    const next = (): number => {
      mix = (mix + 0x9e3779b9) >>> 0;
      let z = mix;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      return (z ^ (z >>> 16)) >>> 0;
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next() | 1;
  }

  /** A stream that depends on the seed and the label only. */
  fork(label: string): Prng {
    let hash = this.#seed ^ 0x811c9dc5;
    for (let index = 0; index < label.length; index += 1) {
      hash = Math.imul(hash ^ label.charCodeAt(index), 0x01000193);
    }
    return new Prng(hash);
  }

  uint32(): number {
    const result = Math.imul(rotate(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotate(this.#d, 11);
    return result;
  }

  /** From 0 up to, and without, 1. */
  fraction(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** A whole number, both ends included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.fraction() * (high - low + 1));
  }

  /** A time in a range, in eighths of a millisecond: exact in binary, so that sums are the same everywhere. */
  timeMs([low, high]: TimeRange): number {
    return low === high ? low : Math.round((low + this.fraction() * (high - low)) * 8) / 8;
  }

  chance(percent: number): boolean {
    return percent > 0 && this.fraction() * 100 < percent;
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.between(0, items.length - 1)] ?? items[0];
  }

  /** `digits` hex digits. */
  hex(digits: number): string {
    let text = '';
    while (text.length < digits) text += this.uint32().toString(16).padStart(8, '0');
    return text.slice(0, digits);
  }
}

/** The shortest and the longest, in milliseconds. */
export type TimeRange = readonly [number, number];

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
