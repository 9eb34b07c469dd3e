import type { Checks } from './checks.ts';
import { checksFor } from './checks.ts';
import type { Scene } from './faults.ts';
import { accidents } from './faults.ts';
import { expectOneOwner } from './liveness.ts';
import type { Machine } from './machine.ts';
import { mendEverything } from './mend.ts';
import { typeSomething } from './operator.ts';
import type { SimOptions } from './options.ts';
import { Prng } from './prng.ts';
import { drawOptions } from './swarm.ts';
import { Violation } from './violation.ts';
import { World } from './world.ts';

export interface SeedResult {
  readonly seed: number;
  readonly virtualMs: number;
  readonly coverage: Readonly<Record<string, number>>;
  readonly violation: { readonly invariant: string; readonly sentence: string } | undefined;
  /** What accidents and operators did, in order; some of it may have been left out. */
  readonly happenings: readonly string[];
}

/** True for what shall not happen, by its place among the happenings. */
export type LeftOut = (place: number) => boolean;

/** Runs one seed: a pair, accidents and operators, a time without, and one owner in the end. */
export function runSeed(seed: number, onLine?: (line: string) => void, isLeftOut: LeftOut = () => false): SeedResult {
  const plan = new Prng(seed).fork('plan');
  const options = drawOptions(plan.fork('options'));
  onLine?.(`options ${JSON.stringify(options)}`);
  let checks: Checks | undefined;
  const world = new World(seed, options, {
    witness: (made) => {
      checks = checksFor(made);
      return checks;
    },
    ...(onLine === undefined
      ? {}
      : { onLine: (atMs, who, text): void => onLine(`${atMs.toFixed(1).padStart(9)} ${who.padEnd(5)} ${text}`) }),
  });
  const happenings: string[] = [];
  const result = (violation: SeedResult['violation']): SeedResult => ({
    happenings,
    seed,
    virtualMs: Math.round(world.nowMs),
    coverage: world.coverage.counts(),
    violation,
  });
  try {
    if (checks !== undefined) play(world, checks, options, plan, { happenings, isLeftOut });
    return result(undefined);
  } catch (error) {
    if (error instanceof Violation) return result({ invariant: error.invariant, sentence: error.message });
    return result({
      invariant: 'I11',
      sentence: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
}

interface Script {
  readonly happenings: string[];
  readonly isLeftOut: LeftOut;
}

function play(world: World, checks: Checks, options: SimOptions, prng: Prng, script: Script): void {
  const director = new Director(world, checks, prng, script);
  const isLate = prng.chance(15);
  const [first, second] = prng.chance(50) ? world.machines : [world.machines[1], world.machines[0]];
  world.boot(first);
  if (!isLate) world.advance(prng.between(0, prng.chance(50) ? 1_000 : options.initdeadMs));
  if (!isLate) world.boot(second);
  checks.setCalm(true);
  if (prng.chance(30)) oneByOne(world, checks, director, prng);
  else atOnce(world, checks, director, prng);
  const dead = prng.chance(20) ? prng.pick(world.machines) : undefined;
  director.heal(dead);
  // One of three may be gone for good: the two go on without it.
  if (dead === undefined && prng.fork('witness').chance(30)) world.box?.stop();
  expectOneOwner(world, () => director.tendSyncers(), dead);
}

/** Each accident has the pair to itself, and ends before the next: what is promised for it alone can be judged. */
function oneByOne(world: World, checks: Checks, director: Director, prng: Prng): void {
  const { deadMs, initdeadMs } = world.options;
  world.advance(initdeadMs + prng.between(0, 5 * deadMs));
  const rounds = prng.between(3, 6);
  for (let round = 0; round < rounds; round += 1) {
    director.tendSyncers();
    world.advance(prng.between(2 * deadMs, 6 * deadMs));
    director.beginAccident();
    if (checks.promises.isPending) director.awaitPromises();
    director.awaitEnd();
    world.advance(3 * deadMs);
  }
}

/** Accidents overlap, and operators type into them. */
function atOnce(world: World, checks: Checks, director: Director, prng: Prng): void {
  const { deadMs } = world.options;
  const rounds = prng.pick([3, 5, 8, 12]);
  for (let round = 0; round < rounds; round += 1) {
    director.tendSyncers();
    world.advance(prng.between(0, Math.floor(deadMs * (prng.chance(50) ? 1.5 : 5))));
    const count = prng.pick([1, 1, 1, 2, 2, 3]);
    for (let fault = 0; fault < count; fault += 1) {
      if (fault > 0) world.advance(prng.between(0, prng.chance(50) ? 20 : deadMs));
      director.beginAccident();
      const isAwaited = prng.chance(70);
      if (checks.promises.isPending && isAwaited) director.awaitPromises();
    }
    if (prng.chance(40)) director.type();
    if (prng.chance(30)) director.awaitEnd();
  }
}

/** Lets accidents begin and end, and keeps count of those in force. */
class Director {
  readonly #world: World;
  readonly #checks: Checks;
  readonly #prng: Prng;
  readonly #kinds: readonly string[];
  /** How often an accident meets the owner, beyond mere chance. */
  readonly #ownerPercent: number;
  readonly #inForce = new Set<() => void>();
  readonly #script: Script;

  constructor(world: World, checks: Checks, prng: Prng, script: Script) {
    this.#script = script;
    this.#world = world;
    this.#checks = checks;
    this.#prng = prng;
    this.#ownerPercent = prng.pick([0, 50, 90]);
    const drawn = Object.keys(accidents).filter(() => prng.chance(40));
    this.#kinds = drawn.length > 0 ? drawn : Object.keys(accidents);
    world.log('world', () => `accidents drawn from: ${this.#kinds.join(', ')}`);
  }

  beginAccident(): void {
    const prng = this.#next();
    const [firstKind = 'power cut', ...otherKinds] = this.#kinds;
    const kind = prng.pick([firstKind, ...otherKinds]);
    if (!this.#happens(kind)) return;
    const group = this.#anyGroup(prng);
    const owner = this.#world.machines.find((one) => one.held(group).all.length > 0);
    const machine = owner !== undefined && prng.chance(this.#ownerPercent) ? owner : prng.pick(this.#world.machines);
    let isOver = false;
    const scene: Scene = {
      world: this.#world,
      prng,
      machine,
      group,
      later: (ms, run) =>
        this.#world.schedule.after(ms, () => {
          if (!isOver) run();
        }),
      excuseDown: (where, group, resource) => this.#checks.excuseDown(where, group, resource),
    };
    const drawnMs = this.#lengthOf(kind, prng);
    const wasCalm = this.#inForce.size === 0;
    this.#checks.setCalm(false);
    const forMs = wasCalm && this.#isHonest() ? this.#promise(kind, machine, drawnMs) : drawnMs;
    const begun = accidents[kind]?.(scene);
    if (begun === undefined) {
      this.#checks.promises.forget();
      if (wasCalm) this.#checks.setCalm(true);
      return;
    }
    this.#world.coverage.count(`fault ${kind}`);
    const end = (): void => {
      if (!this.#inForce.delete(end)) return;
      isOver = true;
      begun();
      // The end of an accident is one of its own for what was promised for its time.
      if (kind !== 'killed daemon') this.#checks.promises.forget();
      if (this.#inForce.size === 0) this.#checks.setCalm(true);
    };
    this.#inForce.add(end);
    this.#world.schedule.after(forMs, end);
  }

  #lengthOf(kind: string, prng: Prng): number {
    const { deadMs, warnMs, pace } = this.#world.options;
    switch (kind) {
      case 'daemon that is back at deadtime':
        return Math.max(0, deadMs - pace.daemonStartMs[1] + prng.between(-200, 600));
      case 'owner that is back while the claim cannot be written':
        return 2 * deadMs + 6_000;
      case 'owner that cannot stop and falls silent':
        return 12_000 + 3 * deadMs;
      case 'fence that fails':
      case 'fence that hangs':
      case 'fence that lies':
        return prng.between(deadMs, 6 * deadMs) + 20_000;
      case 'machine cut from everybody':
      case 'witness out of reach':
        return prng.between(0, 3 * (this.#world.options.witness?.leaseMs ?? deadMs));
      case 'machine cut from the witness, then from its peer':
        return 4 * (this.#world.options.witness?.leaseMs ?? deadMs);
      case 'takeover typed on both':
        return 3 * deadMs;
      default:
        return prng.pick([
          prng.between(0, warnMs),
          prng.between(warnMs, Math.floor(deadMs * 1.3)),
          prng.between(deadMs, 4 * deadMs),
        ]);
    }
  }

  /** What the product promises for an accident that comes alone. Returns how long the accident lasts then. */
  #promise(kind: string, machine: Machine, forMs: number): number {
    const { deadMs, leaseMs, keepaliveMs, watchdogMs, pace } = this.#world.options;
    const { promises } = this.#checks;
    switch (kind) {
      case 'power cut':
        return Math.max(forMs, promises.expectTakeover(machine, 'loses its power') + 1);
      case 'graceful stop':
        return Math.max(forMs, promises.expectTakeover(machine, 'was asked to stop') + 1);
      case 'cut of the LAN that keeps the carrier':
        return Math.max(forMs, promises.expectHandOver(machine) + 1);
      case 'ping targets that are off':
        promises.expectNoMove(machine, forMs);
        return forMs;
      case 'killed daemon':
        // The peer's patience began with its last fresh beat, up to a beat and its way before.
        if (
          forMs + pace.daemonStartMs[1] + 3 * keepaliveMs <
          Math.min(deadMs, leaseMs, watchdogMs ?? Number.POSITIVE_INFINITY)
        ) {
          promises.expectNoStop(machine, forMs + deadMs);
        }
        return forMs;
      default:
        return forMs;
    }
  }

  type(): void {
    const prng = this.#next();
    if (!this.#happens('an operator types')) return;
    this.#checks.promises.noteTyped();
    typeSomething(this.#world, prng, prng.pick(this.#world.machines), this.#anyGroup(prng));
  }

  /** Somebody switches syncing on where it belongs. */
  tendSyncers(): void {
    for (const { name, hasSyncer } of this.#world.options.groups) {
      if (!hasSyncer || this.#prng.chance(20)) continue;
      const [one, other] = this.#world.machines;
      const isOneOwner = one.held(name).all.length > 0;
      const isOtherOwner = other.held(name).all.length > 0;
      if (isOneOwner === isOtherOwner) continue;
      const standby = isOneOwner ? other : one;
      const activity = standby.head?.engine.state.groups.find(({ config }) => config.name === name)?.activity.kind;
      if (activity === 'idle') this.#world.switchSyncer(standby, name, true);
    }
  }

  /** Leaves one accident alone for a while. */
  awaitPromises(): void {
    for (let step = 0; step < 20 && this.#checks.promises.isPending; step += 1)
      this.#world.advance(this.#world.options.deadMs);
  }

  awaitEnd(): void {
    const { deadMs } = this.#world.options;
    for (let step = 0; step < 8 && this.#inForce.size > 0; step += 1) this.#world.advance(deadMs);
    this.#world.advance(this.#prng.between(0, 2 * deadMs));
  }

  /** Everything is mended, and every machine and daemon is started; but one may be gone for good. */
  heal(dead: Machine | undefined): void {
    for (const end of this.#inForce) end();
    this.#world.log('world', () => 'everything is mended');
    this.#checks.setCalm(false);
    mendEverything(this.#world);
    if (dead === undefined) return this.#checks.setCalm(true);
    this.#world.powerCut(dead);
    dead.isWreck = true;
    this.#checks.setCalm(true);
  }

  /** No script is still told to misbehave. */
  #isHonest(): boolean {
    return this.#world.machines.every(({ misbehaviours, fence }) => misbehaviours.isEmpty && fence.isHonest);
  }

  #anyGroup(prng: Prng): string {
    const [first, ...others] = this.#world.options.groups.map(({ name }) => name);
    return prng.pick([first ?? 'site', ...others]);
  }

  /** A stream of its own for what happens next: what is left out changes nothing that others draw. */
  #next(): Prng {
    return this.#prng.fork(`happening ${this.#script.happenings.length}`);
  }

  #happens(what: string): boolean {
    const place = this.#script.happenings.push(what) - 1;
    return !this.#script.isLeftOut(place);
  }
}
