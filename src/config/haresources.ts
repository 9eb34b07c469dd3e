import { linesOf } from './plainText.ts';
import { type Place, type Problem, problemAt } from './problem.ts';

/** One line of haresources with its continuations. */
export interface HaLine {
  readonly node: Word;
  /** Without the words that hold what no word can; those are told by a problem. */
  readonly resources: readonly Word[];
  /** From the comment `# group: NAME` above the line. */
  readonly name: Word | undefined;
}

export interface Word extends Place {
  readonly text: string;
}

/**
 * Reads the classic grammar, and nothing of what the words mean:
 *
 *     line := node resource { resource }
 *
 * Words are parted by blanks. A `#` at the beginning of a line or after a blank begins a comment, on continuation
 * lines too. A `\` at the end of a line joins the next one. The comment `# group: NAME` names the line that follows.
 * Differs from Heartbeat where it guessed: a `#` inside a word, quotes and control characters are refused.
 */
export function readHaresources(
  file: string,
  text: string,
): { readonly lines: readonly HaLine[]; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const lines: HaLine[] = [];
  const physical = linesOf(text);
  let name: Word | undefined;
  for (let index = 0; index < physical.length; ) {
    const comment = groupComment(physical[index] ?? '', index + 1);
    if (comment !== undefined) {
      problems.push(...nameProblems(file, comment, name));
      name = comment;
      index += 1;
      continue;
    }
    const logical = joinLines(file, physical, index);
    problems.push(...logical.problems);
    index = logical.nextIndex;
    const [node, ...resources] = logical.words;
    if (node === undefined) continue;
    const odd = logical.words.map((word) => wordProblems(file, word));
    problems.push(...odd.flat());
    if (resources.length === 0) {
      const message = `nothing stands behind ${JSON.stringify(node.text)}: a line is a node and what it holds`;
      problems.push(problemAt(file, node, message, 'node1 192.168.1.50/24/eth0 zeo'));
    } else {
      lines.push({ node, resources: resources.filter((_, at) => odd[at + 1]?.length === 0), name });
    }
    name = undefined;
  }
  if (name !== undefined) {
    problems.push(problemAt(file, name, `no line follows that "${name.text}" would name`));
  }
  return { lines, problems };
}

interface LogicalLine {
  readonly words: readonly Word[];
  readonly nextIndex: number;
  readonly problems: readonly Problem[];
}

function joinLines(file: string, physical: readonly string[], from: number): LogicalLine {
  const words: Word[] = [];
  const problems: Problem[] = [];
  let index = from;
  let continuedAt: Place | undefined;
  while (index < physical.length) {
    const source = physical[index] ?? '';
    const line = index + 1;
    index += 1;
    const code = source.replace(/(^|[ \t])#.*$/, '$1');
    const misplaced = /(?:^|[ \t])#[ \t]*group:/.exec(source);
    if (misplaced !== null) {
      const place = { line, column: source.indexOf('#', misplaced.index) + 1 };
      problems.push(
        problemAt(file, place, 'the name of a group stands on a line of its own, above the line that it names'),
      );
    }
    const isOnlyComment = code.trim() === '' && source.trim() !== '';
    if (isOnlyComment && continuedAt !== undefined) continue;
    const [, body = code, joiner] = /^(.*?)(\\[ \t]*)$/.exec(code) ?? [];
    words.push(...wordsOf(body, line));
    continuedAt = joiner === undefined ? undefined : { line, column: body.length + 1 };
    if (continuedAt === undefined) break;
  }
  if (continuedAt !== undefined)
    problems.push(problemAt(file, continuedAt, 'the last line ends in "\\", and nothing follows'));
  return { words, nextIndex: index, problems };
}

function wordsOf(code: string, line: number): readonly Word[] {
  return [...code.matchAll(/[^ \t]+/g)].map((match) => ({ text: match[0], line, column: match.index + 1 }));
}

function groupComment(source: string, line: number): Word | undefined {
  const [head] = /^[ \t]*#[ \t]*group:[ \t]*/.exec(source) ?? [];
  return head === undefined ? undefined : { text: source.slice(head.length).trimEnd(), line, column: head.length + 1 };
}

export const groupNamePattern = /^[a-z0-9-]{1,32}$/;
export const groupNameHint = 'the name of a group is 1 to 32 lower-case letters, digits and "-"';

function nameProblems(file: string, name: Word, earlier: Word | undefined): readonly Problem[] {
  const unused =
    earlier === undefined ? [] : [problemAt(file, earlier, `no line follows that "${earlier.text}" would name`)];
  if (groupNamePattern.test(name.text)) return unused;
  return [...unused, problemAt(file, name, groupNameHint, 'for example: # group: site')];
}

/** Longer words would not be shown in any status; a path and a few arguments fit. */
const wordCharactersMax = 512;

function wordProblems(file: string, word: Word): readonly Problem[] {
  const { text } = word;
  const at = (index: number): Place => ({ line: word.line, column: word.column + index });
  if (text.length > wordCharactersMax) {
    return [problemAt(file, word, `a word is at most ${wordCharactersMax} characters long`)];
  }
  const odd = /[^\x21-\x7e]/u.exec(text);
  if (odd !== null) {
    const code = (odd[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    const isLetter = /\p{L}/u.test(odd[0]);
    const what = isLetter
      ? 'words are plain ASCII'
      : 'this character does not print, or looks like a blank and is none';
    return [problemAt(file, at(odd.index), `character U+${code}: ${what}`)];
  }
  const hash = text.indexOf('#');
  if (hash !== -1) {
    const message = 'a "#" inside a word: a comment begins after a blank, and an argument cannot hold one';
    return [problemAt(file, at(hash), message)];
  }
  const quote = text.search(/["'`\\]/);
  if (quote === -1) return [];
  const message = `${text[quote]} means nothing here: nothing is quoted or escaped, and no argument can hold a blank`;
  return [problemAt(file, at(quote), message)];
}
