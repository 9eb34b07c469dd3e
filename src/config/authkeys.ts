import type { Key } from '../core/key.ts';
import { linesOf } from './plainText.ts';
import { type Problem, problemAt, problemOf } from './problem.ts';

/** Never empty. */
export interface KeyRing {
  /** The id of the key that signs; the others are only accepted. */
  readonly signWith: number;
  readonly keys: readonly Key[];
}

/**
 * Reads the classic `authkeys`:
 *
 *     auth 1
 *     1 sha256 KEY
 *
 * Order does not matter. A `#` begins a comment, but a key may begin with one. Whatever the method, a key is the secret of HMAC-SHA-256; crc has no key and is refused.
 * Nothing of a key line ever appears in a message or an excerpt.
 */
export function readAuthkeys(
  file: string,
  text: string,
  mode: number | undefined,
): {
  readonly ring: KeyRing | undefined;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
} {
  const entries = linesOf(text).flatMap((source, index) => entryOf(file, source, index + 1));
  const problems: Problem[] = [...modeProblems(file, mode)];
  const warnings: Problem[] = [];
  for (const entry of entries) {
    if (entry.kind === 'problem') problems.push(entry.problem);
    if (entry.kind === 'key') warnings.push(...keyWarnings(file, entry));
  }
  const keys = entries.filter((entry) => entry.kind === 'key');
  const choices = entries.filter((entry) => entry.kind === 'auth');
  problems.push(...twice(file, keys, 'key'), ...doubleAuth(file, choices));
  warnings.push(...sameSecrets(file, keys));
  const choice = choices[0];
  const isTold = problems.some((problem) => problem.message !== modeMessage(mode));
  if (keys.length === 0 && !isTold) problems.push(problemOf(file, 'there is no key', newKeyHint(file)));
  else if (choice === undefined && !isTold)
    problems.push(problemOf(file, 'no line says which key signs', 'add: auth 1'));
  else if (choice !== undefined && keys.every(({ id }) => id !== choice.id) && keys.length > 0) {
    problems.push(
      secret(problemAt(file, choice, `there is no key ${choice.id}; keys: ${keys.map(({ id }) => id).join(', ')}`)),
    );
  }
  if (problems.length > 0 || choice === undefined) return { ring: undefined, problems, warnings };
  const encoder = new TextEncoder();
  const ring = { signWith: choice.id, keys: keys.map(({ id, word }) => ({ id, secret: encoder.encode(word) })) };
  return { ring, problems, warnings };
}

/** For a daemon, which cannot start without keys. */
export function missingAuthkeys(file: string): Problem {
  return problemOf(file, 'there is no such file: without a key anybody could forge beats', newKeyHint(file));
}

export function newKeyHint(file: string): string {
  return `on one node: hactl keys generate; then copy ${file} to the other, with its mode`;
}

type Entry =
  | { readonly kind: 'auth'; readonly id: number; readonly line: number; readonly column: number }
  | KeyEntry
  | { readonly kind: 'problem'; readonly problem: Problem };

interface KeyEntry {
  readonly kind: 'key';
  readonly id: number;
  readonly method: string;
  readonly word: string;
  readonly line: number;
  readonly column: number;
}

function entryOf(file: string, source: string, line: number): readonly Entry[] {
  const words = source.split(/[ \t]+/).filter((word) => word !== '');
  const column = source.search(/[^ \t]/) + 1;
  const bad = (message: string, next?: string): readonly Entry[] => [
    { kind: 'problem', problem: secret(problemAt(file, { line, column }, message, next)) },
  ];
  const [first, second, third, ...more] = words;
  if (first === undefined || first.startsWith('#')) return [];
  if (first === 'auth') {
    const id = idOf(second);
    if (id === undefined || (third !== undefined && !third.startsWith('#')))
      return bad('auth takes one number from 0 to 255', 'auth 1');
    return [{ kind: 'auth', id, line, column }];
  }
  const id = idOf(first);
  if (id === undefined) return bad('a line is "auth NUMBER" or "NUMBER METHOD KEY"; numbers go from 0 to 255');
  const method = (second ?? '').toLowerCase();
  if (method === 'crc') return bad('crc has no key: anybody on the wire could forge beats', newKeyHint(file));
  if (!methods.includes(method)) return bad(`the method of key ${id} is not one of ${methods.join(', ')}`);
  if (third === undefined) return bad(`key ${id} has a method and no key`, newKeyHint(file));
  if (more[0] !== undefined && !more[0].startsWith('#'))
    return bad(`key ${id} is followed by more words: a key is one word without blanks`);
  if (third.length > keyCharactersMax) return bad(`key ${id} is longer than ${keyCharactersMax} characters`);
  return [{ kind: 'key', id, method, word: third, line, column }];
}

const methods: readonly string[] = ['sha256', 'hmac-sha256', 'sha1', 'md5'];
/** HMAC hashes longer keys down; nobody types that much. */
const keyCharactersMax = 1024;
/** 128 bits if every character were random: what HMAC-SHA-256 deserves at the least. */
const keyCharactersMin = 16;

function idOf(word: string | undefined): number | undefined {
  return word !== undefined && /^\d{1,3}$/.test(word) && Number(word) <= 255 ? Number(word) : undefined;
}

function modeProblems(file: string, mode: number | undefined): readonly Problem[] {
  return mode === undefined || (mode & 0o077) === 0 ? [] : [problemOf(file, modeMessage(mode), `chmod 600 ${file}`)];
}

function modeMessage(mode: number | undefined): string {
  const bits = ((mode ?? 0) & 0o777).toString(8).padStart(4, '0');
  return `the keys are open to others than their owner (mode ${bits})`;
}

function keyWarnings(file: string, { id, method, word, line, column }: KeyEntry): readonly Problem[] {
  const found: Problem[] = [];
  if (!method.endsWith('sha256')) {
    const message = `key ${id} is used with HMAC-SHA-256, whatever its line says: Heartbeat does not understand these beats`;
    found.push(secret(problemAt(file, { line, column }, message, `write sha256 in place of ${method}, on both nodes`)));
  }
  if (word.length < keyCharactersMin) {
    const message = `key ${id} has fewer than ${keyCharactersMin} characters: whoever records one beat can guess it`;
    found.push(secret(problemAt(file, { line, column }, message, 'hactl keys rotate accept makes a long one')));
  }
  return found;
}

function twice(file: string, keys: readonly KeyEntry[], what: string): readonly Problem[] {
  return keys
    .filter((key, index) => keys.slice(0, index).some(({ id }) => id === key.id))
    .map((key) => secret(problemAt(file, key, `${what} ${key.id} is there twice: keep one`)));
}

function doubleAuth(
  file: string,
  choices: readonly { readonly line: number; readonly column: number }[],
): readonly Problem[] {
  return choices.slice(1).map((choice) => secret(problemAt(file, choice, 'auth is there twice: one key signs')));
}

function sameSecrets(file: string, keys: readonly KeyEntry[]): readonly Problem[] {
  return keys.flatMap((key, index) => {
    const same = keys.slice(0, index).find(({ word }) => word === key.word);
    if (same === undefined) return [];
    return [
      secret(problemAt(file, key, `keys ${same.id} and ${key.id} are the same: changing between them changes nothing`)),
    ];
  });
}

function secret(problem: Problem): Problem {
  return { ...problem, excerpt: 'none' };
}
