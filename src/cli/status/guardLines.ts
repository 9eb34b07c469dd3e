import type { StatusReport } from '../../control/controlProtocol.ts';
import type { PingReport, WatchdogStatus, WitnessReport } from '../../control/guardsReport.ts';
import { wrap } from '../text/layout.ts';
import { duration } from '../text/time.ts';
import { peerOf } from './place.ts';
import type { StatusLook } from './statusText.ts';

const labelWidth = 'watchdog'.length;

/** One line for each guard; none where none is configured. */
export function guardLines(status: StatusReport, { width }: StatusLook): readonly string[] {
  const { guards } = status;
  if (guards === undefined) return [];
  const facts: (readonly [label: string, fact: string])[] = [];
  if (guards.ping !== undefined) facts.push(['ping', pingFact(guards.ping, status)]);
  if (guards.witness !== undefined) facts.push(['witness', witnessFact(guards.witness, status)]);
  if (guards.watchdog !== undefined) facts.push(['watchdog', watchdogFact(guards.watchdog, status)]);
  return facts.flatMap(([label, fact]) => {
    const [first = '', ...rest] = wrap(fact, width - labelWidth - 4);
    const indent = ' '.repeat(labelWidth + 4);
    return [`  ${label.padEnd(labelWidth)}  ${first}`, ...rest.map((line) => indent + line)];
  });
}

function watchdogFact({ device, state, detail, boundMs, peerBoundMs }: WatchdogStatus, status: StatusReport): string {
  const bound = boundMs === null ? '' : `: this machine is reset ${duration(boundMs)} after its daemon stands still`;
  const here = `${device} is ${state}${detail === '' ? '' : ` (${detail})`}${bound}`;
  const peer = peerOf(status);
  if (peer === undefined || peerBoundMs === null) return here;
  return `${here}; ${peer.name} after ${duration(peerBoundMs)}`;
}

const answers = { up: 'answers', down: 'does not answer', unknown: 'was not asked yet' } as const;

function pingFact({ targets, peerAnswering }: PingReport, status: StatusReport): string {
  const here = targets.map(({ address, state }) => `${address} ${answers[state]}`).join(', ');
  const peer = peerOf(status);
  return peer === undefined || peerAnswering === null
    ? here
    : `${here}; ${peer.name} is answered by ${peerAnswering} of ${targets.length}`;
}

const reached = { up: 'answered', down: 'does not answer, last', unknown: 'has not answered yet' } as const;

function witnessFact({ state, answeredAgoMs, peerHeardAgoMs, leases }: WitnessReport, status: StatusReport): string {
  const ago = answeredAgoMs === null ? '' : ` ${duration(answeredAgoMs)} ago`;
  const peer = peerOf(status);
  const heard =
    peer === undefined || peerHeardAgoMs === null ? '' : `; it heard ${peer.name} ${duration(peerHeardAgoMs)} ago`;
  const held = leases.map(({ group, holder, renewedAgoMs, servesForMs }) => {
    const renewed = renewedAgoMs === null ? '' : `, renewed ${duration(renewedAgoMs)} ago`;
    const alone = servesForMs === null ? '' : `, alone it serves for ${duration(servesForMs)} more`;
    return `${group}: ${holder ?? 'nobody'}${renewed}${alone}`;
  });
  return [`${reached[state]}${ago}${heard}`, ...held].join('; ');
}
