import type { Inequality } from '../../config/inequalities.ts';
import { showDuration, showSeconds } from '../../config/wording.ts';
import type { BeatsReport, SpreadReport } from '../../control/controlProtocol.ts';
import type { Timing } from '../../core/nodeConfig.ts';
import { clean } from '../text/clean.ts';
import { wrap } from '../text/layout.ts';
import type { Paint } from '../text/paint.ts';
import { duration } from '../text/time.ts';

/** What `hactl timing --json` prints. */
export interface TimingFacts {
  readonly timing: Timing;
  readonly inequalities: readonly Inequality[];
  readonly serialFrames: readonly { readonly channel: string; readonly baud: number; readonly ms: number }[];
  /** Since the daemon's start; null where none answers. */
  readonly measured: {
    readonly node: string;
    readonly forMs: number;
    readonly latenessMs: BeatsReport['latenessMs'];
    readonly silenceMs: SpreadReport | null;
    readonly overdue: number;
    readonly echoMs: Readonly<Record<string, SpreadReport>>;
  } | null;
  readonly proposedDeadMs: number | null;
}

/** Shorter, the longest silence of a busy night is not among what was measured. */
const longEnoughMs = 86_400_000;

export function timingText(facts: TimingFacts, look: { readonly width: number; readonly paint: Paint }): string {
  const { width, paint } = look;
  const { keepaliveMs, warnMs, deadMs, initdeadMs, leaseMs } = facts.timing;
  const times = { keepalive: keepaliveMs, warntime: warnMs, deadtime: deadMs, initdead: initdeadMs, lease: leaseMs };
  const shown = Object.entries(times).map(([name, ms]) => `${name} ${showDuration(ms)}`);
  return [
    paint('title', 'WHAT THE TIMES MUST KEEP'),
    ...lines(shown.join(', '), width, '  '),
    ...facts.inequalities.flatMap((row) => inequalityLines(row, look)),
    ...facts.serialFrames.flatMap(({ channel, baud, ms }) =>
      lines(`a beat on ${channel} takes ${ms.toFixed(1)} ms at ${baud} baud`, width, '     '),
    ),
    ...lines('a reboot shorter than deadtime is known by its boot id: no start delay is needed', width, '     '),
    '',
    paint('title', 'MEASURED'),
    ...measuredLines(facts, width),
    '',
    paint('title', 'DEADTIME'),
    ...deadtimeLines(facts, width),
  ].join('\n');
}

function inequalityLines(
  { sentence, leftMs, rightMs, isHeld, weight }: Inequality,
  { width, paint }: { readonly width: number; readonly paint: Paint },
): readonly string[] {
  const figures = `${showSeconds(Math.round(leftMs))} ${isHeld ? '<=' : '>'} ${showSeconds(Math.round(rightMs))}`;
  const mark = isHeld ? ' ok  ' : weight === 'refuse' ? 'BAD  ' : 'warn ';
  const found = lines(`${sentence}: ${figures}`, width, mark);
  return isHeld ? found : found.map((line) => paint(weight === 'refuse' ? 'bad' : 'warning', line));
}

function measuredLines({ measured, timing }: TimingFacts, width: number): readonly string[] {
  if (measured === null) return ['  no daemon answers here: the files alone were judged'];
  const { node, forMs, latenessMs: late, silenceMs, overdue, echoMs } = measured;
  const { p50, p99, p999, max } = late;
  const own = `beats of ${node} leave late by p50 ${ms(p50)}, p99 ${ms(p99)}, p99.9 ${ms(p999)}, max ${ms(max)} ms`;
  const silence =
    silenceMs === null || silenceMs.count === 0
      ? 'no beat of the peer was measured yet'
      : `silences of the peer: p50 ${ms(silenceMs.p50)}, p99 ${ms(silenceMs.p99)}, p99.9 ${ms(silenceMs.p999)}, max ${ms(silenceMs.max)} ms of ${timing.deadMs} ms deadtime`;
  const dead = overdue === 0 ? [] : [`silent for deadtime, and back: ${overdue} times (not counted above)`];
  const echoes = Object.entries(echoMs).map(
    ([channel, spread]) => `echo on ${channel}: p50 ${ms(spread.p50)}, p99 ${ms(spread.p99)}, max ${ms(spread.max)} ms`,
  );
  return [`since the daemon started, ${duration(forMs)} ago`, own, silence, ...dead, ...echoes].flatMap((one) =>
    lines(one, width, '  '),
  );
}

function deadtimeLines({ measured, proposedDeadMs, timing }: TimingFacts, width: number): readonly string[] {
  if (proposedDeadMs === null || measured === null) return ['  nothing was measured to propose one from'];
  const yours = showDuration(timing.deadMs);
  const proposed = `twice the longest silence, and five beats at the least: ${showDuration(proposedDeadMs)}; yours is ${yours}`;
  const advice =
    proposedDeadMs > timing.deadMs
      ? `write deadtime: ${showDuration(proposedDeadMs)}, or find out what held the beats up`
      : 'yours is long enough';
  const short =
    measured.forMs < longEnoughMs ? [`measured for ${duration(measured.forMs)} only: look again after a busy day`] : [];
  return [proposed, advice, ...short].flatMap((one) => lines(one, width, '  '));
}

function ms(value: number): string {
  return value.toFixed(1);
}

function lines(text: string, width: number, mark: string): readonly string[] {
  return wrap(clean(text), width - mark.length).map(
    (line, index) => (index === 0 ? mark : ' '.repeat(mark.length)) + line,
  );
}
