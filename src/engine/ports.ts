import type { AnswerToOperator } from '../core/answer.ts';
import type { DurableState } from '../core/durable.ts';
import type { Effect } from '../core/effect.ts';
import type { Entry } from '../core/entry.ts';
import type { Event } from '../core/event.ts';
import type { FenceOutcome, FenceTestOutcome } from '../core/fenceOutcome.ts';
import type { JobId, JobOutcome, JobSpec } from '../core/job.ts';
import type { NodeState } from '../core/state.ts';
import type { WitnessAnswer, WitnessRequest } from '../core/witnessWords.ts';

/**
 * A way to the peer. Best effort: bytes may be lost, doubled, delayed or reordered.
 * `send` never throws and never waits: a channel that cannot send now drops the bytes and counts them.
 */
export interface Channel {
  readonly name: string;
  send(bytes: Uint8Array): void;
  close(): void;
}

/** What a channel tells its owner. Called from the event loop, never from inside `send`. */
export interface ChannelListener {
  /** One whole datagram or frame, unchecked. */
  onBytes(bytes: Uint8Array): void;
  /** The device or socket opened, vanished or came back. Informs people; a channel's health is judged by its beats. */
  onOpenChanged(isOpen: boolean, reason: string): void;
  /** A hint that the peer is gone (connection refused, modem line dropped): asks for a probe round, never decides. */
  onHint(reason: string): void;
}

/** The hands. Each `run` is answered by one `onExit`, also when the runner is lost and found again. */
export interface Runner {
  run(spec: JobSpec, onExit: (outcome: JobOutcome) => void): void;
  /** Looks after a job that an earlier head started; `onExit` once it ended. */
  adopt(job: JobId, onExit: (outcome: JobOutcome) => void): void;
  /**
   * Renews the lease of every address of the group, if each is still there, and tells the dead-man order
   * that a head lives. The runner drops an order that is older than 250 ms.
   */
  renew(group: string, epochCounter: number): void;
  /** Asks the LAN whether somebody else holds the group's addresses: one round, bounded by `waitMs`. */
  ask(group: string, waitMs: number, onAnswer: (answer: AskAnswer) => void): void;
  /** Fences the peer, all levels within `withinMs`; answered once. */
  fence(fence: string, withinMs: number, onDone: (outcome: FenceOutcome) => void): void;
  /** Asks the devices of the fence whether they answer. */
  testFence(fence: string, withinMs: number, onDone: (outcome: FenceTestOutcome) => void): void;
  /** Gratuitous ARP and unsolicited NA in both forms, repeated, for each address of the group. */
  announce(group: string): void;
  /** Takes the addresses down and leaves every other resource as it is. */
  dropAddresses(group: string): void;
  /** To the device that resets this machine; a late order to pet is dropped, as a late renewal is. */
  watchdog(order: 'arm' | 'pet' | 'disarm'): void;
  /** Leaves or withdraws the order to stop the group when no head is heard for `afterMs`. */
  setDeadMan(group: string, order: { readonly afterMs: number; readonly epochCounter: number } | undefined): void;
}

export type AskAnswer =
  | { readonly kind: 'silent' }
  | { readonly kind: 'answered'; readonly mac: string; readonly address: string }
  /** The question could not be asked: no carrier, no device, no such address. */
  | { readonly kind: 'impossible'; readonly detail: string };

/** The third machine. Each `ask` is answered once, off the caller's stack, within `waitMs`; nothing here waits or throws. */
export interface Witness {
  ask(request: WitnessRequest, waitMs: number, onAnswer: (answer: WitnessAnswer) => void): void;
}

/** Monotonic milliseconds for deciding, wall-clock milliseconds for people, and one alarm. */
export interface Clock {
  nowMs(): number;
  wallMs(): number;
  /** Setting the alarm again replaces it. A late one comes after what waited in the sockets: silence is judged by it. */
  setAlarm(atMs: number, onAlarm: () => void): void;
  clearAlarm(): void;
}

/** Keeps the durable state: two checksummed slots, written in turn. Answers each `save` once, off the caller's stack. */
export interface Store {
  save(
    state: DurableState,
    onSaved: (result: { readonly ok: true } | { readonly ok: false; readonly reason: string }) => void,
  ): void;
}

/** Append-only and bounded; never blocks, never throws. */
export interface Journal {
  append(entry: Entry): void;
}

/** Where answers to operators and to the syncer go. Unknown requests (the client hung up) are dropped. */
export interface Desk {
  answer(request: string, answer: AnswerToOperator): void;
}

/** Keeps the newest events, so that what was decided can be run through the core again. Never waits, never throws. */
export interface Recorder {
  note(before: NodeState, event: Event, effects: readonly Effect[]): void;
}

export interface Ports {
  readonly clock: Clock;
  /** In the order of `NodeConfig.channels`. */
  readonly channels: readonly Channel[];
  readonly runner: Runner;
  readonly witness: Witness;
  readonly store: Store;
  readonly journal: Journal;
  readonly desk: Desk;
  /** Undefined: nothing is kept. */
  readonly recorder?: Recorder;
  exit(code: number): void;
}
