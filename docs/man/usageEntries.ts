import type { Entry } from './roff.ts';

/** The flags that the usage of a program lists: lines `  --flag ARGUMENT   text`. */
export function usageEntries(usage: string): readonly Entry[] {
  return usage.split('\n').flatMap((line) => {
    const [, term, text] = /^ {2}(--\S.*?)(?: {2,}(.*))?$/.exec(line) ?? [];
    return term === undefined ? [] : [{ term, text: capital(text ?? meanings.get(term) ?? '') }];
  });
}

/** What a usage need not say. */
const meanings = new Map([
  ['--version, --help', 'print the version or the usage'],
  ['--help', 'print the usage'],
]);

/** What stands in a list beside its term is a sentence. */
export function capital(text: string): string {
  return text === '' ? '' : `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}
