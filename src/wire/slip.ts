/**
 * Frames on a byte stream, as in RFC 1055 (SLIP): END stands before and behind a frame, and inside it END and ESC
 * are written as two bytes. The END in front ends whatever noise the line had before.
 */
const END = 0xc0;
const ESC = 0xdb;
const ESCAPED_END = 0xdc;
const ESCAPED_ESC = 0xdd;

/** At most twice the frame and two bytes. */
export function enframe(frame: Uint8Array): Uint8Array {
  let escapes = 0;
  for (const byte of frame) if (byte === END || byte === ESC) escapes += 1;
  const line = new Uint8Array(frame.length + escapes + 2);
  line[0] = END;
  let at = 1;
  for (const byte of frame) {
    if (byte === END || byte === ESC) {
      line[at] = ESC;
      line[at + 1] = byte === END ? ESCAPED_END : ESCAPED_ESC;
      at += 2;
    } else {
      line[at] = byte;
      at += 1;
    }
  }
  line[at] = END;
  return line;
}

/**
 * Cuts frames out of a byte stream, in chunks of any size. Bytes before the first END are the rest of a frame
 * whose beginning was missed, and are dropped; so is a frame that is too long or wrongly escaped, up to the next END.
 */
export class Deframer {
  readonly #frame: Uint8Array;
  #frameBytes = 0;
  #isEscaped = false;
  #isBroken = true;
  #brokenFrames = 0;
  #lineBytes = 0;
  #lastFrameBytes: number | undefined;

  constructor(frameBytesMax: number) {
    this.#frame = new Uint8Array(frameBytesMax);
  }

  /** Frames begun and dropped: noise on the line, or a wrong baud rate. The first, partial one is not counted. */
  get brokenFrames(): number {
    return this.#brokenFrames;
  }

  /** Bytes on the line of a frame that has begun and not ended, the END in front included. */
  get pendingBytes(): number {
    return this.#lineBytes > 1 ? this.#lineBytes : 0;
  }

  /** What the newest whole frame was on the line, both ENDs included. */
  get lastFrameBytes(): number | undefined {
    return this.#lastFrameBytes;
  }

  push(chunk: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (const byte of chunk) {
      this.#lineBytes += 1;
      if (byte === END) {
        if (this.#frameBytes > 0 && !this.#isBroken) this.#lastFrameBytes = this.#lineBytes;
        this.#lineBytes = 1;
        if (this.#isEscaped) this.#break();
        if (this.#frameBytes > 0 && !this.#isBroken) frames.push(this.#frame.slice(0, this.#frameBytes));
        this.#frameBytes = 0;
        this.#isEscaped = false;
        this.#isBroken = false;
      } else if (!this.#isBroken) {
        this.#take(byte);
      }
    }
    return frames;
  }

  #take(byte: number): void {
    if (this.#isEscaped) {
      this.#isEscaped = false;
      if (byte === ESCAPED_END) this.#keep(END);
      else if (byte === ESCAPED_ESC) this.#keep(ESC);
      else this.#break();
    } else if (byte === ESC) {
      this.#isEscaped = true;
    } else {
      this.#keep(byte);
    }
  }

  #keep(byte: number): void {
    if (this.#frameBytes === this.#frame.length) {
      this.#break();
      return;
    }
    this.#frame[this.#frameBytes] = byte;
    this.#frameBytes += 1;
  }

  #break(): void {
    this.#isBroken = true;
    this.#brokenFrames += 1;
  }
}
