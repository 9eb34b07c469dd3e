import { armedSentences } from '../../src/core/armed.ts';
import { armedReasons } from '../../src/core/beat.ts';
import { evidenceSentences } from '../../src/core/evidence.ts';
import { rules, type Want } from '../../src/core/rules.ts';
import { table } from './table.ts';

/** docs/rules.md: the policy, in the words of the code. */
export function rulesPage(): string {
  return `# The rules

What a node does about a group: the first rule that applies decides. The order is the policy. This page is
made from [src/core/rules.ts](../src/core/rules.ts) by \`npm run docs\`; \`hactl status\`, \`hactl events\` and the
journal print the same ids and sentences.

${table(
  ['#', 'rule', 'wants', 'because'],
  rules.map(({ id, want, sentence }, index) => [String(index + 1), `\`${id}\``, want, sentence]),
)}

## What the wants mean

${table(['wants', 'does'], Object.entries(wants))}

## Evidence

A claim says why nobody else can hold the group.

${table(['class', 'because'], Object.entries(evidenceSentences))}

## Armed

A node tells its peer in every beat whether it could take each group over now, and if not, why.

${table(
  ['reason', 'means'],
  armedReasons.map((id) => [id, armedSentences[id]]),
)}
`;
}

const wants: Readonly<Record<Want, string>> = {
  keep: 'go on: start, serve, renew',
  claim: 'take the group: the epoch on disk first, then start',
  reclaim: 'take a higher epoch for what runs here',
  yield: 'stop, because somebody else owns it',
  release: 'stop, verified; to the peer where it is armed',
  dropAddresses: 'take the addresses down, keep the services',
  handsOff: 'start, stop and check nothing; beat, and renew what is held',
  fence: 'begin nothing before the peer is fenced: what it holds may still run',
  hold: 'begin nothing, keep what is held: something is missing, and the sentence names it',
  askWitness: 'ask the witness for its lease, and begin nothing before it is granted',
  wait: 'begin nothing: an answer is on its way',
  standby: 'hold nothing',
};
