import { armedReason } from '../core/armed.ts';
import { isFlapping } from '../core/flapping.ts';
import { isInMaintenance } from '../core/groups.ts';
import { channelView } from '../core/media.ts';
import { pingView } from '../core/pings.ts';
import { silentMs } from '../core/slowLine.ts';
import type { GroupState, NodeState } from '../core/state.ts';
import { regrantMs } from '../core/witnessWords.ts';
import type { Machine } from './machine.ts';
import type { GroupOptions, WitnessOptions } from './options.ts';
import type { Truth } from './truth.ts';
import type { World } from './world.ts';

/** Something that must, or must not, have happened after a time in which no other accident came. */
interface Promised {
  isOff: boolean;
}

/** What is promised for one accident that comes alone: I4, I5 and I10. */
export class Promises {
  readonly #world: World;
  readonly #truth: Truth;
  readonly #open = new Set<Promised>();
  #calmSinceMs = Number.POSITIVE_INFINITY;
  #typedAtMs = Number.NEGATIVE_INFINITY;
  /** Something happened to this machine by which what it served must not stop. */
  #steady:
    | { readonly machine: Machine; readonly promised: Promised; readonly invariant: string; readonly why: string }
    | undefined;

  constructor(world: World, truth: Truth) {
    this.#world = world;
    this.#truth = truth;
  }

  get isPending(): boolean {
    return this.#open.size > 0;
  }

