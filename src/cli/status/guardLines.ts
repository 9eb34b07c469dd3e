import type { StatusReport } from '../../control/controlProtocol.ts';
import type { PingReport } from '../../control/guardsReport.ts';
import { wrap } from '../text/layout.ts';
import { peerOf } from './place.ts';
import type { StatusLook } from './statusText.ts';

const labelWidth = 'watchdog'.length;

/** One line for each guard; none where none is configured. */
export function guardLines(status: StatusReport, { width }: StatusLook): readonly string[] {
  const { guards } = status;
  if (guards === undefined) return [];
  const facts: (readonly [label: string, fact: string])[] = [];
  if (guards.ping !== undefined) facts.push(['ping', pingFact(guards.ping, status)]);
  return facts.flatMap(([label, fact]) => {
    const [first = '', ...rest] = wrap(fact, width - labelWidth - 4);
    const indent = ' '.repeat(labelWidth + 4);
    return [`  ${label.padEnd(labelWidth)}  ${first}`, ...rest.map((line) => indent + line)];
  });
}

const answers = { up: 'answers', down: 'does not answer', unknown: 'was not asked yet' } as const;

function pingFact({ targets, peerAnswering }: PingReport, status: StatusReport): string {
  const here = targets.map(({ address, state }) => `${address} ${answers[state]}`).join(', ');
  const peer = peerOf(status);
  return peer === undefined || peerAnswering === null
    ? here
    : `${here}; ${peer.name} is answered by ${peerAnswering} of ${targets.length}`;
}
