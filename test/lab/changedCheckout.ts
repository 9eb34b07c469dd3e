import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** One exact change of a text: `from` stands there once. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export const checkout: string = resolve(import.meta.dirname, '../..');
/** Too large to copy, and not changed. */
const shared = ['node_modules', '.cache'];

/** Copies folders and files of the checkout to a folder of their own, which the caller removes. */
export function copyOfCheckout(copied: readonly string[]): string {
  const copy = mkdtempSync(join(tmpdir(), 'twinbeat-copy-'));
  for (const name of copied) cpSync(join(checkout, name), join(copy, name), { recursive: true });
  for (const name of shared) symlinkSync(join(checkout, name), join(copy, name));
  return copy;
}

/** Changes a copy. Returns why that is impossible: then the sources have changed, and the edit has to be written anew. */
export function change(copy: string, edits: readonly Edit[]): string | undefined {
  for (const edit of edits) {
    const path = join(copy, edit.file);
    const text = readFileSync(path, 'utf8');
    const problem = problemWith(text, edit);
    if (problem !== undefined) return problem;
    writeFileSync(
      path,
      text.replace(edit.from, () => edit.to),
    );
  }
  return undefined;
}

/** Undefined when the text to change is there exactly once. */
export function problemWith(text: string, { file, from }: Edit): string | undefined {
  const count = text.split(from).length - 1;
  return count === 1 ? undefined : `${file} has ${count} times what is to be changed, and should have it once: ${from}`;
}
