import { parseSync } from 'oxc-parser';

/** One place of a source where two values are compared. */
export interface Comparison {
  readonly operator: Operator;
  readonly line: number;
  readonly left: Span;
  readonly right: Span;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

export type Operator = keyof typeof opposite;

/** What a comparison says when it is turned round. */
export const opposite = { '===': '!==', '!==': '===', '<': '>=', '<=': '>', '>': '<=', '>=': '<' } as const;

/** Every comparison of a source, in the order of the operators. */
export function comparisonsIn(text: string): readonly Comparison[] {
  const { program, errors } = parseSync('source.ts', text);
  if (errors[0] !== undefined) throw new Error(errors[0].message);
  const found: Comparison[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if (isComparison(node)) found.push(comparisonOf(node, text));
    for (const child of Object.values(node)) visit(child);
  };
  visit(program);
  return found.toSorted((a, b) => a.left.end - b.left.end);
}

/** The text with each comparison as a call: `switches.compare(7, '===', a, b)`, by the place of the comparison and `from`. */
export function withSwitches(text: string, from: number): string {
  const edits = comparisonsIn(text).flatMap(({ operator, left, right }, index) => {
    const width = right.end - left.start;
    const called = `switches.compare(${from + index}, '${operator}', `;
    return [
      // At one place the wider one opens first and closes last, and what is put in first ends up furthest right.
      { at: left.end, until: right.start, order: 0, put: ', ' },
      { at: left.start, until: left.start, order: width, put: called },
      { at: right.end, until: right.end, order: text.length - width, put: ')' },
    ];
  });
  let changed = text;
  for (const { at, until, put } of edits.toSorted((a, b) => b.at - a.at || a.order - b.order)) {
    changed = changed.slice(0, at) + put + changed.slice(until);
  }
  return changed;
}

interface ComparisonNode {
  readonly operator: Operator;
  readonly left: Span;
  readonly right: Span;
}

function isComparison(node: object): node is ComparisonNode {
  return (
    'type' in node &&
    node.type === 'BinaryExpression' &&
    'operator' in node &&
    typeof node.operator === 'string' &&
    node.operator in opposite
  );
}

function comparisonOf({ operator, left, right }: ComparisonNode, text: string): Comparison {
  const before = text.slice(0, text.indexOf(operator, left.end));
  return { operator, line: before.split('\n').length, left, right };
}
