import type { RecordedDecision } from '../../control/recording/recording.ts';
import { rules } from '../../core/rules.ts';
import { clean } from '../text/clean.ts';
import { wrap } from '../text/layout.ts';
import type { Paint } from '../text/paint.ts';
import { clockMs, fullTime } from '../text/time.ts';
import type { Difference, Outcome, Replayed } from './replayed.ts';

/** The decisions as they came out again, and the first event at which something else came out. */
export function replayedText(of: Replayed, look: { readonly width: number; readonly paint: Paint }): string {
  const { width, paint } = look;
  const { node, version, events, decisions, difference, isCut } = of;
  const at = timeOf(of.fromWallMs);
  const cut = isCut ? '; its last line was cut short' : '';
  const head = `${events} events of ${node}, recorded by ${version} from ${fullTime(at)} on${cut}`;
  const verdict =
    difference === undefined
      ? paint('good', `the same ${counted(decisions.length)} come out again`)
      : paint('bad', `another thing comes out at event ${difference.event}, after ${counted(decisions.length)}`);
  return [
    ...lines(head, width, ''),
    ...decisions.flatMap((decision) => {
      const { wallMs, event, type } = decision;
      const when = clockMs(timeOf(wallMs), at);
      return lines(`${when}  event ${event}, ${type}: ${decisionText(decision)}`, width, '  ');
    }),
    verdict,
    ...(difference === undefined ? [] : differenceLines(difference, width)),
  ].join('\n');
}

function differenceLines({ type, wallMs, recorded, now, problem }: Difference, width: number): readonly string[] {
  const when = `${type} at ${fullTime(timeOf(wallMs))}`;
  const found = now === undefined ? (problem ?? '') : outcomeText(now);
  return [
    ...lines(when, width, '  '),
    ...lines(`recorded: ${outcomeText(recorded)}`, width, '  '),
    ...lines(`now:      ${found}`, width, '  '),
  ];
}

function outcomeText({ decided, did }: Outcome): string {
  const parts = [...decided.map(decisionText), ...did];
  return parts.length === 0 ? 'nothing' : parts.join('; ');
}

function decisionText({ group, rule, evidence }: RecordedDecision): string {
  const sentence = rules.find(({ id }) => id === rule)?.sentence ?? 'a rule that this version does not have';
  return `${group} by rule ${rule}${evidence === undefined ? '' : ` (${evidence})`}: ${sentence}`;
}

function counted(count: number): string {
  return `${count} decision${count === 1 ? '' : 's'}`;
}

function timeOf(wallMs: number): string {
  const date = new Date(wallMs);
  return Number.isNaN(date.getTime()) ? 'no time' : date.toISOString();
}

function lines(text: string, width: number, indent: string): readonly string[] {
  return wrap(clean(text), width - indent.length).map((line) => indent + line);
}
