import type { AnswerToOperator } from '../core/answer.ts';
import type { OperatorWish } from '../core/event.ts';
import type { Epoch } from '../core/identity.ts';
import type { JobSpec } from '../core/job.ts';
import type { Recorder } from '../engine/ports.ts';
import type { Cable, End, Packet } from './cable.ts';
import type { Coverage } from './coverage.ts';
import type { Lan } from './lan.ts';
import type { Machine } from './machine.ts';
import type { SimOptions } from './options.ts';
import type { Plugs } from './plugs.ts';
import type { Prng } from './prng.ts';
import type { Schedule } from './schedule.ts';
import type { WitnessBox } from './witnessBox.ts';
import type { Witnessed } from './witnessed.ts';

/** What a daemon is about to do; `other` is what a crash before it could only lose. */
export type DueEffect =
  | { readonly kind: 'send' | 'save' | 'renew' | 'ask' | 'other' }
  | { readonly kind: 'job'; readonly spec: JobSpec };

/** What the parts of the pretended world need of each other. */
export interface Surroundings {
  readonly schedule: Schedule;
  readonly options: SimOptions;
  readonly random: Streams;
  readonly cables: readonly Cable[];
  readonly coverage: Coverage;
  /** The third machine, where there is one. */
  readonly box: WitnessBox | undefined;
  readonly lan: Lan;
  readonly plugs: Plugs;
  /** Tells the checkers. */
  readonly witnessed: Witnessed;
  /** The accidents are over: nothing lies any more. */
  readonly isMended: boolean;
  peerOf(machine: Machine): Machine;
  /** A daemon is about to ask something of the outside: the place where it may crash. */
  effectDue(machine: Machine, effect: DueEffect): void;
  /** A packet has come to the far end. */
  arrive(from: End, channel: number, packet: Packet): void;
  /** Which MAC address answers in the LAN for a group's floating address, as one machine hears it. */
  answerInLan(asker: Machine, group: string): string | undefined;
  /** Nobody has petted its watchdog for too long. */
  resetByWatchdog(machine: Machine): void;
  /** Whether a ping target of the LAN answers this machine. */
  reaches(machine: Machine, target: string): boolean;
  /** Copies the peer's data over the network; false when it cannot be reached. */
  copyData(to: Machine, group: string, how: 'last' | 'append' | 'rewrite'): boolean;
  /** Data was really served under this epoch. */
  noteServed(group: string, epoch: Epoch): void;
  /** An operator, or the syncer, is told something. */
  answered(machine: Machine, request: string, wish: OperatorWish, answer: AnswerToOperator): void;
  /** Something a process did cannot be: ends the run. */
  fail(invariant: string, sentence: string): void;
  /** Keeps the events of a machine's daemons; undefined: nobody does. */
  recorderOf(machine: Machine): Recorder | undefined;
  /** One line of the log; `text` is called only when somebody reads it. */
  log(who: string, text: () => string): void;
}

/** One stream of random numbers for each concern. */
export interface Streams {
  readonly wire: Prng;
  readonly disk: Prng;
  readonly jobs: Prng;
  readonly kernel: Prng;
  readonly timers: Prng;
  readonly names: Prng;
  readonly data: Prng;
  readonly faults: Prng;
  readonly builds: Prng;
  readonly pings: Prng;
  readonly witness: Prng;
}
