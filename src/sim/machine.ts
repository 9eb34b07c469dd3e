import type { NodeConfig } from '../core/nodeConfig.ts';
import type { End } from './cable.ts';
import { Copy } from './copies.ts';
import { Disk } from './disk.ts';
import { FenceDevice } from './fenceDevice.ts';
import type { Hands } from './hands.ts';
import type { Head } from './head.ts';
import { Kernel } from './kernel.ts';
import { Misbehaviours } from './misbehaviour.ts';
import { nodeConfigOf } from './options.ts';
import type { Surroundings } from './surroundings.ts';
import { WatchdogDevice } from './watchdogDevice.ts';

/** One machine of the pair: what is on its disk, in its kernel and running, and the daemon and the runner on it. */
export class Machine {
  readonly name: string;
  readonly index: End;
  mac: string;
  /** What its files say; the daemon that runs may have read others. */
  config: NodeConfig;
  /** What they said at first, and say when everything is mended. */
  readonly firstConfig: NodeConfig;
  readonly disk: Disk;
  readonly kernel: Kernel;
  readonly misbehaviours = new Misbehaviours();
  readonly fence: FenceDevice;
  readonly copies: ReadonlyMap<string, Copy>;
  /** Resources whose status says `stopped` although they run. */
  readonly liars = new Set<string>();
  /** Resources whose last status said `stopped` although they run; the next one may say the truth. */
  readonly #denied = new Set<string>();
  head: Head | undefined;
  /** Of the last daemon, whether it still runs or not. */
  headStartedAtMs = 0;
  hands: Hands | undefined;
  isOn = false;
  isFrozen = false;
  hasCarrier = true;
  readonly watchdog: WatchdogDevice;
  /** Its port of the switch lets nothing through: the carrier stays. */
  isLanBlocked = false;
  /** It will never run again. */
  isWreck = false;
  bootId = '';
  bootedAtMs = 0;
  bootCount = 0;
  wallJumpMs = 0;
  /** The next word that a connection was refused may come then. */
  refusedUntilMs = 0;
  /** The daemon is being started. */
  isStarting = false;
  /** The daemon is started again when it has ended. */
  isRestartWanted = false;
  /** The next daemon is started by hand as an observer. */
  isObserver = false;
  /** The highest version of the beat that the installed build speaks. */
  beatVersionMax: number;
  /** Until when its daemon or its runner last stood still. */
  impairedUntilMs = 0;
  readonly #running = new Set<string>();
  readonly #around: Surroundings;

  constructor(index: End, around: Surroundings) {
    this.index = index;
    this.mac = `02:00:00:00:00:0${index + 1}`;
    this.firstConfig = nodeConfigOf(around.options, index);
    this.config = this.firstConfig;
    this.name = this.config.self;
    this.beatVersionMax = around.options.beatVersions[index];
    this.disk = new Disk(around);
    this.fence = new FenceDevice(this, around);
    this.copies = new Map(this.config.groups.map(({ name }) => [name, new Copy()]));
    this.#around = around;
    this.watchdog = new WatchdogDevice(around.schedule, () => around.resetByWatchdog(this));
    this.kernel = new Kernel(around, (key, what, isLapse) => {
      const [group = '', address = ''] = key.split('/');
      around.log(this.name, () => `${key} ${what}`);
      if (isLapse) around.witnessed.lapsed(this, group, address);
      around.witnessed.truthChanged(this, group);
    });
  }

  /** CLOCK_MONOTONIC of the machine: its origin says nothing about the other's. */
  monotonicMs(): number {
    return this.#around.schedule.nowMs - this.bootedAtMs + 5_000;
  }

  wallMs(): number {
    return 1_800_000_000_000 + this.#around.schedule.nowMs + this.wallJumpMs;
  }

  /** Whether it really runs, whatever its status says. */
  runs(group: string, resource: string): boolean {
    const key = `${group}/${resource}`;
    return this.#running.has(key) || this.kernel.holds(key);
  }

  setRunning(group: string, resource: string, isRunning: boolean): void {
    const key = `${group}/${resource}`;
    this.liars.delete(key);
    this.#denied.delete(key);
    if (this.#running.has(key) === isRunning) return;
    if (isRunning) this.#running.add(key);
    else this.#running.delete(key);
    this.#around.witnessed.truthChanged(this, group);
  }

  /** Resources of the owner's side that really run; `honest` leaves out those whose status denies it. */
  held(group: string): { readonly all: readonly string[]; readonly honest: readonly string[] } {
    const resources = this.config.groups.find(({ name }) => name === group)?.resources ?? [];
    const all = resources
      .filter(({ name, side }) => side === 'owner' && this.runs(group, name))
      .map(({ name }) => name);
    return { all, honest: all.filter((name) => !this.#isDenied(`${group}/${name}`)) };
  }

  /** What runs although its status denies it, as group/resource. */
  get denied(): ReadonlySet<string> {
    return new Set([...this.liars, ...this.#denied]);
  }

  /** What the status of a resource just said of it. */
  noteStatus(group: string, resource: string, saysRunning: boolean): void {
    const key = `${group}/${resource}`;
    if (saysRunning || !this.runs(group, resource)) this.#denied.delete(key);
    else this.#denied.add(key);
    this.#around.witnessed.truthChanged(this, group);
  }

  /** The resource that writes the data of a group: the first script of the owner's side. */
  dataResource(group: string): string | undefined {
    const resources = this.config.groups.find(({ name }) => name === group)?.resources ?? [];
    return resources.find(({ kind, side }) => kind === 'script' && side === 'owner')?.name;
  }

  /** Nothing can be decided here, or nothing be done. */
  get isImpaired(): boolean {
    const isHeadUp = this.head?.isUp === true && !this.head.process.isFrozen;
    const areHandsUp = this.hands?.process.isAlive === true && !this.hands.process.isFrozen;
    return !isHeadUp || !areHandsUp || this.head?.runner.isConnected !== true;
  }

  copyOf(group: string): Copy {
    const copy = this.copies.get(group);
    if (copy === undefined) throw new RangeError(`there is no group ${group}`);
    return copy;
  }

  /** Everything in memory is gone. */
  losePower(): void {
    this.isOn = false;
    this.isFrozen = false;
    this.isRestartWanted = false;
    this.isStarting = false;
    const groups = this.config.groups.map(({ name }) => name);
    this.#running.clear();
    this.liars.clear();
    this.#denied.clear();
    this.misbehaviours.clear();
    this.kernel.clear();
    this.watchdog.disarm();
    for (const group of groups) this.#around.witnessed.truthChanged(this, group);
  }

  #isDenied(key: string): boolean {
    return this.liars.has(key) || this.#denied.has(key);
  }
}
