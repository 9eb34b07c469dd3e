import { checksFor } from './checks.ts';
import { obey } from './commands.ts';
import { Unexpected } from './expectations.ts';
import type { SimOptions } from './options.ts';
import { plainOptions } from './options.ts';
import { pairFrom } from './pairWords.ts';
import { World } from './world.ts';

/**
 * Plays a scenario: blocks of commands, each followed by a line `----` and by what happened, as the pretended pair
 * said it. Returns the whole text with what happened this time. Comments begin with `#`.
 *
 * @throws {SyntaxError} for a word that is not known, with its line.
 */
export function playScenario(text: string): string {
  const played: string[] = [];
  let lines: string[] = [];
  let options: SimOptions = plainOptions;
  let world: World | undefined;
  const onLine = (atMs: number, who: string, said: string): void => {
    lines.push(`${String(Math.round(atMs)).padStart(7)} ${who} ${said}`);
  };
  for (const block of blocksOf(text)) {
    lines = [];
    for (const { line, number } of block.commands) {
      const words = line.split(/\s+/).filter((word) => word !== '');
      const [verb] = words;
      if (verb === undefined || verb.startsWith('#')) continue;
      if (verb === 'pair') {
        if (world !== undefined) throw new SyntaxError(`line ${number}: the pair is described before anything happens`);
        options = pairFrom(words.slice(1), number);
        continue;
      }
      world ??= new World(1, options, { onLine, witness: checksFor });
      try {
        obey(world, words, number);
      } catch (error) {
        if (error instanceof SyntaxError) throw error;
        const what = error instanceof Unexpected ? 'not as expected' : 'broken';
        lines.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    const head = block.commands.map(({ line }) => line).join('\n');
    const isShown = block.isPlayed || lines.some((line) => /^(broken|not as expected): /.test(line));
    played.push(isShown ? `${head}\n----\n${lines.join('\n')}${lines.length > 0 ? '\n' : ''}` : `${head}\n`);
  }
  return played.join('\n');
}

interface Block {
  readonly commands: readonly { readonly line: string; readonly number: number }[];
  readonly isPlayed: boolean;
}

/** Blocks are separated by empty lines; what stands behind `----` is the old outcome. */
function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let commands: { line: string; number: number }[] = [];
  let isOutcome = false;
  const close = (): void => {
    if (commands.length > 0) blocks.push({ commands, isPlayed: isOutcome });
    commands = [];
    isOutcome = false;
  };
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '') close();
    else if (line === '----') isOutcome = true;
    else if (!isOutcome) commands.push({ line, number: index + 1 });
  });
  close();
  return blocks;
}
