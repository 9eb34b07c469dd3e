import { expectOneOwner } from '../liveness.ts';
import type { SimOptions } from '../options.ts';
import { plainOptions } from '../options.ts';
import { Violation } from '../violation.ts';
import type { Deviation, Place } from './deviations.ts';
import { fatesAt } from './deviations.ts';
import type { StateCount } from './stateCount.ts';
import type { Window } from './steeredWorld.ts';
import { SteeredWorld } from './steeredWorld.ts';

/** From where the pair is explored: both machines boot, or node1 has owned the group for a while. */
export const beginnings = ['boot', 'steady'] as const;
export type Beginning = (typeof beginnings)[number];

export interface Exploration {
  readonly beginning: Beginning;
  /** Length of the window in which something may happen. */
  readonly windowMs: number;
  /** So many deviations in one run at the most. */
  readonly depth: number;
}

export interface Explored {
  readonly runs: number;
  readonly violations: readonly Broken[];
}

export interface Broken {
  readonly beginning: Beginning;
  readonly windowMs: number;
  readonly deviations: readonly Deviation[];
  readonly sentence: string;
}

/** Two media, one group with an address; beats far apart, so that few of them lead far. */
export const pair: SimOptions = {
  ...plainOptions,
  keepaliveMs: 500,
  warnMs: 1_250,
  deadMs: 2_000,
  initdeadMs: 4_000,
  cables: plainOptions.cables.filter(({ medium }) => medium !== 'serial'),
};

/**
 * Runs every way in which up to `depth` things can go otherwise within the window, below the deviations that are
 * given. After each run one node must own the group, and no promise may have been broken on the way.
 */
export function explore(exploration: Exploration, given: readonly Deviation[], states: StateCount): Explored {
  const { beginning, windowMs, depth } = exploration;
  const { places, sentence } = play(exploration, given, states);
  if (sentence !== undefined) return { runs: 1, violations: [{ beginning, windowMs, deviations: given, sentence }] };
  let runs = 1;
  const violations: Broken[] = [];
  for (const next of given.length < depth ? deviationsAfter(given, places) : []) {
    const below = explore(exploration, [...given, next], states);
    runs += below.runs;
    violations.push(...below.violations);
  }
  return { runs, violations };
}

/** One run: what it came by, and what was broken. */
export function play(
  { beginning, windowMs }: Exploration,
  deviations: readonly Deviation[],
  states: StateCount,
  onLine?: (atMs: number, who: string, text: string) => void,
): { readonly places: readonly Place[]; readonly sentence: string | undefined } {
  const fromMs = beginning === 'boot' ? 0 : 3_000;
  const window: Window = { fromMs, toMs: fromMs + windowMs };
  const world = new SteeredWorld(pair, window, deviations, (at) => states.note(at), onLine);
  try {
    world.boot(world.machines[0]);
    world.schedule.after(37, () => world.boot(world.machines[1]));
    world.advance(window.toMs);
    while (world.nowMs < world.busyUntilMs) world.advance(world.busyUntilMs - world.nowMs);
    world.calm();
    expectOneOwner(world, () => undefined, undefined);
    return { places: world.places, sentence: undefined };
  } catch (error) {
    if (error instanceof Violation) return { places: world.places, sentence: error.message };
    throw error;
  }
}

/** What can go otherwise at the places behind the last deviation. */
export function deviationsAfter(given: readonly Deviation[], places: readonly Place[]): readonly Deviation[] {
  const first = (given.at(-1)?.place ?? -1) + 1;
  return places.slice(first).flatMap((place, index) => fatesAt(place).map((fate) => ({ place: first + index, fate })));
}
