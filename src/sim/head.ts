import { roleOf } from '../core/beats.ts';
import type { Entry } from '../core/entry.ts';
import type { Happening, OperatorWish } from '../core/event.ts';
import { initialState } from '../core/initial.ts';
import type { NodeState } from '../core/state.ts';
import { Engine } from '../engine/engine.ts';
import type { Clock, Ports, Witness } from '../engine/ports.ts';
import type { BeatCodec } from '../wire/beatCodec.ts';
import type { Packet } from './cable.ts';
import { Knowledge } from './knowledge.ts';
import type { Machine } from './machine.ts';
import { Process } from './process.ts';
import { RunnerPort } from './runnerPort.ts';
import { codecOf } from './simCodec.ts';
import type { DueEffect, Surroundings } from './surroundings.ts';
import { noWitness } from './witnessBox.ts';

/** Thrown by a port: the daemon, or its machine, ends between two effects. */
class Crash extends Error {}

/** Sockets hold so many packets of a channel for a frozen daemon; the newest are dropped. */
const backlogMax = 40;

/** libuv reads so many packets of a socket in one turn of the loop. */
const readInOneTurnMax = 32;

/** One daemon on one machine: the real engine, codec and core, with pretended ports. */
export class Head {
  readonly process = new Process();
  readonly incarnation: string;
  readonly engine: Engine;
  readonly runner: RunnerPort;
  readonly knows: Knowledge;
  readonly startedAtMs: number;
  readonly #machine: Machine;
  readonly #around: Surroundings;
  readonly #onCrash: (isPowerCut: boolean) => void;
  readonly #onExit: (code: number) => void;
  readonly #backlog: number[];
  readonly #shown = new Map<string, string>();
  /** Decisions of the step that is under way. */
  #decided: Entry[] = [];
  #effectsLeft = Number.POSITIVE_INFINITY;
  #isPowerCut = false;
  #alarmAtMs = Number.NaN;
  #alarmCount = 0;
  #told: Pick<Packet, 'bytes' | 'beat' | 'sign'> | undefined;
  /** The packet that is being heard is the one that was sent, bit by bit. */
  #isUntouched = false;
  readonly #answers = new Map<string, OperatorWish>();
  #requestCount = 0;

  constructor(
    machine: Machine,
    around: Surroundings,
    onCrash: (isPowerCut: boolean) => void,
    onExit: (code: number) => void,
    resumed?: NodeState,
  ) {
    this.#machine = machine;
    this.#around = around;
    this.#onCrash = onCrash;
    this.#onExit = onExit;
    this.incarnation = resumed?.incarnation ?? around.random.names.hex(16);
    this.startedAtMs = around.schedule.nowMs;
    this.knows = new Knowledge(this.incarnation);
    this.#backlog = around.cables.map(() => 0);
    this.runner = new RunnerPort(around, (happening) => {
      this.#enter(typeof happening === 'function' ? happening : () => this.engine.dispatch(happening));
    });
    const { bootId } = machine;
    const config = { ...machine.config, isObserver: machine.isObserver };
    const durable = machine.disk.content;
    this.engine = new Engine({
      codec: this.#codec(),
      ports: this.#ports(),
      state:
        resumed ??
        initialState({
          config,
          incarnation: this.incarnation,
          bootId,
          durable,
          isHoldMode: false,
          beatVersionMax: machine.beatVersionMax,
          atMs: machine.monotonicMs(),
          wallMs: machine.wallMs(),
        }),
    });
  }

  get isUp(): boolean {
    return this.process.isAlive;
  }

