import { createInterface } from 'node:readline/promises';
import type { Asker } from './questions.ts';

/** Asks on this process's terminal; undefined where input or output is none. */
export function openTerminal(): (Asker & { close(): void }) | undefined {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) return undefined;
  const reader = createInterface({ input: stdin, output: stdout });
  const gone = new AbortController();
  reader.once('close', () => gone.abort());
  reader.once('SIGINT', () => reader.close());
  return {
    ask: async (question) => {
      try {
        return await reader.question(question, { signal: gone.signal });
      } catch {
        // Ctrl-C or Ctrl-D: the prompt stays where it is.
        stdout.write('\n');
        return undefined;
      }
    },
    say: (text) => void stdout.write(`${text}\n`),
    close: () => reader.close(),
  };
}
