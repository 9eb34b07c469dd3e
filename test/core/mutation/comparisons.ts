/** One place of a source where two values are compared. */
export interface Comparison {
  /** Of the operator in the text. */
  readonly at: number;
  readonly line: number;
  readonly operator: Operator;
}

export type Operator = keyof typeof opposite;

/** What a comparison says when it is turned round. */
export const opposite = { '===': '!==', '!==': '===', '<': '>=', '<=': '>', '>': '<=', '>=': '<' } as const;

/**
 * Every comparison of a source, in order. It must be formatted as this repository is: an operator stands between
 * blanks, and nothing else that looks like it does.
 */
export function comparisonsIn(text: string): readonly Comparison[] {
  const code = withoutProse(text);
  return [...code.matchAll(/(?<=[ \n])(===|!==|<=|>=|<|>)(?=[ \n])/g)].map((match) => ({
    at: match.index,
    line: code.slice(0, match.index).split('\n').length,
    operator: match[1] as Operator,
  }));
}

/** The text with that comparison turned round. */
export function turnedRound(text: string, { at, operator }: Comparison): string {
  return `${text.slice(0, at)}${opposite[operator]}${text.slice(at + operator.length)}`;
}

/** The same text, of the same length, with blanks for what comments, strings and the prose of templates say. */
function withoutProse(text: string): string {
  const parts = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g;
  return text.replace(parts, (part) => (part.startsWith('`') ? templateCode(part) : blank(part)));
}

/** A template's `${…}` is code; templates within it are not looked into. */
function templateCode(template: string): string {
  return template.replace(/\$\{[^`}]*\}|[^$]|\$/g, (piece) => (piece.startsWith('${') ? piece : blank(piece)));
}

function blank(part: string): string {
  return part.replace(/[^\n]/g, '_');
}
