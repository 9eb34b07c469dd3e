/** `npm run demo`: a ZEO site on two pretended hosts survives a power cut, and is brought back. */
import { play } from './demo/run.ts';
import { Screen } from './demo/screen.ts';
import { whatIsPossible } from './needs.ts';

const usage = 'usage: npm run demo [-- --json]      with --json the last line is one JSON object';
/** As hactl's exit codes: wrong words. */
const exitUsage = 2;

async function main(words: readonly string[]): Promise<number> {
  if (words.some((word) => word !== '--json')) {
    console.error(usage);
    return exitUsage;
  }
  const screen = new Screen(process.stdout.isTTY && process.env['NO_COLOR'] === undefined);
  const possible = whatIsPossible();
  if (!possible.ok) console.error(possible.sentence);
  const outcome = possible.ok ? await play(screen) : { ok: false, steps: [] };
  if (words.includes('--json')) console.log(JSON.stringify(outcome));
  return outcome.ok ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
