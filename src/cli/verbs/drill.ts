import { setTimeout as pause } from 'node:timers/promises';
import { exitCodes, type StatusReport } from '../../control/controlProtocol.ts';
import { askDaemon, type Call, ended, finalLine, finish } from '../daemon.ts';
import { fitnessOf, sicknessOf, type Unfit } from '../drill/fitness.ts';
import { type Leg, type LegResult, runLeg } from '../drill/legs.ts';
import { readSnapshot } from '../live/readSnapshot.ts';
import { readReport } from '../readReport.ts';
import { type Asker, confirm } from '../setup/questions.ts';
import { openTerminal } from '../setup/terminal.ts';
import { clean, jsonLine } from '../text/clean.ts';
import { clock } from '../text/time.ts';

export interface DrillOptions {
  readonly isSure: boolean;
  /** Of each move, and of the pair to be well again after it. */
  readonly timeoutMs: number;
  /** Undefined where there is nobody to ask. */
  openAsker?(): (Asker & { close(): void }) | undefined;
}

/** `hactl drill`: a planned move there and back on the live pair, its outages measured and written to the journal. */
export async function drill(call: Call, names: readonly string[], options: DrillOptions): Promise<number> {
  const { report, outcome } = await readReport(call);
  if (report === undefined) return finish(call, outcome);
  const groups = report.groups.filter(({ name }) => names.length === 0 || names.includes(name));
  const unknown = names.find((name) => !report.groups.some((group) => group.name === name));
  if (unknown !== undefined || groups.length === 0) {
    const known = report.groups.map(({ name }) => name).join(', ');
    return ended(
      call,
      'failed',
      `there is no group ${unknown ?? ''}; there is ${known}`,
      'hactl status',
      exitCodes.usage,
    );
  }
  const read = await readSnapshot(call, undefined);
  if (read.snapshot === undefined) return read.exitCode;
  const fitness = fitnessOf(report, read.snapshot, groups);
  if (fitness.unfit !== undefined) return refused(call, fitness.unfit);
  if (!(await isWanted(fitness.legs, options))) {
    return ended(call, 'failed', 'nothing was moved', 'hactl drill --yes', exitCodes.notConfirmed);
  }
  const results: LegResult[] = [];
  // Nobody shall leave in the middle without a word of where the group is then.
  const waiting = { signal: call.io.interrupted(), timeoutMs: options.timeoutMs };
  for (const leg of fitness.legs.flat()) {
    const result = await move(call, leg, report, waiting);
    results.push(result);
    if (!isDone(result)) return stopped(call, results, result);
    const sick = await untilWell(call, leg.group, waiting);
    if (sick !== undefined) return stopped(call, results, result, sick);
  }
  await note(call, sentenceOf(results));
  if (call.isJson) await call.io.out(jsonLine({ ok: true, moves: results.map(viewOf) }));
  else await call.io.out(clean(sentenceOf(results)));
  return exitCodes.ok;
}

async function isWanted(legs: readonly (readonly Leg[])[], options: DrillOptions): Promise<boolean> {
  if (options.isSure) return true;
  const asker = options.openAsker === undefined ? openTerminal() : options.openAsker();
  if (asker === undefined) return false;
  try {
    for (const [there] of legs) {
      if (there !== undefined)
        await asker.say(clean(`${there.group} goes from ${there.from} to ${there.to}, and back`));
    }
    return await confirm(asker, 'Its clients see two short outages. Begin?', false);
  } finally {
    asker.close();
  }
}

interface Waiting {
  /** Aborted by Ctrl-C, and when nobody reads any more. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

async function move(call: Call, leg: Leg, report: StatusReport, waiting: Waiting): Promise<LegResult> {
  const say = (sentence: string): void | Promise<void> => {
    if (call.isJson) return undefined;
    const now = new Date().toISOString();
    return call.io.out(`${clock(now, now)}  ${clean(sentence)}`);
  };
  await say(`${leg.group}: ${leg.from} -> ${leg.to}, by ${leg.verb} on ${report.node}`);
  return runLeg(call, leg, { ...waiting, self: report.node, onStep: (sentence) => say(`  ${sentence}`) });
}

/** The peer must be armed again before anything goes back to it. */
async function untilWell(call: Call, group: string, { signal, timeoutMs }: Waiting): Promise<Unfit | undefined> {
  const beganMs = performance.now();
  for (;;) {
    if (signal.aborted) return interrupted;
    const { report } = await readReport(call);
    const groups = report?.groups.filter(({ name }) => name === group) ?? [];
    const sick = report === undefined ? unreachable : sicknessOf(report, groups);
    if (sick === undefined || performance.now() - beganMs > timeoutMs) return sick;
    await pause(lookMs);
  }
}

const lookMs = 100;
const interrupted: Unfit = { sentence: 'hactl was told to end', next: 'hactl status' };
const unreachable: Unfit = { sentence: 'the daemon does not answer any more', next: 'hactl status' };

function isDone({ outcome }: LegResult): boolean {
  return outcome.kind === 'answered' && outcome.line.type === 'done';
}

async function stopped(call: Call, results: readonly LegResult[], last: LegResult, sick?: Unfit): Promise<number> {
  const { leg, outcome } = last;
  const { group, from, to } = leg;
  const said = sick?.sentence ?? finalLine(outcome).sentence;
  const where =
    sick === interrupted || outcome.kind === 'stopped'
      ? `${group} was ordered to ${to}, and nothing brings it back`
      : sick !== undefined
        ? `after the move of ${group} to ${to} not everything is well`
        : `the move of ${group} from ${from} to ${to} ${outcome.kind === 'answered' ? 'came to nothing' : 'was ordered and may go on'}`;
  const sentence = `the drill ended early: ${where}${said === '' ? '' : `: ${said}`}`;
  await note(call, sentence);
  if (call.isJson) await call.io.out(jsonLine({ ok: false, moves: results.map(viewOf), sentence }));
  return ended({ ...call, isJson: false }, 'failed', sentence, 'hactl status', exitCodes.failed);
}

/** `drill of site: node1 -> node2 in 0.31 s, node2 -> node1 in 0.29 s`. */
function sentenceOf(results: readonly LegResult[]): string {
  const moves = results.map(({ leg, outageMs }) => {
    const outage = outageMs === undefined ? 'without a measure' : `down for ${(outageMs / 1_000).toFixed(2)} s`;
    return `${leg.group} ${leg.from} -> ${leg.to}, ${outage}`;
  });
  return `drill: ${moves.join('; ')}`;
}

function viewOf({ leg, outcome, outageMs }: LegResult): object {
  return { ...leg, isDone: outcome.kind === 'answered' && outcome.line.type === 'done', outageMs: outageMs ?? null };
}

async function note(call: Call, sentence: string): Promise<void> {
  await askDaemon(call, { verb: 'note', sentence: clean(sentence).slice(0, noteCharsMax) }, () => undefined, {});
}

/** What the journal takes of an operator. */
const noteCharsMax = 500;

function refused(call: Call, { sentence, next }: Unfit): Promise<number> {
  return ended(call, 'refused', sentence, next, exitCodes.refused);
}
