import { exitCodes, type GroupReport, type StatusReport } from '../../control/controlProtocol.ts';
import type { Snapshot } from '../../control/snapshot/snapshot.ts';
import { predict } from '../../sim/live/prediction.ts';
import type { Command } from '../../sim/live/script.ts';
import { headlineOf } from '../status/headline.ts';
import { exitCodeOf, peerOf, placeOf } from '../status/place.ts';
import { type Leg, legsOf } from './legs.ts';

/** Why no drill may begin now, and what to type. */
export interface Unfit {
  readonly sentence: string;
  readonly next: string;
}

export type Fitness =
  | { readonly legs: readonly (readonly [Leg, Leg])[]; readonly unfit?: undefined }
  | { readonly unfit: Unfit };

/** A drill is for a pair in which everything is well: it must find what people do not, and not make it worse. */
export function fitnessOf(report: StatusReport, snapshot: Snapshot, groups: readonly GroupReport[]): Fitness {
  const sick = sicknessOf(report, groups);
  if (sick !== undefined) return { unfit: sick };
  const { self, peer } = snapshot.state.config;
  const legs = groups.map((group) => legsOf(group.name, ownerOf(group, report) ?? self, self, peer));
  for (const both of legs) {
    const refusal = foreseen(snapshot, both);
    if (refusal !== undefined) return { unfit: refusal };
  }
  return { legs };
}

/** Not well enough: what `hactl status` ends with 3 for, a standby that is not armed, files that differ. */
export function sicknessOf(report: StatusReport, groups: readonly GroupReport[]): Unfit | undefined {
  if (exitCodeOf(report) !== exitCodes.ok) {
    return { sentence: `not everything is well: ${headlineOf(report, []).sentence}`, next: 'hactl status' };
  }
  const peer = peerOf(report);
  for (const { name, armed } of groups) {
    for (const node of [report.node, peer?.name ?? '']) {
      const known = armed[node];
      if (known?.armed === true) continue;
      const why = known?.because.sentence ?? 'it has not said so';
      return { sentence: `${node} is not armed for ${name}: ${why}`, next: `hactl why-not ${node} ${name}` };
    }
    const digest = report.digests?.[name];
    if (digest !== undefined && digest.here !== digest.peer) {
      return { sentence: `the two nodes have different configurations of ${name}`, next: 'hactl config diff' };
    }
  }
  return report.recovery.required
    ? { sentence: 'a copy is older than what has served', next: 'hactl status' }
    : undefined;
}

export function ownerOf(group: GroupReport, report: StatusReport): string | undefined {
  const place = placeOf(group, report);
  return place.kind === 'active' ? place.node : undefined;
}

/** Both ways in the simulator: what would be refused, or end elsewhere, is known before anything moves. */
function foreseen(snapshot: Snapshot, legs: readonly [Leg, Leg]): Unfit | undefined {
  const { self } = snapshot.state.config;
  const wait: Command = { said: 'wait', waitMs: 30_000, words: [] };
  const commands = legs.flatMap(({ verb, group }): readonly Command[] => [
    { said: verb, waitMs: undefined, words: [['type', self, verb, group]] },
    wait,
  ]);
  const { answers, groups, problem } = predict(snapshot, commands);
  const [{ group, from }] = legs;
  const refused = answers.find(({ answer }) => answer.kind === 'refused')?.answer;
  if (refused?.kind === 'refused') {
    return { sentence: `a move of the drill would be refused: ${refused.sentence}`, next: refused.next };
  }
  const owner = groups.find((held) => held.group === group)?.ownerAfter;
  if (problem === undefined && owner === from) return undefined;
  const where = problem ?? `it would end on ${owner ?? 'neither node'}`;
  return { sentence: `${group} would not come back to ${from}: ${where}`, next: `hactl simulate 'takeover ${group}'` };
}
