import { createInterface } from 'node:readline';
import type { Asker } from './questions.ts';

/** Answers that were typed, or pasted, before their question. */
const typedAheadMax = 64;

/** Asks on this process's terminal; undefined where input or output is none. */
export function openTerminal(): (Asker & { close(): void }) | undefined {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) return undefined;
  const reader = createInterface({ input: stdin, output: stdout });
  const typedAhead: string[] = [];
  let answer: ((line: string | undefined) => void) | undefined;
  let isClosed = false;
  reader.on('line', (line) => {
    if (answer !== undefined) answer(line);
    else if (typedAhead.length < typedAheadMax) typedAhead.push(line);
  });
  // Ctrl-C or Ctrl-D: the prompt stays where it is.
  reader.once('close', () => {
    isClosed = true;
    if (answer === undefined) return;
    stdout.write('\n');
    answer(undefined);
  });
  reader.once('SIGINT', () => reader.close());
  return {
    ask: async (question) => {
      const [line] = typedAhead.splice(0, 1);
      if (line !== undefined) {
        stdout.write(`${question}${line}\n`);
        return line;
      }
      if (isClosed) return undefined;
      // A question may begin with an empty line, which a prompt may not.
      const [last = '', ...before] = question.split('\n').toReversed();
      if (before.length > 0) stdout.write(`${before.toReversed().join('\n')}\n`);
      reader.setPrompt(last);
      reader.prompt();
      return await new Promise<string | undefined>((resolve) => {
        answer = (given): void => {
          answer = undefined;
          resolve(given);
        };
      });
    },
    say: (text) => void stdout.write(`${text}\n`),
    close: () => reader.close(),
  };
}
