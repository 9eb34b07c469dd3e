import { parseArgs } from 'node:util';
import type { Deviation, Fate } from './deviations.ts';
import { isFate } from './deviations.ts';
import type { Beginning, Broken } from './explore.ts';
import { beginnings, play } from './explore.ts';
import { exploreAll } from './exploreAll.ts';
import { StateCount } from './stateCount.ts';

const usage = `usage: npm run model -- [--depth N] [--window MS] [--json]     every way in which up to N things go otherwise
       npm run model -- --from ${beginnings.join('|')} --window MS --only 'PLACE FATE; PLACE FATE'     one of them, with its log`;
const defaults = { depth: '1', window: '4000' };

process.exitCode = await main(process.argv.slice(2));

/** Returns the exit code: 0 when every promise was kept, 1 when not, 2 when it was called in a wrong way. */
async function main(words: string[]): Promise<number> {
  const asked = read(words);
  if (asked === undefined) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  const { windowMs, depth } = asked;
  if (asked.only !== undefined) return showOne(asked.beginning, windowMs, asked.only);
  const beganMs = performance.now();
  const { runs, states, violations } = await exploreAll(windowMs, depth, asked.isJson ? (): void => undefined : show);
  const seconds = Math.round((performance.now() - beganMs) / 1_000);
  for (const broken of violations.slice(0, 20)) process.stdout.write(`${broken.sentence}\n  ${commandOf(broken)}\n`);
  process.stdout.write(
    `${runs} runs of two nodes and one group, up to ${depth} deviations in ${windowMs} ms from ${beginnings.join(' and ')}: about ${states} distinct states in ${seconds} s, ${violations.length} violations\n`,
  );
  if (asked.isJson)
    process.stdout.write(
      `${JSON.stringify({ runs, states, depth, windowMs, seconds, violations: violations.length })}\n`,
    );
  return violations.length === 0 ? 0 : 1;
}

interface Asked {
  readonly depth: number;
  readonly windowMs: number;
  readonly isJson: boolean;
  readonly beginning: Beginning;
  readonly only: readonly Deviation[] | undefined;
}

function read(words: string[]): Asked | undefined {
  try {
    const { values } = parseArgs({
      args: words,
      options: {
        depth: { type: 'string', default: defaults.depth },
        window: { type: 'string', default: defaults.window },
        from: { type: 'string', default: beginnings[0] },
        only: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const beginning = beginnings.find((name) => name === values.from);
    if (beginning === undefined) return undefined;
    const only = values.only === undefined ? undefined : values.only.split(';').map(deviationOf);
    return { depth: whole(values.depth), windowMs: whole(values.window), isJson: values.json, beginning, only };
  } catch {
    return undefined;
  }
}

function whole(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new RangeError(`${text} is no whole number`);
  return Number(text);
}

function deviationOf(text: string): Deviation {
  const [place = '', ...words] = text.trim().split(' ');
  const fate: string = words.join(' ');
  if (!isFate(fate)) throw new RangeError(`nothing is called ${fate}`);
  return { place: whole(place), fate };
}

function showOne(beginning: Beginning, windowMs: number, deviations: readonly Deviation[]): number {
  process.stdout.on('error', () => process.exit(0)); // `| head` has read enough.
  const { sentence } = play({ beginning, windowMs, depth: 0 }, deviations, new StateCount(), (atMs, who, text) =>
    process.stdout.write(`${atMs.toFixed(1).padStart(9)} ${who.padEnd(5)} ${text}\n`),
  );
  process.stdout.write(`${sentence ?? 'every promise was kept'}\n`);
  return sentence === undefined ? 0 : 1;
}

function commandOf({ beginning, windowMs, deviations }: Broken): string {
  const only = deviations.map(({ place, fate }: { place: number; fate: Fate }) => `${place} ${fate}`).join('; ');
  return `npm run model -- --from ${beginning} --window ${windowMs} --only '${only}'`;
}

function show(done: number, all: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${all} `);
}
