/**
 * Writes the pages that repeat what the code says: `node docs/generate.ts`.
 * With `--check` it writes nothing, and fails when a page is not what the code says now.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { commandsPage } from './pages/commandsPage.ts';
import { configurationPage } from './pages/configurationPage.ts';
import { withPromisesTable } from './pages/promisesTable.ts';
import { protocolPage } from './pages/protocolPage.ts';
import { rulesPage } from './pages/rulesPage.ts';

const isCheck = process.argv.includes('--check');
const stale: string[] = [];

write('rules.md', rulesPage());
write('protocol.md', protocolPage());
write('manual/configuration.md', configurationPage());
write('manual/hactl.md', commandsPage());
write('manual/promises.md', withPromisesTable(readIfThere(new URL('manual/promises.md', import.meta.url)) ?? ''));

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
