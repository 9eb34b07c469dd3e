import type { Buffer } from 'node:buffer';
import { writeHex } from './range.ts';

/** As many as a beat of the most groups has. */
const knownMax = 32;

interface Known {
  readonly text: string;
  /** Its first and its last four bytes, which may overlap. */
  readonly first: number;
  readonly last: number;
}

/**
 * A field of four to eight bytes that is hex digits to the core. The same few values are in every beat, and converting
 * them took half of the codec's time: each is converted once.
 */
export class TextField {
  readonly #bytes: number;
  readonly #what: string;
  readonly #separator: string;
  /** Oldest first. */
  readonly #known: Known[] = [];

  constructor(bytes: number, what: string, separator = '') {
    this.#bytes = bytes;
    this.#what = what;
    this.#separator = separator;
  }

  read(all: Buffer, at: number): string {
    const first = all.readUInt32BE(at);
    const last = all.readUInt32BE(at + this.#bytes - 4);
    for (const known of this.#known) if (known.first === first && known.last === last) return known.text;
    const pairs = all.toString('hex', at, at + this.#bytes).match(/../gu) ?? [];
    return this.#keep(pairs.join(this.#separator), first, last);
  }

  /** @throws {RangeError} unless `text` is the hex digits of as many bytes. */
  write(all: Buffer, text: string, at: number): void {
    const known = this.#known.find((one) => one.text === text);
    if (known === undefined) {
      const digits = this.#separator === '' ? text : text.replaceAll(this.#separator, '');
      writeHex(all, digits, at, this.#bytes, this.#what);
      this.read(all, at);
      return;
    }
    all.writeUInt32BE(known.first, at);
    all.writeUInt32BE(known.last, at + this.#bytes - 4);
  }

  #keep(text: string, first: number, last: number): string {
    if (this.#known.length === knownMax) this.#known.shift();
    this.#known.push({ text, first, last });
    return text;
  }
}
