import type { Machine } from '../machine.ts';
import type { World } from '../world.ts';

/** What became of one group. Times are from the moment of the snapshot on. */
export interface HeldGroup {
  readonly group: string;
  /** The node on which everything of it ran at the beginning, and at the end; undefined: on none, or on both. */
  readonly ownerBefore: string | undefined;
  readonly ownerAfter: string | undefined;
  /** Times in which it ran whole on neither node, since it first did. */
  readonly outages: readonly { readonly fromMs: number; readonly forMs: number; readonly isOver: boolean }[];
  /** Times in which something of it ran on both. */
  readonly bothMs: number;
  /** The newest decision, by node. */
  readonly rules: Readonly<Record<string, string>>;
}

/** Who really runs what, for how long. */
export class Holding {
  readonly #world: World;
  readonly #spans = new Map<string, Span[]>();

  constructor(world: World) {
    this.#world = world;
  }

  begin(): void {
    for (const { name } of this.#world.options.groups) this.#note(name);
  }

  look(_machine: Machine, group: string): void {
    // The machines are put where they are one after the other: nothing is noted before both are there.
    if (this.#spans.has(group)) this.#note(group);
  }

  /** `originMs`: the moment of the snapshot in virtual time. */
  report(originMs: number): readonly HeldGroup[] {
    return this.#world.options.groups.map(({ name }) => this.#reportOf(name, originMs));
  }

  #note(group: string): void {
    const { machines, nowMs } = this.#world;
    const whole: string[] = [];
    const some: string[] = [];
    for (const machine of machines) {
      const owned = machine.config.groups.find(({ name }) => name === group)?.resources ?? [];
      const count = owned.filter(({ side }) => side === 'owner').length;
      const held = machine.held(group).all.length;
      if (held > 0) some.push(machine.name);
      if (held === count && count > 0) whole.push(machine.name);
    }
    const spans = this.#spans.get(group) ?? [];
    const last = spans.at(-1);
    this.#spans.set(group, spans);
    if (last?.fromMs === nowMs && spans.length > 1) spans.pop();
    spans.push({ fromMs: nowMs, whole, isBoth: some.length > 1 });
  }

  #reportOf(group: string, originMs: number): HeldGroup {
    const spans = this.#spans.get(group) ?? [];
    const endMs = this.#world.nowMs;
    const lengths = spans.map((span, index) => (spans[index + 1]?.fromMs ?? endMs) - span.fromMs);
    const [first] = spans;
    const rules = this.#world.machines.flatMap((machine) => {
      const because = machine.head?.engine.state.groups.find(({ config }) => config.name === group)?.because.rule;
      return because === undefined ? [] : [[machine.name, because] as const];
    });
    return {
      group,
      ownerBefore: ownerOf(first),
      ownerAfter: ownerOf(spans.at(-1)),
      outages: outagesOf(spans, endMs).map((outage) => ({ ...outage, fromMs: outage.fromMs - originMs })),
      bothMs: spans.reduce((sum, { isBoth }, index) => sum + (isBoth ? (lengths[index] ?? 0) : 0), 0),
      rules: Object.fromEntries(rules),
    };
  }
}

interface Span {
  readonly fromMs: number;
  /** Nodes on which the whole group runs. */
  readonly whole: readonly string[];
  readonly isBoth: boolean;
}

function ownerOf(span: Span | undefined): string | undefined {
  return span?.whole.length === 1 ? span.whole[0] : undefined;
}

function outagesOf(spans: readonly Span[], endMs: number): HeldGroup['outages'] {
  const outages: { fromMs: number; forMs: number; isOver: boolean }[] = [];
  let downSinceMs: number | undefined;
  let hasServed = false;
  for (const { fromMs, whole } of spans) {
    if (whole.length > 0) {
      if (downSinceMs !== undefined) outages.push({ fromMs: downSinceMs, forMs: fromMs - downSinceMs, isOver: true });
      downSinceMs = undefined;
      hasServed = true;
    } else if (hasServed) downSinceMs ??= fromMs;
  }
  if (downSinceMs !== undefined) outages.push({ fromMs: downSinceMs, forMs: endMs - downSinceMs, isOver: false });
  return outages;
}
