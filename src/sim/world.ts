import type { AnswerToOperator } from '../core/answer.ts';
import type { OperatorWish } from '../core/event.ts';
import type { Epoch } from '../core/identity.ts';
import type { JobAction } from '../core/job.ts';
import type { NodeConfig } from '../core/nodeConfig.ts';
import type { NodeState } from '../core/state.ts';
import type { Recorder } from '../engine/ports.ts';
import type { End, Packet } from './cable.ts';
import { Cable } from './cable.ts';
import { copyOver } from './copyOver.ts';
import { Coverage } from './coverage.ts';
import { Hands } from './hands.ts';
import { Head } from './head.ts';
import { Lan } from './lan.ts';
import { Machine } from './machine.ts';
import type { Misbehaviour } from './misbehaviour.ts';
import type { SimOptions } from './options.ts';
import { Plugs } from './plugs.ts';
import { Schedule } from './schedule.ts';
import { streamsFrom } from './streams.ts';
import type { DueEffect, Streams, Surroundings } from './surroundings.ts';
import { Syncer } from './syncer.ts';
import { Violation } from './violation.ts';
import { WitnessBox } from './witnessBox.ts';
import type { Witnessed } from './witnessed.ts';
import { nobody } from './witnessed.ts';

export interface WorldHooks {
  /** Made when the world is there; the checkers look at it. */
  readonly witness?: (world: World) => Witnessed;
  /** Keeps the events of each machine's daemons. */
  readonly recorder?: (machine: Machine) => Recorder;
  /** Every line of the log; without it none is made. */
  readonly onLine?: (atMs: number, who: string, text: string) => void;
}

/**
 * Two machines, the cables and the LAN between them and what runs on them, in one thread and in virtual time.
 * The daemons are real engines with the real codec: only their ports are pretended.
 */
export class World implements Surroundings {
  readonly schedule = new Schedule();
  readonly options: SimOptions;
  readonly random: Streams;
  readonly cables: readonly Cable[];
  readonly coverage = new Coverage();
  readonly machines: readonly [Machine, Machine];
  readonly box: WitnessBox | undefined;
  readonly witnessed: Witnessed;
  readonly lan: Lan;
  isMended = false;
  lastAnswer: AnswerToOperator | undefined;
  /** Scripts were told to misbehave at some time in this run. */
  hasScriptFaults = false;
  readonly plugs: Plugs = new Plugs(this);
  readonly #hooks: WorldHooks;
  readonly #served = new Set<string>();
  readonly #syncers = new Map<string, Syncer>();
  #violation: Violation | undefined;

  constructor(seed: number, options: SimOptions, hooks: WorldHooks = {}) {
    this.options = options;
    this.#hooks = hooks;
    this.random = streamsFrom(seed);
    this.cables = options.cables.map((cable, index) => new Cable(cable, index, this));
    this.machines = [new Machine(0, this), new Machine(1, this)];
    this.lan = new Lan(this);
    this.box = options.witness === undefined ? undefined : new WitnessBox(this, this.machines[0].config);
    this.witnessed = hooks.witness?.(this) ?? nobody;
    for (const machine of this.machines) {
      for (const { name, hasSyncer } of options.groups) {
        if (!hasSyncer) continue;
        const syncer = new Syncer(machine, name, this);
        this.#syncers.set(`${machine.name}/${name}`, syncer);
        syncer.begin();
      }
    }
  }

  get nowMs(): number {
    return this.schedule.nowMs;
  }

  /** @throws {Violation} when a promise was broken on the way. */
  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    this.schedule.runUntil(untilMs);
    if (this.#violation !== undefined) throw this.#violation;
  }

  fail(invariant: string, sentence: string): void {
    if (this.#violation !== undefined) return;
    this.#violation = new Violation(invariant, sentence);
    this.log('world', () => `VIOLATION ${invariant}: ${sentence}`);
    throw this.#violation;
  }

  recorderOf(machine: Machine): Recorder | undefined {
    return this.#hooks.recorder?.(machine);
  }

  log(who: string, text: () => string): void {
    this.#hooks.onLine?.(this.nowMs, who, text());
  }

  peerOf(machine: Machine): Machine {
    return machine === this.machines[0] ? this.machines[1] : this.machines[0];
  }

  /** Nothing happens here by itself; who explores every place overrides it. */
  effectDue(_machine: Machine, _effect: DueEffect): void {}

  // What arrives where.

  arrive(from: End, channel: number, packet: Packet): void {
    const to = this.machines[from === 0 ? 1 : 0];
    if (!to.isOn) return;
    if (to.head !== undefined) to.head.receive(channel, packet);
    else if (this.cables[channel]?.medium !== 'serial') this.#refuse(this.machines[from], channel);
  }

  /** A kernel without a listener says so; links let one such word a second through. */
  #refuse(sender: Machine, channel: number): void {
    if (this.nowMs < sender.refusedUntilMs) return;
    sender.refusedUntilMs = this.nowMs + 1_000;
    this.schedule.after(0.5, () => sender.head?.dispatch({ type: 'hint', channel, reason: 'connection refused' }));
  }

