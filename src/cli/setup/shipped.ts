import { createHash } from 'node:crypto';
import { lstat, readFile } from 'node:fs/promises';

/** SHA-256 of the examples that a package puts into the config folder: replacing one of them loses nothing. */
export const shippedExamples: ReadonlySet<string> = new Set([
  '84ba033b52bf33f576d2c6f34a0df32e2a71e35ca9666522b1ee37805018c957',
  '55b8a4a644d3c3a4123197aa5cd39231fd77a5ac32517081ad607361ffe8218d',
  '84ba033b52bf33f576d2c6f34a0df32e2a71e35ca9666522b1ee37805018c957',
  '05c609972b25d5346e79e7b6afdfbcc38166db7b587ec657bb43a5ff98277432',
]);

/** A file that somebody wrote, or that could not be looked into. */
export async function isSomebodys(file: string): Promise<boolean> {
  const isThere = await lstat(file).then(
    () => true,
    () => false,
  );
  if (!isThere) return false;
  const text = await readFile(file).catch(() => undefined);
  return text === undefined || !shippedExamples.has(createHash('sha256').update(text).digest('hex'));
}
