import type { Command } from 'commander';
import { exitCodes } from '../../control/controlProtocol.ts';
import { type Plan, type Planned, planOf } from '../../sim/live/plan.ts';
import { type Call, finish } from '../daemon.ts';
import { namedGroups } from '../live/namedGroups.ts';
import { readSnapshot } from '../live/readSnapshot.ts';
import { clean, jsonLine } from '../text/clean.ts';
import { wrap } from '../text/layout.ts';
import { type Paint, paintFor } from '../text/paint.ts';
import { duration } from '../text/time.ts';

export interface PlanOptions {
  readonly force?: boolean;
  readonly snapshot?: string;
}

/** `hactl plan takeover site`: the steps that it would take, in order, each with its bound; or the refusal. */
export async function plan(call: Call, planned: Planned, options: PlanOptions): Promise<number> {
  const read = await readSnapshot(call, options.snapshot);
  if (read.snapshot === undefined) return read.exitCode;
  const { snapshot } = read;
  for (const name of planned.kind === 'stop' ? [] : planned.groups) {
    const named = await namedGroups(call, snapshot.state, name);
    if (typeof named === 'number') return named;
  }
  const made = planOf(snapshot, planned);
  const { io, isJson } = call;
  const { answer, problem } = made;
  if (isJson) await io.out(jsonLine({ node: snapshot.state.config.self, at: snapshot.at, planned, ...made }));
  else if (answer.kind === 'accepted') await io.out(planText(made, io.width(), paintFor(io.hasColours)));
  if (answer.kind === 'refused') {
    const { sentence, next } = answer;
    const line = { type: 'refused', sentence, next, exitCode: exitCodes.refused } as const;
    return isJson ? line.exitCode : finish(call, { kind: 'answered', line });
  }
  if (problem === undefined) return exitCodes.ok;
  const line = { type: 'failed', sentence: problem, next: 'hactl version', exitCode: exitCodes.failed } as const;
  return isJson ? line.exitCode : finish(call, { kind: 'answered', line });
}

/** What may be planned, and which options and groups go with it. */
export function plannedOf(what: string, groups: readonly string[], { force }: PlanOptions, command: Command): Planned {
  if (what === 'takeover' || what === 'release') return { kind: what, groups, isForced: force === true };
  if (groups.length > 0) command.error('error: a stop is of all groups: name none', { exitCode: 2 });
  return { kind: 'stop' };
}

function planText({ answer, steps, boundMs, groups, assumptions }: Plan, width: number, paint: Paint): string {
  const lines = (text: string, indent: string): readonly string[] =>
    wrap(clean(text), width - indent.length).map((line) => `${indent}${line}`);
  const each = steps.flatMap(({ node, action, resource, group, boundMs: stepMs }, index) =>
    lines(`${index + 1}. ${node}: ${action} ${resource} of ${group}, at most ${duration(stepMs)}`, '  '),
  );
  const ends = groups.flatMap(({ group, ownerBefore, ownerAfter }) => {
    const before = ownerBefore ?? 'nobody';
    const after = ownerAfter ?? 'nobody';
    const move = before === after ? `stays with ${after}` : `goes from ${before} to ${after}`;
    return lines(`${group} ${move}`, '  ');
  });
  return [
    paint('title', clean(answer.sentence)),
    ...(each.length === 0 ? ['  nothing is to be stopped or started'] : each),
    ...lines(
      `together at most ${duration(boundMs)}; a stop that fails is tried three times, then all stands still`,
      '  ',
    ),
    paint('title', 'IN THE END'),
    ...ends,
    paint('title', 'TAKEN FOR GRANTED'),
    ...assumptions.flatMap((one) => lines(one, '  ')),
  ].join('\n');
}
