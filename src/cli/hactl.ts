import { CommanderError } from 'commander';
import { exitCodes } from '../control/controlProtocol.ts';
import type { Io } from './io.ts';
import { createProgram } from './program.ts';

/** Runs `hactl` with the words of its command line, and returns its exit code. Never calls `process.exit`. */
export async function hactl(words: readonly string[], io: Io): Promise<number> {
  let exitCode: number = exitCodes.ok;
  const program = createProgram(io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Help that was asked for ends with 0; everything else that commander ends is a wrong command line.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    throw error;
  }
}
