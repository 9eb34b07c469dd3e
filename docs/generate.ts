/**
 * Writes the pages that repeat what the code says: `node docs/generate.ts`.
 * With `--check` it writes nothing, and fails when a page is not what the code says now.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { armedSentences } from '../src/core/armed.ts';
import { armedReasons } from '../src/core/beat.ts';
import { evidenceSentences } from '../src/core/evidence.ts';
import { rules } from '../src/core/rules.ts';

const isCheck = process.argv.includes('--check');
const stale: string[] = [];

write('rules.md', rulesPage());

if (stale.length > 0) {
  console.error(`not what the code says: ${stale.join(', ')}; type npm run docs and read the difference`);
  process.exitCode = 1;
}

function write(name: string, text: string): void {
  const url = new URL(name, import.meta.url);
  if (readIfThere(url) === text) return;
  if (isCheck) stale.push(`docs/${name}`);
  else writeFileSync(url, text);
}

function readIfThere(url: URL): string | undefined {
  try {
    return readFileSync(url, 'utf8');
  } catch {
    return undefined;
  }
}

function rulesPage(): string {
  return `# The rules

What a node does about a group: the first rule that applies decides. The order is the policy. This page is
made from [src/core/rules.ts](../src/core/rules.ts) by \`npm run docs\`; \`hactl status\`, \`hactl events\` and the
journal print the same ids and sentences.

| # | rule | wants | because |
|---|---|---|---|
${rules.map(({ id, want, sentence }, index) => `| ${index + 1} | \`${id}\` | ${want} | ${sentence} |`).join('\n')}

## What the wants mean

| wants | does |
|---|---|
| keep | go on: start, serve, renew |
| claim | take the group: the epoch on disk first, then start |
| reclaim | take a higher epoch for what runs here |
| yield | stop, because somebody else owns it |
| release | stop, verified; to the peer where it is armed |
| dropAddresses | take the addresses down, keep the services |
| handsOff | start, stop and check nothing; beat, and renew what is held |
| hold | begin nothing, keep what is held: something is missing, and the sentence names it |
| wait | begin nothing: an answer is on its way |
| standby | hold nothing |

## Evidence

A claim says why nobody else can hold the group.

| class | because |
|---|---|
${Object.entries(evidenceSentences)
  .map(([id, sentence]) => `| ${id} | ${sentence} |`)
  .join('\n')}

## Armed

A node tells its peer in every beat whether it could take each group over now, and if not, why.

| reason | means |
|---|---|
${armedReasons.map((id) => `| ${id} | ${armedSentences[id]} |`).join('\n')}
`;
}