  start(): void {
    this.dispatch({ type: 'alarm' });
    this.#around.cables.forEach((_, channel) =>
      this.dispatch({ type: 'channelChanged', channel, isOpen: true, detail: '' }),
    );
  }

  dispatch(happening: Happening): void {
    this.#enter(() => this.engine.dispatch(happening));
  }

  /** An operator, or the syncer, types; the answer comes to `witnessed`, maybe before this returns. */
  type(wish: OperatorWish, onAsked: (request: string) => void = () => undefined): void {
    this.#requestCount += 1;
    const request = `${this.#machine.name}-${this.incarnation.slice(0, 4)}-${this.#requestCount}`;
    this.#answers.set(request, wish);
    onAsked(request);
    this.dispatch({ type: 'operatorAsked', request, wish });
  }

  /** The role that was last shown, before the step that is under way. */
  roleBefore(group: string): string | undefined {
    return this.#shown.get(group);
  }

  receive(channel: number, packet: Packet): void {
    const { arrivedSentAtMs } = this.knows;
    if (packet.isCorrupt !== true) this.knows.arrivedSentAtMs = Math.max(arrivedSentAtMs, packet.sentAtMs);
    const waiting = this.#backlog[channel] ?? 0;
    if (this.process.isFrozen && waiting >= backlogMax) return;
    this.#backlog[channel] = waiting + 1;
    const { nowMs } = this.#around.schedule;
    this.#enter(() => {
      this.#backlog[channel] = Math.max(0, (this.#backlog[channel] ?? 0) - 1);
      if (this.engine.isStopped) return;
      if (packet.isCorrupt !== true) this.knows.hear(channel, packet, nowMs);
      this.#isUntouched = packet.isCorrupt !== true;
      this.engine.hear(channel, packet.bytes);
    });
    if (!this.process.isFrozen) this.#backlog[channel] = 0;
  }

  /** The daemon ends in the middle of what it is about to do. */
  crashAfter(effects: number, isPowerCut: boolean): void {
    this.#effectsLeft = effects;
    this.#isPowerCut = isPowerCut;
  }

  /** A late alarm waits until the sockets were read once, as `Clock` says; one that holds much needs another turn. */
  thaw(isOneTurnEnough: boolean): void {
    this.process.thaw(isOneTurnEnough ? Number.POSITIVE_INFINITY : readInOneTurnMax);
  }

  kill(): void {
    this.process.kill();
    this.runner.lose('the head is gone');
  }

  #enter(task: () => void): void {
    this.process.run(() => this.#attempt(task));
  }

  #attempt(task: () => void): void {
    try {
      task();
    } catch (error) {
      if (error instanceof Crash) {
        this.#onCrash(this.#isPowerCut);
        return;
      }
      this.#around.fail(
        'I11',
        `${this.#machine.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      return;
    }
    this.#showRoles();
  }

  #touch(effect: DueEffect): void {
    this.#around.effectDue(this.#machine, effect);
    this.#effectsLeft -= 1;
    if (this.#effectsLeft < 0) {
      this.#effectsLeft = Number.POSITIVE_INFINITY;
      throw new Crash();
    }
  }

  #codec(): BeatCodec {
    let sign = (): void => undefined;
    const inner = codecOf(this.#machine, {
      isUntouched: () => this.#isUntouched,
      onUnsigned: (signLast) => {
        sign = signLast;
      },
    });
    return {
      signingKeyId: inner.signingKeyId,
      hasKey: (keyId) => inner.hasKey(keyId),
      encode: (beat, channel, form, keyId) => {
        const bytes = inner.encode(beat, channel, form, keyId);
        this.#told = { bytes, beat, sign };
        this.knows.tell(beat.sequence, this.#around.schedule.nowMs);
        return bytes;
      },
      decode: (bytes, channel) => inner.decode(bytes, channel),
    };
  }

  #ports(): Ports {
    const store = this.#machine.disk.storeFor(this.process);
    const recorder = this.#around.recorderOf(this.#machine);
    return {
      ...(recorder === undefined ? {} : { recorder }),
      clock: this.#clock(),
      channels: this.#around.cables.map((cable) => ({
        name: cable.name,
        send: (bytes): void => {
          this.#touch({ kind: 'send' });
          const told = this.#told;
          if (told?.bytes === bytes)
            cable.send(this.#machine.index, { ...told, sentAtMs: this.#around.schedule.nowMs });
        },
        close: (): void => undefined,
      })),
      runner: this.#runnerPort(),
      witness: this.#witness(),
      store: {
        save: (state, onSaved): void => {
          this.#touch({ kind: 'save' });
          store.save(state, (result) => this.#attempt(() => onSaved(result)));
        },
      },
      journal: { append: (entry): void => this.#note(entry) },
      desk: {
        answer: (request, answer): void => {
          const wish = this.#answers.get(request);
          this.#answers.delete(request);
          const say = (): string =>
            `${answer.kind}: ${answer.sentence}${answer.kind === 'accepted' ? '' : `; ${answer.next}`}`;
          this.#around.log(this.#machine.name, say);
          if (wish !== undefined) this.#around.answered(this.#machine, request, wish, answer);
        },
      },
      exit: (code): void => this.#onExit(code),
    };
  }

  #witness(): Witness {
    const witness = this.#around.box?.portFor(this.#machine, (task) => this.#enter(task)) ?? noWitness;
    return {
      ask: (request, waitMs, onAnswer): void => {
        this.#touch({ kind: 'ask' });
        witness.ask(request, waitMs, onAnswer);
      },
    };
  }

  #runnerPort(): Ports['runner'] {
    const { witnessed } = this.#around;
    const { runner } = this;
    return {
      run: (spec, onExit): void => {
        this.#touch({ kind: 'job', spec });
        witnessed.jobOrdered(this.#machine, spec);
        runner.run(spec, onExit);
      },
      adopt: (job, onExit): void => {
        this.#touch({ kind: 'other' });
        runner.adopt(job, onExit);
      },
      renew: (group, epochCounter): void => {
        this.#touch({ kind: 'renew' });
        runner.renew(group, epochCounter);
      },
      ask: (group, waitMs, onAnswer): void => {
        this.#touch({ kind: 'ask' });
        runner.ask(group, waitMs, onAnswer);
      },
      fence: (fence, withinMs, onDone): void => {
        this.#touch({ kind: 'other' });
        runner.fence(fence, withinMs, onDone);
      },
      testFence: (fence, withinMs, onDone): void => {
        this.#touch({ kind: 'other' });
        runner.testFence(fence, withinMs, onDone);
      },
      announce: (): void => {
        this.#touch({ kind: 'other' });
        runner.announce();
      },
      dropAddresses: (group): void => {
        this.#touch({ kind: 'other' });
        runner.dropAddresses(group);
      },
      watchdog: (order): void => {
        this.#touch({ kind: 'other' });
        runner.watchdog(order);
      },
      setDeadMan: (group, order): void => {
        this.#touch({ kind: 'other' });
        runner.setDeadMan(group, order);
      },
    };
  }

  #clock(): Clock {
    const { schedule, random, options } = this.#around;
    return {
      nowMs: () => this.#machine.monotonicMs(),
      wallMs: () => this.#machine.wallMs(),
      setAlarm: (atMs, onAlarm): void => {
        if (atMs === this.#alarmAtMs) return;
        this.#alarmAtMs = atMs;
        this.#alarmCount += 1;
        const count = this.#alarmCount;
        const inMs = atMs - this.#machine.monotonicMs() + random.timers.timeMs(options.pace.timerMs);
        schedule.after(inMs, () => {
          if (count !== this.#alarmCount) return;
          this.process.run(() => {
            if (count !== this.#alarmCount) return;
            this.#alarmAtMs = Number.NaN;
            this.#attempt(onAlarm);
          }, 'timer');
        });
      },
      clearAlarm: (): void => {
        this.#alarmAtMs = Number.NaN;
        this.#alarmCount += 1;
      },
    };
  }

  #note(entry: Entry): void {
    this.#around.witnessed.noted(this.#machine, entry);
    if (entry.id === 'decided') this.#decided.push(entry);
    else if (shown.has(entry.id)) this.#around.log(this.#machine.name, () => entry.sentence);
  }

  /** Roles and rules are what an operator sees: one line for each that is another one than before. */
  #showRoles(): void {
    for (const group of this.engine.state.groups) {
      const role = roleOf(this.engine.state, group);
      const { name } = group.config;
      const before = this.#shown.get(name);
      const rule = this.#decided.findLast((entry) => entry.group === name)?.rule ?? '';
      for (const entry of this.#decided) {
        if (entry.group === name && (before === role || entry.rule !== rule)) {
          this.#around.log(this.#machine.name, () => `${name} by rule ${entry.rule ?? ''}${evidenceOf(entry)}`);
        }
      }
      if (before === role) continue;
      this.#shown.set(name, role);
      this.#around.log(
        this.#machine.name,
        () => `${name}: ${before === undefined ? '' : `${before} -> `}${role} (${group.because.rule})`,
      );
    }
    if (this.#decided.length > 0) this.#decided = [];
  }
}

function evidenceOf({ evidence }: Entry): string {
  return evidence === undefined ? '' : ` (${evidence})`;
}

/** What a scenario shows of the journal: roles and jobs are told by what they do. */
const shown: ReadonlySet<Entry['id']> = new Set([
  'claimed',
  'contest',
  'incident',
  'peer-heard',
  'peer-silent',
  'peer-restarted',
  'peer-left',
  'jeopardy',
  'jeopardy-over',
  'stalled',
  'settled',
  'address-answered',
  'address-unasked',
  'address-missing',
  'carrier-lost',
  'ping-lost',
  'ping-back',
  'watchdog',
  'carrier-back',
  'runner-lost',
  'runner-connected',
  'save-failed',
  'stale',
  'sync',
  'job-noted',
  'leaving',
  'witness-answer',
  'witness-silent',
  'witness-heard',
  'fence',
  'fence-lied',
  'fence-test',
]);
