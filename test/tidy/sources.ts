import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file of the repository: `path` is relative to the root, with slashes. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

const root = join(import.meta.dirname, '..', '..');
/** Bytes of other people, or made by a build. */
const skipped = new Set(['node_modules', 'dist', 'coverage', 'fixtures', 'venv', 'tmp']);

export function exists(path: string): boolean {
  return existsSync(join(root, path));
}

export function read(path: string): Source {
  return { path, text: readFileSync(join(root, path), 'utf8') };
}

/** Every file below the root whose name matches, hidden folders and other people's files left out. */
export function sources(name: RegExp, folder = ''): readonly Source[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name.startsWith('.') || skipped.has(entry.name) ? [] : sources(name, path);
    return entry.isFile() && name.test(entry.name) ? [read(path)] : [];
  });
}

/** The specifiers of all imports and re-exports, of types too, static and dynamic. */
export function importsOf(text: string): readonly string[] {
  const code = text.replaceAll(comment, '');
  return [...code.matchAll(importPattern)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

/** The code alone: comments and the text of strings become blank, `${…}` stays, lines keep their numbers. */
export function codeOf(text: string): string {
  return text.replaceAll(commentOrString, (part) => {
    if (part.startsWith('`')) return (part.match(/\$\{[^}]*\}|\n/g) ?? []).join('');
    return part.startsWith('/') ? part.replaceAll(/[^\n]/g, ' ') : "''";
  });
}

const comment = /\/\*[^]*?\*\/|(?<!:)\/\/[^\n]*/g;
const commentOrString = /\/\*[^]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
const importPattern =
  /^\s*(?:import|export)\b[^'";]*?\bfrom\s+'([^']+)'|^\s*import\s+'([^']+)'|\b(?:import|require)\(\s*'([^']+)'/gm;
