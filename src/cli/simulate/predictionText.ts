import type { Snapshot } from '../../control/snapshot/snapshot.ts';
import type { HeldGroup } from '../../sim/live/holding.ts';
import type { Happened, Prediction } from '../../sim/live/prediction.ts';
import { clean } from '../text/clean.ts';
import { wrap } from '../text/layout.ts';
import type { Paint } from '../text/paint.ts';
import { fullTime } from '../text/time.ts';

export interface PredictionLook {
  readonly snapshot: Snapshot;
  readonly width: number;
  readonly paint: Paint;
}

/** What would happen, when, by which rules; what comes of it; what was taken for granted. */
export function predictionText(of: Prediction, { snapshot, width, paint }: PredictionLook): string {
  const { config } = snapshot.state;
  const head = `from what ${config.self} knew at ${fullTime(snapshot.at)}; nothing was touched`;
  return [
    paint('title', 'WHAT WOULD HAPPEN'),
    ...indented(head, width, '  '),
    ...allHappened(of.happenings, width, paint),
    '',
    paint('title', 'WHAT WOULD COME OF IT'),
    ...of.groups.flatMap((group) => groupLines(group, of, width)),
    ...of.answers.flatMap(({ node, answer }) => indented(`${node} ${answer.kind}: ${answer.sentence}`, width, '  ')),
    '',
    paint('title', 'TAKEN FOR GRANTED'),
    ...of.assumptions.flatMap((one) => indented(one, width, '  ')),
  ].join('\n');
}

function allHappened(all: readonly Happened[], width: number, paint: Paint): readonly string[] {
  let said: string | undefined;
  return all.flatMap((one) => {
    const isSaid = said === one.because?.rule;
    said = one.because?.rule ?? said;
    return happenedLines(one, { width, paint, isSaid });
  });
}

interface HappenedLook {
  readonly width: number;
  readonly paint: Paint;
  /** The sentence of its rule stands just above. */
  readonly isSaid: boolean;
}

/** `  +2.004 s  node2  site: standby -> claiming (peer-lost)`, with the rule's sentence below. */
function happenedLines({ atMs, who, what, because }: Happened, look: HappenedLook): readonly string[] {
  const { width, paint, isSaid } = look;
  const time = `  ${seconds(atMs).padStart(10)}  `;
  const indent = ' '.repeat(time.length);
  const [first = '', ...rest] = wrap(clean(`${who} ${what}`), width - time.length);
  const why = because === undefined || isSaid ? [] : wrap(because.sentence, width - time.length - 2);
  const head = `${time}${first}`;
  return [
    who === '$' ? paint('title', head) : head,
    ...rest.map((line) => `${indent}${line}`),
    ...why.map((line) => paint('dim', `${indent}  ${line}`)),
  ];
}

function groupLines(group: HeldGroup, of: Prediction, width: number): readonly string[] {
  const { ownerBefore, ownerAfter, outages, bothMs } = group;
  const before = ownerBefore ?? 'nobody';
  const after = ownerAfter ?? 'nobody';
  const where = before === after ? `stays on ${after}` : `moves from ${before} to ${after}`;
  const down = outages.map(({ fromMs, forMs, isOver }) => {
    const until = isOver ? `down for ${seconds(forMs).slice(1)}` : `down, still after ${seconds(forMs).slice(1)}`;
    return `${until} from ${seconds(fromMs)} on`;
  });
  const both = bothMs > 0 ? [`something of it on both nodes for ${seconds(bothMs).slice(1)}`] : ['never on both nodes'];
  const rules = Object.entries(group.rules).map(([node, rule]) => `${node} by rule ${rule}`);
  const head = `${group.group} ${where}; ${[...(down.length === 0 ? ['no outage'] : down), ...both].join('; ')}`;
  const end = `after ${seconds(of.virtualMs).slice(1)}: ${rules.length === 0 ? 'no daemon runs' : rules.join(', ')}`;
  return [...indented(head, width, '  '), ...indented(end, width, '    ')];
}

function seconds(ms: number): string {
  return `+${(ms / 1_000).toFixed(3)} s`;
}

function indented(text: string, width: number, indent: string): readonly string[] {
  return wrap(clean(text), width - indent.length).map((line) => `${indent}${line}`);
}
