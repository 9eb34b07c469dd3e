import type { NodeConfig } from '../core/nodeConfig.ts';
import type { WitnessAnswer, WitnessRequest } from '../core/witnessWords.ts';
import type { Witness } from '../engine/ports.ts';
import type { Signer } from '../wire/signature.ts';
import { WitnessCaller } from '../wire/witnessCaller.ts';
import { createWitnessCodec } from '../wire/witnessCodec.ts';
import { type NotWritten, type WitnessCluster, WitnessDesk } from '../witness/desk.ts';
import type { GroupLease } from '../witness/leases.ts';
import type { Machine } from './machine.ts';
import type { Surroundings } from './surroundings.ts';

const keys = [{ id: 1, secret: new TextEncoder().encode('pretended') }];
/** Here nothing changes a packet on its way to the witness or back: a signature would take its time for nothing. */
const signer: Signer = { keyId: 1, hasKey: () => true, sign: () => undefined, isSigned: () => true };

/** Recorded requests that somebody may send again. */
const recordedMax = 40;

/**
 * The third machine: the real desk, codec and leases, with a pretended disk, clock and network. It may be off, forget
 * everything, write nothing, or be out of reach of one node or of both.
 */
export class WitnessBox {
  extraLossPercent = 0;
  extraDelayMs = 0;
  replayPercent = 0;
  /** Writes are refused. */
  isDiskFull = false;
  startedAtMs = 0;
  #disk: ReadonlyMap<string, GroupLease> | undefined;
  #desk: WitnessDesk | undefined;
  #crashAfterSave = false;
  /** By node. */
  readonly #isCut: [boolean, boolean] = [false, false];
  readonly #recorded: Uint8Array[] = [];
  readonly #cluster: WitnessCluster;
  readonly #around: Surroundings;

  constructor(around: Surroundings, { cluster, self, peer }: NodeConfig) {
    this.#around = around;
    this.#cluster = { name: cluster, nodes: [self, peer], keys, signingKeyId: 1, signer };
    this.start();
  }

  /** Nothing is wrong with its disk, nor with the way to it. */
  get isFine(): boolean {
    return !this.isDiskFull && this.extraDelayMs === 0 && this.extraLossPercent === 0 && !this.#crashAfterSave;
  }

  get isOn(): boolean {
    return this.#desk !== undefined;
  }

