import type { KeyRing } from './authkeys.ts';
import { linesOf } from './plainText.ts';

/** A new `authkeys` with one key, which signs. */
export function newAuthkeys(id: number, word: string): string {
  return [
    '# The secret of the pair: the same on both nodes, mode 0600. To change it: hactl keys rotate',
    `auth ${id}`,
    keyLine(id, word),
    '',
  ].join('\n');
}

/** The same file with one more key, which is accepted; comments stay. */
export function withKey(text: string, id: number, word: string): string {
  const end = text === '' || text.endsWith('\n') ? '' : '\n';
  return `${text}${end}${keyLine(id, word)}\n`;
}

/** The same file with another key that signs. */
export function withSigner(text: string, id: number): string {
  return edited(text, (line) => (isChoice(line) ? `auth ${id}` : line));
}

/** The same file without every key but one. */
export function withOnly(text: string, id: number): string {
  return edited(text, (line) => {
    const written = /^[ \t]*(\d{1,3})[ \t]/.exec(line)?.[1];
    return written === undefined || Number(written) === id ? line : undefined;
  });
}

/** The key that came last into the file: in a rotation the new one. */
export function newestOf({ keys }: KeyRing): number {
  return keys.at(-1)?.id ?? 0;
}

/** An id that no key has: the next higher one while there is one. */
export function freeId({ keys }: KeyRing): number | undefined {
  const taken = new Set(keys.map(({ id }) => id));
  const next = Math.max(0, ...taken) + 1;
  if (next <= idMax) return next;
  return Array.from({ length: idMax }, (_, index) => index + 1).find((id) => !taken.has(id));
}

const idMax = 255;

function keyLine(id: number, word: string): string {
  return `${id} sha256 ${word}`;
}

function isChoice(line: string): boolean {
  return /^[ \t]*auth(?:[ \t]|$)/.test(line);
}

function edited(text: string, edit: (line: string) => string | undefined): string {
  return linesOf(text)
    .map(edit)
    .filter((line) => line !== undefined)
    .join('\n');
}
