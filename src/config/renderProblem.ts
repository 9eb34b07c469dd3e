import { linesOf, withoutMark } from './plainText.ts';
import type { Problem } from './problem.ts';
import { isSecretOption } from './secretOption.ts';

/** What fits into a terminal beside nothing else. */
const excerptColumnsMax = 100;
/** Of a long line, so much is shown before the caret. */
const leadColumns = 60;

/**
 * `file:line:column: message`, the line of the source with a caret under the place, and what to do.
 *
 * Nothing of the source can move the caret or change the terminal: tabs stay tabs in both lines, wide characters
 * count twice, and characters that do not print are shown as `�`.
 */
export function renderProblem(problem: Problem, sourceText: string): string {
  const { file, line, column, message, next } = problem;
  const head = `${printable(file)}:${line}:${column}: ${printable(message)}`;
  const lines = linesOf(withoutMark(sourceText));
  const source = isBelowSecret(lines, line - 1) ? undefined : withoutSecret(lines[line - 1]);
  const shown = problem.excerpt === 'none' || source === undefined ? [] : excerpt(source, column - 1);
  return [head, ...shown, ...(next === undefined ? [] : [`  next: ${printable(next)}`])].join('\n');
}

/** A name and what stands between it and its value; bounded, because a line may be one endless word. */
const setting = /([\w-]{1,64})["']?\s{0,16}[:=]\s{0,16}/g;

/** Of a line that sets a password nothing is shown behind its name: excerpts end in logs and in questions to others. */
function withoutSecret(source: string | undefined): string | undefined {
  if (source === undefined) return source;
  const from = [...source.matchAll(setting)].find(([, name]) => isSecretOption(name ?? ''));
  if (from === undefined) return source;
  const shownMax = from.index + from[0].length;
  return source.slice(0, shownMax) + '*'.repeat(source.length - shownMax);
}

/** Whether a line goes on with a password whose name stands above it: it is further in than that. */
function isBelowSecret(lines: readonly string[], at: number): boolean {
  let indent = indentOf(lines[at] ?? '');
  for (const above of lines.slice(Math.max(0, at - linesAboveMax), at).toReversed()) {
    if (/^\s*(?:#|$)/.test(above) || indentOf(above) >= indent) continue;
    indent = indentOf(above);
    const [, name = ''] = [...above.matchAll(setting)].at(-1) ?? [];
    if (isSecretOption(name)) return true;
  }
  return false;
}

/** Of a text that goes over more lines nobody makes a password. */
const linesAboveMax = 100;

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function excerpt(source: string, at: number): readonly string[] {
  const before = cells(source.slice(0, at));
  const after = cells(source.slice(at));
  const lead = widthOf(before) + widthOf(after) > excerptColumnsMax ? tail(before, leadColumns) : before;
  const isLeadCut = lead.length < before.length;
  const rest = head(after, excerptColumnsMax - widthOf(lead));
  const isRestCut = rest.length < after.length;
  const text = [...(isLeadCut ? ['…'] : []), ...lead, ...rest, ...(isRestCut ? ['…'] : [])].join('');
  const margin = lead.map((cell) => (cell === '\t' ? '\t' : ' '.repeat(cellWidth(cell))));
  return [text, `${isLeadCut ? ' ' : ''}${margin.join('')}^`];
}

function tail(all: readonly string[], columnsMax: number): readonly string[] {
  let from = all.length;
  let columns = 0;
  while (from > 0) {
    columns += cellWidth(all[from - 1] ?? '');
    if (columns > columnsMax) break;
    from -= 1;
  }
  return all.slice(from);
}

function head(all: readonly string[], columnsMax: number): readonly string[] {
  let to = 0;
  let columns = 0;
  while (to < all.length) {
    columns += cellWidth(all[to] ?? '');
    if (columns > columnsMax) break;
    to += 1;
  }
  return all.slice(0, to);
}

/** What a terminal draws as one: a letter with its accents, an emoji with its joiners. */
function cells(text: string): readonly string[] {
  return [...segmenter.segment(printable(text))].map(({ segment }) => segment);
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Control characters, and those that turn the direction of writing or have no shape, could fake what is on the screen. */
function printable(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => (character === '\t' ? '\t' : '�'));
}

function widthOf(all: readonly string[]): number {
  return all.reduce((columns, cell) => columns + cellWidth(cell), 0);
}

/** How wide a tab is only the terminal knows; for cutting a line eight will do. */
function cellWidth(cell: string): number {
  if (cell === '\t') return 8;
  if (/^\p{M}+$/u.test(cell)) return 0;
  const code = cell.codePointAt(0) ?? 0;
  return wideRanges.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
}

/** East Asian Width W and F (Unicode Standard Annex 11), and emoji. */
const wideRanges: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x2614, 0x2615],
  [0x2705, 0x2705],
  [0x2728, 0x2728],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
];
