import type { AnswerToOperator } from '../../core/answer.ts';
import type { NodeConfig } from '../../core/nodeConfig.ts';
import { dryRun } from './dryRun.ts';
import type { LiveMoment } from './peerGroup.ts';
import { type Ordered, predict } from './prediction.ts';
import type { Command } from './script.ts';

/** What is planned: a move that an operator would type here, or the stop of this daemon. */
export type Planned =
  | {
      readonly kind: 'takeover' | 'release';
      /** Empty: as the daemon takes it. */
      readonly groups: readonly string[];
      readonly isForced: boolean;
    }
  | { readonly kind: 'stop' };

export interface Plan {
  /** What the daemon would answer to `--dry-run`; of a stop, that it is accepted. */
  readonly answer: AnswerToOperator;
  /** In the order in which they would begin; groups go side by side. */
  readonly steps: readonly Ordered[];
  /** Of all steps of the slowest group, one after the other, each as long as it may take. */
  readonly boundMs: number;
  readonly groups: readonly PlannedGroup[];
  readonly assumptions: readonly string[];
  /** Why it cannot be said. */
  readonly problem: string | undefined;
}

export interface PlannedGroup {
  readonly group: string;
  readonly ownerBefore: string | undefined;
  readonly ownerAfter: string | undefined;
}

/** Long enough for every step of a pretended move, and for a claim that waits for its echo. */
const playMs = 30_000;

/** The steps that the shipped core would take on both nodes, with the bounds of each. Touches nothing. */
export function planOf(live: LiveMoment, planned: Planned): Plan {
  const { self } = live.state.config;
  const reason = '';
  const answer: AnswerToOperator =
    planned.kind === 'stop'
      ? { kind: 'accepted', sentence: `stopping twinbeatd on ${self}` }
      : dryRun(live, { ...planned, reason, isDryRun: true });
  if (answer.kind === 'refused') {
    return { answer, steps: [], boundMs: 0, groups: [], assumptions: [], problem: undefined };
  }
  const { jobs, groups, assumptions, problem } = predict(live, commandsOf(planned, self));
  const moved = groups.map(({ group, ownerBefore, ownerAfter }) => ({ group, ownerBefore, ownerAfter }));
  return { answer, steps: jobs, boundMs: boundOf(jobs), groups: moved, assumptions, problem };
}

function commandsOf(planned: Planned, self: NodeConfig['self']): readonly Command[] {
  const wait: Command = { said: 'wait', waitMs: playMs, words: [] };
  if (planned.kind === 'stop') return [{ said: 'stop', waitMs: undefined, words: [['stop', self]] }, wait];
  const { kind, groups, isForced } = planned;
  const words = ['type', self, kind, ...groups, ...(isForced ? ['--force'] : [])];
  return [{ said: kind, waitMs: undefined, words: [words] }, wait];
}

function boundOf(steps: readonly Ordered[]): number {
  const byGroup = new Map<string, number>();
  for (const { group, boundMs } of steps) byGroup.set(group, (byGroup.get(group) ?? 0) + boundMs);
  return Math.max(0, ...byGroup.values());
}
