/** Something wrong in a config file, or doubtful as a warning, at its place. */
export interface Problem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units, as editors count. */
  readonly column: number;
  readonly message: string;
  /** What to type or to change. */
  readonly next?: string;
  /** The line holds a secret, or the problem is not about one line: nothing of the file is shown. */
  readonly excerpt?: 'none';
}

/** One config file as it was read. */
export interface ConfigText {
  readonly file: string;
  readonly text: string;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

export function problemAt(file: string, place: Place, message: string, next?: string): Problem {
  const problem = { file, line: place.line, column: place.column, message: short(message) };
  return next === undefined ? problem : { ...problem, next: short(next) };
}

/** Of the file as a whole. */
export function problemOf(file: string, message: string, next?: string): Problem {
  return { ...problemAt(file, { line: 1, column: 1 }, message, next), excerpt: 'none' };
}

/** More are counted only: past this, the first ones explain the rest. */
const problemsPerFileMax = 50;

/** In the order of the file, each once, and not without end. */
export function sortProblems(problems: readonly Problem[]): readonly Problem[] {
  const sorted = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
  const seen = new Set<string>();
  const different = sorted.filter(({ line, column, message }) => {
    const key = `${line}:${column}:${message}`;
    const isFirst = !seen.has(key);
    seen.add(key);
    return isFirst;
  });
  const last = different[problemsPerFileMax - 1];
  if (last === undefined || different.length === problemsPerFileMax) return different;
  const more = different.length - problemsPerFileMax;
  return [...different.slice(0, problemsPerFileMax), problemOf(last.file, `and ${more} more problems`)];
}

/** Sentences quote the file; a file of one endless word must not become one endless sentence. */
const sentenceCharactersMax = 600;

function short(sentence: string): string {
  return sentence.length <= sentenceCharactersMax ? sentence : `${sentence.slice(0, sentenceCharactersMax)}…`;
}