  answerInLan(asker: Machine, group: string): string | undefined {
    return this.lan.answer(asker, group);
  }

  reaches(machine: Machine, target: string): boolean {
    return this.lan.reaches(machine, target);
  }

  copyData(to: Machine, group: string, how: 'last' | 'append' | 'rewrite'): boolean {
    return copyOver(this, to, group, how);
  }

  answered(machine: Machine, request: string, wish: OperatorWish, answer: AnswerToOperator): void {
    this.witnessed.answered(machine, request, wish, answer);
    this.lastAnswer = answer;
    if (wish.kind === 'syncBegin') this.#syncers.get(`${machine.name}/${wish.group}`)?.answered(request, answer);
  }

  noteServed(group: string, epoch: Epoch): void {
    this.#served.add(`${group}/${epoch.counter}/${epoch.node}`);
  }

  /** Whether data was really served under this epoch: a daemon that crashes in between may say so without. */
  hasServed(group: string, epoch: Epoch): boolean {
    return this.#served.has(`${group}/${epoch.counter}/${epoch.node}`);
  }

  // What people and accidents do.

  boot(machine: Machine): void {
    if (machine.isOn || machine.isWreck) return;
    machine.isOn = true;
    machine.bootCount += 1;
    machine.bootId = this.random.names.hex(16);
    machine.bootedAtMs = this.nowMs;
    machine.hands = new Hands(machine, this);
    this.log(machine.name, () => 'boots');
    this.startHead(machine);
  }

  /** The daemon starts, reads its disk, opens its channels and meets the runner. */
  startHead(machine: Machine): void {
    if (!machine.isOn || machine.head !== undefined || machine.isStarting) return;
    if (machine.isFrozen) {
      machine.isRestartWanted = true;
      return;
    }
    machine.isRestartWanted = false;
    machine.isStarting = true;
    const { bootCount } = machine;
    this.schedule.after(this.random.timers.timeMs(this.options.pace.daemonStartMs), () => {
      if (!machine.isOn || machine.bootCount !== bootCount || !machine.isStarting) return;
      machine.isStarting = false;
      if (machine.isFrozen) {
        machine.isRestartWanted = true;
        return;
      }
      this.log(machine.name, () => 'twinbeatd starts');
      const head = this.#newHead(machine);
      machine.impairedUntilMs = this.nowMs;
      head.start();
      if (machine.hands !== undefined && !machine.hands.process.isFrozen) head.runner.connect(machine.hands);
    });
  }

  /** A daemon that runs already goes on from what it knows. */
  resumeHead(machine: Machine, state: NodeState): Head {
    return this.#newHead(machine, state);
  }

