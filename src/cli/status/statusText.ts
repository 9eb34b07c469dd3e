import type { StatusReport } from '../../control/controlProtocol.ts';
import { advice } from '../text/advice.ts';
import { cleanAll } from '../text/clean.ts';
import { unbroken, wrap } from '../text/layout.ts';
import type { Paint, Tone } from '../text/paint.ts';
import { fullTime } from '../text/time.ts';
import { type Concern, concernsOf } from './concerns.ts';
import { guardLines } from './guardLines.ts';
import { headlineOf, type Level } from './headline.ts';
import { channelLines, groupLines, machineLines, nodeLines } from './sections.ts';

export interface StatusLook {
  readonly width: number;
  readonly paint: Paint;
}

/** A status for people. */
export function statusText(report: StatusReport, look: StatusLook): string {
  const { facts, machine } = statusParts(report, look);
  return [...facts, ...machine].join('\n');
}

export interface StatusParts {
  /**
   * In one word whether all is well and in one sentence where the service is; then what deviates and what to type
   * next; then the facts, with an age on each that came from the other node.
   */
  readonly facts: readonly string[];
  /** The machine and the daemon that was asked: what one can do without. */
  readonly machine: readonly string[];
}

export function statusParts(report: StatusReport, look: StatusLook): StatusParts {
  const status = cleanAll(report);
  const concerns = concernsOf(status);
  const facts = [
    ...titleLines(status, concerns, look),
    ...concerns.flatMap((concern) => concernLines(concern, look)),
    ...section('GROUPS', groupLines(status, look), look),
    ...section('NODES', nodeLines(status, look), look),
    ...section('CHANNELS', channelLines(status, look), look),
    ...section('GUARDS', guardLines(status, look), look),
  ];
  return { facts, machine: section('THIS NODE', machineLines(status, look), look) };
}

const tones: Readonly<Record<Level, Tone>> = {
  OK: 'good',
  ATTENTION: 'warning',
  DEGRADED: 'warning',
  MOVING: 'warning',
  UNKNOWN: 'bad',
  DOWN: 'bad',
  SPLIT: 'bad',
};

function titleLines(
  status: StatusReport,
  concerns: readonly Concern[],
  { width, paint }: StatusLook,
): readonly string[] {
  const { level, sentence } = headlineOf(status, concerns);
  const [first = '', ...rest] = wrap(sentence, width - level.length - 2);
  const indent = ' '.repeat(level.length + 2);
  const seen = `cluster ${status.cluster}, seen from ${status.node}, ${fullTime(status.at)}`;
  return [
    `${paint(tones[level], level)}  ${paint('title', first)}`,
    ...rest.map((line) => indent + paint('title', line)),
    ...wrap(seen, width).map((line) => paint('dim', line)),
    ...(concerns.length > 0 ? [''] : []),
  ];
}

function concernLines({ isBad, sentence, next }: Concern, { width, paint }: StatusLook): readonly string[] {
  const tone = isBad ? 'bad' : 'warning';
  const [first = '', ...rest] = wrap(sentence, width - 4);
  const whole = advice(next).replaceAll(command, unbroken);
  const nextLines = next === '' ? [] : wrap(`next: ${whole}`, width - 6);
  return [
    `${paint(tone, isBad ? '!!' : ' !')}  ${first}`,
    ...rest.map((line) => `    ${line}`),
    ...nextLines.map((line, index) => `${index === 0 ? '    ' : '      '}${line}`),
  ];
}

/** As far as the comma that ends it in a sentence. */
const command = /\b(?:sudo |hactl |systemctl |journalctl )[^,;]*/g;

function section(title: string, lines: readonly string[], { paint }: StatusLook): readonly string[] {
  return lines.length === 0 ? [] : ['', paint('title', title), ...lines];
}
