/** What was measured, in the order in which it was. */
export interface Measure {
  readonly name: string;
  readonly unit: 'ms' | '%' | 'MB';
  readonly values: readonly number[];
  /** What the result must not exceed, where something was promised. */
  readonly bound?: number;
  /** What the value is made of, where the name does not say it. */
  readonly note?: string;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** A measure as it is printed with `--json`. */
export interface Summary extends Omit<Measure, 'values'> {
  readonly rounds: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly values: readonly number[];
  readonly isWithinBound: boolean;
}

export function summarize(measure: Measure): Summary {
  const values = measure.values.map(round);
  const middle = round(median(values));
  return {
    ...measure,
    values,
    rounds: values.length,
    median: middle,
    min: Math.min(...values),
    max: Math.max(...values),
    isWithinBound: measure.bound === undefined || middle <= measure.bound,
  };
}

/** Columns for people: the bound is marked where the median exceeds it. */
export function tableOf(summaries: readonly Summary[]): string {
  const head = ['what', 'rounds', 'median', 'least', 'most', '', 'bound', ''];
  const rows = summaries.map((one) => [
    one.name,
    String(one.rounds),
    String(one.median),
    String(one.min),
    String(one.max),
    one.unit,
    one.bound === undefined ? '' : `${one.isWithinBound ? '' : '! '}${one.bound}`,
    one.note ?? '',
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const isNumber = (column: number): boolean => (column > 0 && column < 5) || column === 6;
  return [head, ...rows]
    .map((row) =>
      row.map((cell, column) =>
        isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      ),
    )
    .map((cells) => cells.join('  ').trimEnd())
    .join('\n');
}