  #newHead(machine: Machine, state?: NodeState): Head {
    const onCrash = (isPowerCut: boolean): void => this.#crashed(machine, isPowerCut);
    const onExit = (code: number): void => this.#exited(machine, head, code);
    const head: Head = new Head(machine, this, onCrash, onExit, state);
    machine.head = head;
    machine.headStartedAtMs = this.nowMs;
    return head;
  }

  /** Somebody starts the daemon again as soon as it has ended. */
  startHeadLater(machine: Machine): void {
    if (machine.head === undefined || !machine.isOn) this.startHead(machine);
    else machine.isRestartWanted = true;
  }

  powerCut(machine: Machine): void {
    if (!machine.isOn) return;
    this.log(machine.name, () => 'loses its power');
    this.#endHead(machine);
    machine.hands?.process.kill();
    machine.hands = undefined;
    for (const cable of this.cables) cable.forget(machine.index);
    machine.losePower();
  }

  /** A power cut that the machine makes itself; its firmware takes a while. */
  resetByWatchdog(machine: Machine): void {
    this.log(machine.name, () => 'is reset by its watchdog');
    this.coverage.count('seen reset by the watchdog');
    this.powerCut(machine);
    const { bootCount } = machine;
    this.schedule.after(this.random.kernel.timeMs(this.options.pace.resetMs), () => {
      if (machine.bootCount === bootCount) this.boot(machine);
    });
  }

  killHead(machine: Machine): void {
    if (machine.head === undefined) return;
    this.log(machine.name, () => 'twinbeatd is killed');
    this.#endHead(machine);
  }

  /** The daemon, or its machine, ends between two effects. */
  crashBetweenEffects(machine: Machine, effects: number, isPowerCut: boolean): void {
    machine.head?.crashAfter(effects, isPowerCut);
  }

  /** Somebody edits the files of one machine; its daemon reads them now, or when it starts again. */
  rewriteConfig(machine: Machine, config: NodeConfig, isReloaded: boolean): void {
    this.log(machine.name, () => `the files are changed${isReloaded ? ', and read again' : ''}`);
    machine.config = config;
    if (isReloaded)
      machine.head?.dispatch({ type: 'configChanged', config: { ...config, isObserver: machine.isObserver } });
  }

  /** SIGTERM: release everything; SIGUSR2: keep the services. */
  stopHead(machine: Machine, services: 'release' | 'keep'): void {
    if (machine.head === undefined) return;
    this.log(machine.name, () => `twinbeatd is asked to stop${services === 'keep' ? ', services stay' : ''}`);
    machine.head.dispatch({ type: 'stopAsked', services });
  }

  /** Another build is put on the machine; the daemon that runs goes on until it is started again. */
  install(machine: Machine, beatVersionMax: number): void {
    if (machine.beatVersionMax === beatVersionMax) return;
    this.log(machine.name, () => `gets a build that speaks beats up to version ${beatVersionMax}`);
    this.coverage.count(machine.beatVersionMax < beatVersionMax ? 'seen upgrade' : 'seen downgrade');
    machine.beatVersionMax = beatVersionMax;
  }

  freezeHead(machine: Machine): void {
    this.log(machine.name, () => 'twinbeatd freezes');
    machine.head?.process.freeze();
  }

  thawHead(machine: Machine): void {
    if (machine.isFrozen || machine.head?.process.isFrozen !== true) return;
    this.log(machine.name, () => 'twinbeatd thaws');
    machine.impairedUntilMs = this.nowMs;
    machine.head.thaw(this.random.timers.chance(50));
  }

  /** Every process stands still; the kernel goes on: it answers ARP, and removes what is not renewed. */
  freezeMachine(machine: Machine): void {
    if (!machine.isOn) return;
    this.log(machine.name, () => 'freezes');
    machine.isFrozen = true;
    machine.head?.process.freeze();
    machine.hands?.process.freeze();
  }

  thawMachine(machine: Machine): void {
    if (!machine.isFrozen) return;
    this.log(machine.name, () => 'thaws');
    machine.isFrozen = false;
    machine.impairedUntilMs = this.nowMs;
    const isTimerFirst = this.random.timers.chance(50);
    machine.hands?.thaw(isTimerFirst);
    machine.head?.thaw(isTimerFirst);
    if (machine.isRestartWanted && machine.head === undefined) this.startHead(machine);
  }

  /** The runner's process ends; what it started goes on. */
  loseRunner(machine: Machine): void {
    if (machine.hands?.process.isAlive !== true) return;
    this.log(machine.name, () => 'the runner is lost');
    machine.hands.process.freeze();
    machine.head?.runner.lose('connection closed');
  }

  returnRunner(machine: Machine): void {
    const { hands, head } = machine;
    if (hands === undefined || machine.isFrozen) return;
    if (hands.process.isFrozen) this.log(machine.name, () => 'the runner is back');
    machine.impairedUntilMs = this.nowMs;
    hands.thaw(true);
    if (head !== undefined && !head.runner.isConnected) head.runner.connect(hands);
  }

  cut(cable: Cable, from: End | 'both'): void {
    this.log('world', () => `${cable.name} is cut${from === 'both' ? '' : ` from ${this.machines[from].name}`}`);
    for (const end of from === 'both' ? ([0, 1] as const) : [from]) cable.isCut[end] = true;
  }

  mend(cable: Cable): void {
    if (!cable.isCut[0] && !cable.isCut[1]) return;
    if (cable.medium === 'lan' && this.lan.isCut) return;
    this.log('world', () => `${cable.name} is mended`);
    cable.isCut.fill(false);
  }

  removeAddress(machine: Machine, group: string): void {
    machine.kernel.remove(`${group}/address`, 'is removed by somebody else');
  }

  killService(machine: Machine, group: string, resource: string): void {
    if (!machine.runs(group, resource)) return;
    this.log(machine.name, () => `${resource} of ${group} dies`);
    machine.setRunning(group, resource, false);
  }

  switchSyncer(machine: Machine, group: string, isOn: boolean): void {
    if (!machine.isOn || machine.runs(group, 'syncer') === isOn) return;
    this.log(machine.name, () => `the syncer of ${group} is switched ${isOn ? 'on' : 'off'}`);
    machine.setRunning(group, 'syncer', isOn);
  }

  misbehave(
    machine: Machine,
    place: { group: string; resource: string; action: JobAction },
    how: Misbehaviour,
    times: number,
  ): void {
    this.log(machine.name, () => `${place.resource} ${place.action} of ${place.group}: ${how}, ${times} times`);
    this.hasScriptFaults = true;
    machine.misbehaviours.plan(place.group, place.resource, place.action, how, times);
  }

  type(machine: Machine, wish: OperatorWish): boolean {
    const { head } = machine;
    if (head === undefined || !head.isUp) return false;
    head.type(wish);
    return true;
  }

  #endHead(machine: Machine): void {
    machine.head?.kill();
    machine.head = undefined;
    machine.disk.crash();
  }

  #crashed(machine: Machine, isPowerCut: boolean): void {
    this.log(machine.name, () => 'crashes between two effects');
    this.coverage.count(isPowerCut ? 'seen power cut between effects' : 'seen crash between effects');
    if (isPowerCut) this.powerCut(machine);
    else this.#endHead(machine);
  }

  #exited(machine: Machine, head: Head, code: number): void {
    this.log(machine.name, () => `twinbeatd exits with ${code}`);
    head.kill();
    if (machine.head !== head) return;
    // A process ends with its writes: the lock of the state directory is not free before.
    machine.disk.crash();
    machine.head = undefined;
    if (machine.isRestartWanted) this.startHead(machine);
  }
}