  start(): void {
    if (this.isOn) return;
    this.#around.log('witness', () => 'starts');
    this.startedAtMs = this.#around.schedule.nowMs;
    this.#desk = new WitnessDesk({
      clusters: [this.#cluster],
      start: this.#around.random.names.hex(16),
      startedAtMs: this.#nowMs(),
      load: () => this.#disk,
      save: (_, groups) => this.#save(groups),
      onNote: (_, sentence) => this.#around.log('witness', () => sentence),
    });
  }

  stop(): void {
    if (!this.isOn) return;
    this.#around.log('witness', () => 'is gone');
    this.#desk = undefined;
  }

  /** What it knows from before; whoever holds is taken to have renewed just now. */
  remember(groups: ReadonlyMap<string, GroupLease>): void {
    this.#disk = groups;
    this.stop();
    this.start();
  }

  /** The disk was replaced. */
  forget(): void {
    this.#around.log('witness', () => 'forgets everything');
    this.#disk = undefined;
  }

  /** It ends when it has written down what it grants next, and before it says so. */
  crashAfterSave(): void {
    this.#crashAfterSave = true;
  }

  /** The way from one node, in both directions. */
  cut({ name, index }: Machine, isCut: boolean): void {
    if (this.#isCut[index] === isCut) return;
    this.#around.log('world', () => `the way from ${name} to the witness is ${isCut ? 'cut' : 'mended'}`);
    this.#isCut[index] = isCut;
  }

  mend(): void {
    this.extraLossPercent = 0;
    this.extraDelayMs = 0;
    this.replayPercent = 0;
    this.isDiskFull = false;
    this.#crashAfterSave = false;
    this.start();
  }

  /** Whom the disk names as the holder. */
  holderOf(group: string): string {
    return this.#disk?.get(group)?.holder ?? '';
  }

  reaches(machine: Machine): boolean {
    const { options, lan } = this.#around;
    const isLanGone = options.witness?.isInLan === true && !lan.has(machine);
    return !this.#isCut[machine.index] && !isLanGone;
  }

  /** The port of one daemon. */
  portFor(machine: Machine, enter: (task: () => void) => void): Witness {
    const caller = new WitnessCaller({
      codec: createWitnessCodec({ ...this.#cluster, cluster: this.#cluster.name }, signer),
      self: machine.config.self,
      drawNonce: () => this.#around.random.names.hex(16),
      send: (bytes) =>
        this.#carry(machine, () => this.#arrive(machine, bytes, (answer) => enter(() => void caller.hear(answer)))),
    });
    return {
      ask: (request: WitnessRequest, waitMs: number, onAnswer: (answer: WitnessAnswer) => void): void => {
        let isOver = false;
        const end = caller.ask(request, (answer) => {
          isOver = true;
          onAnswer(answer);
        });
        this.#around.schedule.after(waitMs, () =>
          enter(() => {
            if (isOver) return;
            end();
            onAnswer({ kind: 'silent' });
          }),
        );
      },
    };
  }

  #arrive(machine: Machine, bytes: Uint8Array, onAnswer: (bytes: Uint8Array) => void): void {
    this.#record(bytes);
    const taken = this.#desk?.take(bytes, this.#nowMs());
    if (taken === undefined) return;
    if (!taken.ok) {
      this.#around.fail('I11', `the witness does not believe ${machine.name}: ${taken.rejection}`);
      return;
    }
    this.#around.coverage.count(`witness ${taken.verdict}`);
    if (this.#desk === undefined) return;
    this.#carry(machine, () => onAnswer(taken.bytes));
  }

  #carry(machine: Machine, arrive: () => void): void {
    const { random, options, schedule } = this.#around;
    if (!this.reaches(machine) || !machine.isOn) return;
    if (random.witness.chance(options.pace.lossPercent + this.extraLossPercent)) return;
    const copies = random.witness.chance(options.pace.doublePercent) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const extraMs = this.extraDelayMs === 0 ? 0 : random.witness.timeMs([0, this.extraDelayMs]);
      schedule.after(random.witness.timeMs(options.pace.networkMs) + extraMs, () => {
        if (this.reaches(machine)) arrive();
      });
    }
  }

  /** Somebody recorded requests and sends them again: what comes of it goes nowhere. */
  #record(bytes: Uint8Array): void {
    const { witness } = this.#around.random;
    if (this.replayPercent === 0) return;
    this.#recorded.push(bytes);
    if (this.#recorded.length > recordedMax) this.#recorded.shift();
    const old = this.#recorded[witness.between(0, this.#recorded.length - 1)];
    if (old !== undefined && witness.chance(this.replayPercent)) this.#desk?.take(old, this.#nowMs());
  }

  #save(groups: ReadonlyMap<string, GroupLease>): NotWritten | undefined {
    // What is refused may have got there all the same.
    if (this.isDiskFull && !this.#around.random.witness.chance(20))
      return { sentence: 'no space left on device', isUncertain: false };
    this.#disk = groups;
    if (this.isDiskFull) return { sentence: 'input/output error', isUncertain: true };
    if (this.#crashAfterSave) {
      this.#crashAfterSave = false;
      this.stop();
    }
    return undefined;
  }

  /** Its clock has an origin and a rate of its own. */
  #nowMs(): number {
    return 7_000 + this.#around.schedule.nowMs * (this.#around.options.witness?.clockRate ?? 1);
  }
}

/** Where no witness is configured nobody asks one. */
export const noWitness: Witness = {
  ask: (_request, _waitMs, onAnswer) => onAnswer({ kind: 'silent' }),
};
