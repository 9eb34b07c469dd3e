import type { NodeName } from '../core/identity.ts';
import type { WitnessReply, WitnessRequest } from '../core/witnessWords.ts';
import { unknownStart, type WitnessCodec } from './witnessCodec.ts';

/** Requests that wait for their answers; a group has one at a time, and what is given up is forgotten. */
const waitingMax = 256;

interface Waiting {
  readonly request: WitnessRequest;
  readonly onAnswer: (answer: WitnessReply) => void;
  /** It has been sent a second time, to another start of the witness. */
  readonly isAgain: boolean;
}

/**
 * The asker's side of the talk with the witness: which start of it is known, which sequence is next, and which
 * answers are waited for. Knows no socket and no clock.
 */
export class WitnessCaller {
  readonly #codec: WitnessCodec;
  readonly #self: NodeName;
  readonly #drawNonce: () => string;
  readonly #send: (bytes: Uint8Array) => void;
  readonly #waiting = new Map<string, Waiting>();
  #start = unknownStart;
  #sequence = 0;

  constructor(options: {
    readonly codec: WitnessCodec;
    readonly self: NodeName;
    /** 16 hex digits that nobody can guess. */
    readonly drawNonce: () => string;
    readonly send: (bytes: Uint8Array) => void;
  }) {
    this.#codec = options.codec;
    this.#self = options.self;
    this.#drawNonce = options.drawNonce;
    this.#send = options.send;
  }

  /** Returns what ends the wait: after that no answer is given any more. */
  ask(request: WitnessRequest, onAnswer: (answer: WitnessReply) => void): () => void {
    this.#ask({ request, onAnswer, isAgain: false });
    return () => {
      for (const [nonce, waiting] of this.#waiting) if (waiting.onAnswer === onAnswer) this.#waiting.delete(nonce);
    };
  }

  /** Bytes that came from anywhere. Returns why they are not an answer; undefined when they are. */
  hear(bytes: Uint8Array): string | undefined {
    const decoded = this.#codec.decodeAnswer(bytes);
    if (!decoded.ok) return decoded.rejection;
    const { answer, envelope } = decoded;
    const waiting = this.#waiting.get(envelope.nonce);
    // An old answer, or a doubled one: nobody waits for it, and a recorded one is worth nothing.
    if (waiting === undefined) return 'not-asked';
    this.#waiting.delete(envelope.nonce);
    this.#learnStart(envelope.start, envelope.sequence);
    if (answer.verdict !== 'again') waiting.onAnswer(answer);
    else if (!waiting.isAgain) this.#ask({ ...waiting, isAgain: true });
    return undefined;
  }

  #ask(waiting: Waiting): void {
    const nonce = this.#drawNonce();
    const [eldest] = this.#waiting.keys();
    if (this.#waiting.size >= waitingMax && eldest !== undefined) this.#waiting.delete(eldest);
    this.#waiting.set(nonce, waiting);
    this.#sequence += 1;
    const envelope = { from: this.#self, nonce, start: this.#start, sequence: this.#sequence };
    this.#send(this.#codec.encodeRequest(waiting.request, envelope));
  }

  #learnStart(start: string, sequence: number): void {
    if (start !== this.#start) this.#sequence = 0;
    this.#start = start;
    this.#sequence = Math.max(this.#sequence, sequence);
  }
}
