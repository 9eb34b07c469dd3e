import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const readme = join(import.meta.dirname, '..', '..', 'README.md');

/** What a section of the README tells to type, line by line, without what is behind `#`. */
export function readmeCommands(section: string): readonly string[] {
  const text = readFileSync(readme, 'utf8');
  const found = text.split(/^## /m).find((part) => part.startsWith(section));
  if (found === undefined) throw new Error(`the README has no section ${section}`);
  const blocks = [...found.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block]) => block ?? '');
  return blocks
    .flatMap((block) => block.split('\n'))
    .map((line) => line.replace(/\s+# .*$/, '').trim())
    .filter((line) => line !== '');
}
