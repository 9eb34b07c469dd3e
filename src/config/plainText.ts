import { type ConfigText, type Place, type Problem, problemAt, problemOf } from './problem.ts';

/** The config of a pair is a few kilobytes; past this, somebody named the wrong file. Also bounds the time of parsing. */
export const configCharactersMax = 64 * 1024;

/** The text without a byte order mark, or why it is no text that a person wrote. */
export function plainText(source: ConfigText): { readonly text: string } | { readonly problem: Problem } {
  const text = withoutMark(source.text);
  if (text.length > configCharactersMax) {
    const message = `the file has ${text.length} characters, more than the ${configCharactersMax} that a config may have`;
    return { problem: problemOf(source.file, message, 'check that this is the right file') };
  }
  const at = text.indexOf('\0');
  if (at !== -1) {
    const message = 'the file holds a zero byte: it is no text, or text in UTF-16';
    const problem = problemAt(source.file, placeAt(text, at), message, 'save the file as UTF-8');
    return { problem: { ...problem, excerpt: 'none' } };
  }
  return { text };
}

export function withoutMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/** Without their ends, of which `\n` and `\r\n` count. */
export function linesOf(text: string): readonly string[] {
  return text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
}

export function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
}
