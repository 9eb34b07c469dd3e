import { assert } from '../core/assert.ts';
import type { Effect } from '../core/effect.ts';
import type { Happening } from '../core/event.ts';
import type { NodeState } from '../core/state.ts';
import { step } from '../core/step.ts';
import { unreachable } from '../core/unreachable.ts';
import type { BeatCodec, Rejection } from '../wire/beatCodec.ts';
import { PeerKeys } from './peerKeys.ts';
import type { Ports } from './ports.ts';

/** Events that wait while one is worked on: an effect that answers at once adds one; more than this is a loop. */
const waitingMax = 10_000;

export interface EngineOptions {
  readonly state: NodeState;
  readonly ports: Ports;
  readonly codec: BeatCodec;
}

/**
 * The loop: an event in, `step`, its effects out, the alarm set.
 *
 * Synchronous from end to end: an event is finished before the next one starts, and what an effect causes
 * waits for its turn. The daemon gives it real ports, the simulator pretended ones.
 */
export class Engine {
  readonly #ports: Ports;
  readonly #waiting: Happening[] = [];
  readonly #rejections: Map<Rejection, number>[] = [];
  readonly #peerKeys = new PeerKeys();
  readonly #onAlarm = (): void => this.dispatch({ type: 'alarm' });
  #codec: BeatCodec;
  #state: NodeState;
  #isStepping = false;
  #isStopped = false;

  constructor(options: EngineOptions) {
    this.#state = options.state;
    this.#ports = options.ports;
    this.#codec = options.codec;
  }

  get state(): NodeState {
    return this.#state;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** How many packets of a channel were not believed, by reason. */
  rejections(channel: number): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#rejections[channel] ?? []);
  }

  /** The key that signed the peer's newest beat. */
  get peerKeyId(): number | undefined {
    return this.#peerKeys.newestKeyId;
  }

  /** Replaces keys and group names, after the files changed. */
  replaceCodec(codec: BeatCodec): void {
    this.#codec = codec;
  }

  /** Bytes that arrived on a channel: believed when they are an authentic beat, else counted. */
  hear(channel: number, bytes: Uint8Array): void {
    const decoded = this.#codec.decode(bytes, channel);
    if (decoded.ok) {
      const { retired } = this.#state.peer;
      if (!retired.includes(decoded.beat.incarnation)) this.#peerKeys.note(decoded.beat, decoded.keyId);
      this.dispatch({ type: 'beatHeard', channel, beat: decoded.beat, isShort: decoded.isShort });
      return;
    }
    const counts = this.#rejections[channel] ?? new Map<Rejection, number>();
    this.#rejections[channel] = counts;
    counts.set(decoded.rejection, (counts.get(decoded.rejection) ?? 0) + 1);
  }

  /** Nothing is decided or done any more: for a daemon whose invariants are broken. */
  halt(): void {
    this.#isStopped = true;
    this.#ports.clock.clearAlarm();
  }

  dispatch(happening: Happening): void {
    if (this.#isStopped) return;
    assert(this.#waiting.length < waitingMax, 'events do not cause events without end');
    if (this.#isStepping) {
      this.#waiting.push(happening);
      return;
    }
    this.#isStepping = true;
    try {
      for (let next: Happening | undefined = happening; next !== undefined; next = this.#waiting.shift())
        this.#take(next);
    } finally {
      this.#isStepping = false;
    }
    if (!this.#isStopped) this.#ports.clock.setAlarm(this.#state.alarmAtMs, this.#onAlarm);
  }

  #take(happening: Happening): void {
    const { clock } = this.#ports;
    const now = { atMs: clock.nowMs(), wallMs: clock.wallMs() };
    const before = this.#state;
    const { state, effects } = step(before, happening, now);
    this.#ports.recorder?.note(before, { ...happening, ...now }, effects);
    assert(state.alarmAtMs > now.atMs, 'an alarm lies after its event');
    this.#state = state;
    for (const effect of effects) this.#run(effect);
  }

  #run(effect: Effect): void {
    const { channels, runner, witness, store, journal, desk, clock } = this.#ports;
    switch (effect.type) {
      case 'send':
        for (const keyId of this.#peerKeys.toSignWith(this.#codec)) {
          const form = effect.isShort ? 'short' : 'full';
          channels[effect.channel]?.send(this.#codec.encode(effect.beat, effect.channel, form, keyId));
        }
        return;
      case 'startJob':
        runner.run(effect.spec, (outcome) => this.dispatch({ type: 'jobExited', job: effect.spec.job, outcome }));
        return;
      case 'adoptJob':
        runner.adopt(effect.job, (outcome) => this.dispatch({ type: 'jobExited', job: effect.job, outcome }));
        return;
      case 'renew':
        runner.renew(effect.group, effect.epochCounter);
        return;
      case 'ask':
        runner.ask(effect.group, effect.waitMs, (answer) =>
          this.dispatch({ type: 'asked', group: effect.group, ask: effect.ask, answer }),
        );
        return;
      case 'fence':
      case 'testFence':
        this.#runFence(effect);
        return;
      case 'askWitness':
        witness.ask(effect.request, effect.waitMs, (answer) =>
          this.dispatch({ type: 'witnessAnswered', group: effect.request.group, ask: effect.ask, answer }),
        );
        return;
      case 'announce':
        runner.announce(effect.group);
        return;
      case 'dropAddresses':
        runner.dropAddresses(effect.group);
        return;
      case 'watchdog':
        runner.watchdog(effect.order);
        return;
      case 'setDeadMan': {
        const { afterMs, epochCounter } = effect;
        runner.setDeadMan(effect.group, afterMs === undefined ? undefined : { afterMs, epochCounter });
        return;
      }
      case 'save':
        store.save(effect.durable, (result) =>
          this.dispatch(
            result.ok
              ? { type: 'saved', revision: effect.revision }
              : { type: 'saveFailed', revision: effect.revision, reason: result.reason },
          ),
        );
        return;
      case 'record':
        journal.append(effect.entry);
        return;
      case 'answer':
        desk.answer(effect.request, effect.answer);
        return;
      case 'exit':
        this.#isStopped = true;
        clock.clearAlarm();
        this.#ports.exit(effect.code);
        return;
      default:
        unreachable(effect);
    }
  }

  #runFence(effect: Extract<Effect, { type: 'fence' | 'testFence' }>): void {
    const { runner } = this.#ports;
    const { type, fence, withinMs } = effect;
    if (type === 'fence') runner.fence(fence, withinMs, (outcome) => this.dispatch({ type: 'fenced', fence, outcome }));
    else runner.testFence(fence, withinMs, (outcome) => this.dispatch({ type: 'fenceTested', fence, outcome }));
  }
}