  /** Another accident, or an operator: nothing is promised for both together. */
  forget(): void {
    for (const promised of this.#open) promised.isOff = true;
    this.#open.clear();
    this.#steady = undefined;
  }

  setCalm(isCalm: boolean): void {
    this.#calmSinceMs = isCalm ? this.#world.nowMs : Number.POSITIVE_INFINITY;
  }

  noteTyped(): void {
    this.#typedAtMs = this.#world.nowMs;
    this.forget();
  }

  /** I10: the daemon is back before anybody can have taken over. */
  expectNoStop(machine: Machine, forMs: number): void {
    this.#expectSteady(machine, forMs, 'I10', 'whose daemon was only restarted');
  }

  /** I5: a ping target that is off for both says nothing about either. */
  expectNoMove(machine: Machine, forMs: number): void {
    this.#expectSteady(machine, forMs, 'I5', 'and only ping targets are off, for both');
  }

  #expectSteady(machine: Machine, forMs: number, invariant: string, why: string): void {
    if (this.#world.options.groups.some((group) => this.#mayFailBack(machine, group))) return;
    const roles = this.#world.options.groups.map(({ name }) => machine.head?.roleBefore(name));
    if (!roles.every((role) => role === 'active' || role === 'standby' || role === 'released')) return;
    const promised = this.#promise(forMs, () => {
      this.#world.coverage.count(invariant === 'I10' ? 'seen I10 kept' : 'seen dead ping target kept');
      this.#steady = undefined;
    });
    this.#steady = { machine, promised, invariant, why };
  }

  /**
   * I4: looked at before the owner goes. Who is armed then is active within deadtime and its start; after a gentle
   * stop it does not wait for deadtime. Returns when that is; 0 where nothing is promised.
   */
  expectTakeover(machine: Machine, how: 'loses its power' | 'was asked to stop'): number {
    const peer = this.#world.peerOf(machine);
    const { options } = this.#world;
    const state = peer.head?.engine.state;
    if (state === undefined || machine.head === undefined || options.pace.lossPercent > 0 || !peer.hasCarrier) return 0;
    const isGentle = how === 'was asked to stop';
    const { witness, fence } = options;
    // Only a person can tell that the owner is off.
    if (!isGentle && (fence?.isPerson === true || state.fence.kind === 'lied')) return 0;
    // While somebody works on one group no machine is fenced, for none.
    if (!isGentle && fence !== undefined && state.groups.some(isInMaintenance)) return 0;
    const isMedia = usableMedia(state, peer.monotonicMs()).size > 1 || options.isSingleChannelAllowed;
    const isSilenceEnough = isMedia && options.mode === 'auto' && !isBlind(state);
    const isFenced = fence !== undefined && options.mode === 'auto' && !isBlind(state);
    const isEnough = isFenced || (witness === undefined ? isSilenceEnough : this.#isWitnessThere(peer));
    if (!isGentle && (options.isStrict || !isEnough)) return 0;
    const slowestMs = Math.max(
      options.deadMs,
      ...machine.config.channels.map((channel) => silentMs(channel, machine.config)),
    );
    const waitMs = witness === undefined ? slowestMs : Math.max(slowestMs, this.#leaseWaitMs(witness));
    const fenceMs = fence === undefined ? 0 : fence.delayMs + fence.takesMs[1] + 1_000;
    // A watchdog that the owner has announced has its time, too.
    const resetMs = 2 * state.peer.selfFenceMs + this.#beatMs(machine);
    const inMs = (isGentle ? 0 : Math.max(waitMs + fenceMs, resetMs)) + this.#moveMs();
    const promised = state.groups.filter((group) => this.#isPromised(machine, peer, group));
    for (const { config } of promised) {
      this.#promise(inMs, () => {
        const group = peer.head?.engine.state.groups.find((one) => one.config.name === config.name);
        // A rewriting sync was half-way just then.
        if (group?.durable.isCopyWithdrawn === true) return;
        // It had the group, and the owner is back since for longer than the settle time.
        if (machine.isOn && this.#hasFailedBack(machine, config.name)) return;
        if (group?.activity.kind === 'active')
          this.#world.coverage.count(isGentle ? 'seen hand-over kept' : 'seen I4 kept');
        else
          this.#world.fail(
            'I4',
            `${peer.name} was armed for ${config.name} when ${machine.name} ${how}, and is ${group?.activity.kind ?? 'gone'}`,
          );
      });
    }
    return promised.length > 0 ? inMs : 0;
  }

  /** The owner no longer reaches its LAN, and the peer does: it is told on another channel, and takes over. */
  expectHandOver(machine: Machine): number {
    const peer = this.#world.peerOf(machine);
    const { options } = this.#world;
    const { ping } = machine.config.guards;
    const mine = machine.head?.engine.state;
    const theirs = peer.head?.engine.state;
    if (ping === undefined || mine === undefined || theirs === undefined || options.pace.lossPercent > 0) return 0;
    const hasOtherWay = [...usableMedia(mine, machine.monotonicMs())].some((medium) => medium !== 'lan');
    const isSeen = pingView(mine) === 'up' && pingView(theirs) === 'up' && (mine.peer.pingsAnswering ?? 0) > 0;
    if (!hasOtherWay || !isSeen) return 0;
    const inMs = 6 * ping.intervalMs + 2 * ping.timeoutMs + options.warnMs + this.#beatMs(machine) + this.#moveMs();
    const promised = theirs.groups.filter((group) => {
      const owned = mine.groups.find(({ config }) => config.name === group.config.name);
      const isCopied = group.config.dataClass === 'copied';
      const canCopy = options.cables.some(({ medium }) => medium === 'cross');
      return (
        this.#isPromised(machine, peer, group) && owned !== undefined && !isFlapping(owned) && (!isCopied || canCopy)
      );
    });
    for (const { config } of promised) {
      this.#promise(inMs, () => {
        const group = peer.head?.engine.state.groups.find((one) => one.config.name === config.name);
        if (group?.durable.isCopyWithdrawn === true) return;
        if (group?.activity.kind === 'active') this.#world.coverage.count('seen hand-over by ping kept');
        else
          this.#world.fail(
            'I4',
            `${machine.name} cannot reach the LAN, ${peer.name} can and was armed for ${config.name}, and is ${group?.activity.kind ?? 'gone'}`,
          );
      });
    }
    return promised.length > 0 ? inMs : 0;
  }

  /** Beats come so late at the most: a slow line tells of its groups in turn, and may be the only one left. */
  #beatMs({ config }: Machine): number {
    return 3 * config.groups.length * Math.max(...config.channels.map(({ beatMs }) => beatMs));
  }

  /** Everything that a move takes, at its slowest: stops, the last sync, starts, writes, and what the timers add. */
  #moveMs(): number {
    const { startMs, stopMs, statusMs, syncMs, diskMs } = this.#world.options.pace;
    const jobsMs = 4 * (startMs[1] + statusMs[1]) + 4 * (stopMs[1] + statusMs[1]) + syncMs[1];
    return jobsMs + 8 * diskMs[1] + 1_500;
  }

  /** It is up, has been for a lease, and is in reach of who would take over. */
  #isWitnessThere(peer: Machine): boolean {
    const { box, options, nowMs } = this.#world;
    if (box === undefined || options.witness === undefined || !box.isOn || !box.reaches(peer)) return false;
    return nowMs - box.startedAtMs > 2 * options.witness.leaseMs && box.isFine;
  }

  /** The lease runs out, as the slowest clock counts it, and a request or two are lost on the way. */
  #leaseWaitMs({ leaseMs, renewMs, timeoutMs }: WitnessOptions): number {
    return 1.002 * regrantMs(leaseMs) + 3 * renewMs + 4 * timeoutMs;
  }

  #isPromised(machine: Machine, peer: Machine, group: GroupState): boolean {
    const { name, dataClass, maxLagMs } = group.config;
    const state = peer.head?.engine.state;
    const isOwner = machine.held(name).honest.length > 0 && peer.held(name).all.length === 0;
    const isReady = group.activity.kind === 'idle' && machine.head?.roleBefore(name) === 'active';
    if (state === undefined || !isOwner || !isReady || isFlapping(group) || peer.watchdog.isBusy) return false;
    // What is in maintenance is left running where it is.
    const theirs = machine.head?.engine.state.groups.find(({ config }) => config.name === name);
    if (isInMaintenance(group) || theirs === undefined || isInMaintenance(theirs)) return false;
    // A copy may come to lag behind just then.
    if (dataClass === 'copied' && maxLagMs < 600_000) return false;
    return armedReason(state, group, peer.monotonicMs(), peer.wallMs()) === 'armed';
  }

  /** Nobody is fenced that everybody hears. */
  fenced(machine: Machine): void {
    const { nowMs, options } = this.#world;
    const calmMs = nowMs - this.#calmSinceMs;
    const isTyped = nowMs - this.#typedAtMs < 40_000;
    this.forget();
    if (this.#world.hasScriptFaults || isTyped || options.pace.lossPercent > 0 || !machine.isOn) return;
    if (calmMs > 4 * options.deadMs + 40_000) {
      this.#world.fail('I5', `${machine.name} is fenced for no reason: no accident for ${Math.round(calmMs)} ms`);
    }
  }

  /** Something stopped running altogether. */
  stopped(machine: Machine, group: string): void {
    const { nowMs, options } = this.#world;
    if (this.#steady?.machine === machine && !this.#steady.promised.isOff) {
      this.#world.fail(this.#steady.invariant, `${group} was stopped on ${machine.name}, ${this.#steady.why}`);
    }
    const calmMs = nowMs - this.#calmSinceMs;
    const isTyped = nowMs - this.#typedAtMs < 40_000;
    const known = options.groups.find(({ name }) => name === group);
    if (known !== undefined && this.#mayFailBack(machine, known)) return;
    if (this.#world.hasScriptFaults || isTyped || options.pace.lossPercent > 0) return;
    if (calmMs > 4 * options.deadMs + 20_000 && this.#truth.bothSinceMs(group) === undefined) {
      this.#world.fail(
        'I5',
        `${group} was stopped on ${machine.name} for no reason: no accident for ${Math.round(calmMs)} ms`,
      );
    }
  }

  /** I5: only where the config says so, to the preferred node, and only when that has been up for the settle time. */
  failedBack(machine: Machine, group: string): void {
    const { nowMs, options } = this.#world;
    const peer = this.#world.peerOf(machine);
    const known = options.groups.find(({ name }) => name === group);
    // Nobody can know yet that it is gone, or has just come back: the old owner starts again, when it does.
    const lifeSentAtMs = machine.head?.knows.lifeSentAtMs ?? Number.NEGATIVE_INFINITY;
    const isUnheard = peer.head === undefined || lifeSentAtMs < peer.head.startedAtMs;
    if (isUnheard && nowMs - lifeSentAtMs < options.deadMs) return;
    const upMs = peer.head === undefined ? 0 : nowMs - peer.head.startedAtMs;
    if (known !== undefined && this.#mayFailBack(machine, known) && upMs >= (known.failbackAfterMs ?? 0)) {
      this.#world.coverage.count('seen failback');
      return;
    }
    this.#world.fail(
      'I5',
      `${machine.name} gives ${group} back to ${peer.name}, which has been up for ${Math.round(upMs)} ms`,
    );
  }

  #hasFailedBack(machine: Machine, name: string): boolean {
    const options = this.#world.options.groups.find((group) => group.name === name);
    const backMs = this.#world.nowMs - machine.headStartedAtMs;
    return options?.preferred === machine.name && backMs > (options.failbackAfterMs ?? Number.POSITIVE_INFINITY);
  }

  #mayFailBack(machine: Machine, { failbackAfterMs, preferred }: GroupOptions): boolean {
    return failbackAfterMs !== undefined && preferred !== machine.name;
  }

  #promise(inMs: number, keep: () => void): Promised {
    const promised: Promised = { isOff: false };
    this.#open.add(promised);
    this.#world.schedule.after(inMs, () => {
      this.#open.delete(promised);
      if (!promised.isOff) keep();
    });
    return promised;
  }
}

/** A node that does not know whether it reaches the LAN takes nothing over from a silent peer. */
function isBlind(state: NodeState): boolean {
  return state.config.guards.ping !== undefined && pingView(state) !== 'up';
}

/** Media on which both nodes hear each other now. */
function usableMedia(state: NodeState, atMs: number): ReadonlySet<string> {
  return new Set(
    state.config.channels.flatMap(({ medium }, index) => (channelView(state, index, atMs) === 'up' ? [medium] : [])),
  );
}
