import type { End, Packet } from '../cable.ts';
import type { Checks } from '../checks.ts';
import { checksFor } from '../checks.ts';
import type { Machine } from '../machine.ts';
import type { SimOptions } from '../options.ts';
import type { DueEffect } from '../surroundings.ts';
import { World } from '../world.ts';
import type { Deviation, Fate, Place } from './deviations.ts';

/** Between these times of a run every place counts. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * A pretended pair in which nothing is left to chance: the same at every run but for the deviations that it was
 * given. What a deviation breaks is mended after a while by itself.
 */
export class SteeredWorld extends World {
  /** The places that this run came by. */
  readonly places: Place[] = [];
  readonly #window: Window;
  readonly #fates: ReadonlyMap<number, Fate>;
  readonly #onPlace: (world: SteeredWorld) => void;
  /** A beat goes out on every channel, and has one fate. */
  readonly #fatesOfBeats = new Map<string, Fate | undefined>();
  readonly #checks: Checks;
  #busyUntilMs = 0;
  #lastEffect: { readonly machine: Machine; readonly atMs: number; readonly isSend: boolean } | undefined;

  constructor(
    options: SimOptions,
    window: Window,
    deviations: readonly Deviation[],
    onPlace: (world: SteeredWorld) => void,
    onLine?: (atMs: number, who: string, text: string) => void,
  ) {
    let checks: Checks | undefined;
    super(1, options, {
      witness: (world) => {
        checks = checksFor(world);
        return checks;
      },
      ...(onLine === undefined ? {} : { onLine }),
    });
    if (checks === undefined) throw new TypeError('a world makes its witness at once');
    this.#checks = checks;
    this.#window = window;
    this.#fates = new Map(deviations.map(({ place, fate }) => [place, fate]));
    this.#onPlace = onPlace;
  }

  /** Until when something is broken by a deviation. */
  get busyUntilMs(): number {
    return this.#busyUntilMs;
  }

  calm(): void {
    this.#checks.setCalm(true);
  }

  override arrive(from: End, channel: number, packet: Packet): void {
    const { incarnation, sequence } = packet.beat;
    const key = `${incarnation}/${sequence}`;
    if (!this.#fatesOfBeats.has(key)) {
      const fate = this.#fateAt({ kind: 'beat' });
      this.#fatesOfBeats.set(key, fate);
      if (fate !== undefined) this.#befall(fate, this.machines[from === 0 ? 1 : 0]);
    }
    const fate = this.#fatesOfBeats.get(key);
    const { deadMs } = this.options;
    if (fate === 'the beat comes late' || fate === 'the beat comes again later') {
      this.schedule.after(1.5 * deadMs, () => super.arrive(from, channel, packet));
    }
    if (fate !== 'the beat is lost' && fate !== 'the beat comes late') super.arrive(from, channel, packet);
  }

  override effectDue(machine: Machine, effect: DueEffect): void {
    if (effect.kind === 'other') return;
    const last = this.#lastEffect;
    const isSend = effect.kind === 'send';
    this.#lastEffect = { machine, atMs: this.nowMs, isSend };
    // A crash before a mere beat is one lost beat and a crash; between other effects and the beat that tells of them, not.
    const isAlone = last?.machine !== machine || last.atMs !== this.nowMs || last.isSend;
    if (isSend && isAlone) return;
    const isJob = effect.kind === 'job';
    const fate = this.#fateAt({
      kind: 'effect',
      isJob,
      isSave: effect.kind === 'save',
      isWriting: machine.disk.isWriting,
    });
    if (fate === undefined) return;
    if (isJob && (fate === 'the script fails' || fate === 'the script hangs')) {
      const { group, resource, action, timeoutMs } = effect.spec;
      this.#breakFor(2 * timeoutMs);
      this.#checks.excuseDown(machine, group, resource);
      this.misbehave(machine, { group, resource, action }, fate === 'the script fails' ? 'fails' : 'hangs', 1);
    } else {
      this.#befall(fate, machine);
    }
  }

  #fateAt(place: Place): Fate | undefined {
    if (this.nowMs < this.#window.fromMs || this.nowMs >= this.#window.toMs) return undefined;
    this.#onPlace(this);
    this.places.push(place);
    const fate = this.#fates.get(this.places.length - 1);
    if (fate !== undefined) this.log('world', () => fate);
    return fate;
  }

  #breakFor(ms: number): void {
    this.#checks.setCalm(false);
    this.#busyUntilMs = Math.max(this.#busyUntilMs, this.nowMs + ms);
  }

  #befall(fate: Fate, machine: Machine): void {
    const { deadMs, warnMs } = this.options;
    const [shortMs, longMs] = [1.2 * warnMs, 1.5 * deadMs];
    switch (fate) {
      case 'the beat is lost':
      case 'the beat comes late':
      case 'the beat comes again later':
        this.#breakFor(longMs);
        return;
      case 'silence from its sender':
        this.#silence(this.peerOf(machine).index, longMs);
        return;
      case 'silence of both':
        this.#silence('both', longMs);
        return;
      case 'its receiver stands still shortly':
        this.#stall(machine, shortMs);
        return;
      case 'its receiver stands still for long':
        this.#stall(machine, longMs);
        return;
      case 'the machine of its receiver stands still for long':
        this.#breakFor(longMs);
        this.freezeMachine(machine);
        this.schedule.after(longMs, () => this.thawMachine(machine));
        return;
      case 'a takeover is typed at its receiver':
        this.#breakFor(longMs);
        this.#checks.promises.noteTyped();
        this.type(machine, { kind: 'takeover', groups: [], isForced: false, reason: '', isDryRun: false });
        return;
      case 'the daemon crashes and is back at once':
        this.#crash(machine, 'daemon', 0, true);
        return;
      case 'the daemon crashes and is back late':
        this.#crash(machine, 'daemon', longMs, true);
        return;
      case 'a power cut, and back soon':
        this.#crash(machine, 'power', 0.3 * deadMs, true);
        return;
      case 'a power cut, and back late':
        this.#crash(machine, 'power', longMs, true);
        return;
      case 'the daemon crashes, loses its write and is back at once':
        this.#crash(machine, 'daemon', 0, false);
        return;
      case 'a power cut that loses the write, and back soon':
        this.#crash(machine, 'power', 0.3 * deadMs, false);
        return;
      case 'the disk refuses':
        this.#breakFor(longMs);
        machine.disk.isFailing = true;
        this.schedule.after(longMs, () => void (machine.disk.isFailing = false));
        return;
      case 'the script fails':
      case 'the script hangs':
        throw new TypeError(`${fate}: only where a job begins`);
    }
  }

  #silence(from: End | 'both', forMs: number): void {
    this.#breakFor(forMs);
    for (const cable of this.cables) this.cut(cable, from);
    this.schedule.after(forMs, () => this.cables.forEach((cable) => this.mend(cable)));
  }

  #stall(machine: Machine, forMs: number): void {
    this.#breakFor(forMs);
    this.freezeHead(machine);
    this.schedule.after(forMs, () => this.thawHead(machine));
  }

  /** Between two effects: the one that is due does not happen. */
  #crash(machine: Machine, what: 'daemon' | 'power', backAfterMs: number, keepsWrite: boolean): void {
    this.#breakFor(backAfterMs + this.options.deadMs);
    machine.disk.keepsTornWrite = keepsWrite;
    machine.head?.crashAfter(0, what === 'power');
    this.schedule.after(backAfterMs + 1, () => {
      this.boot(machine);
      this.startHead(machine);
    });
  }
}
