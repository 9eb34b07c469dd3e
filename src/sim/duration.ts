/** `300ms`, `2s`, `10m`, in milliseconds. */
export function durationOf(text: string, line: number): number {
  const match = /^(-?\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const unit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[match?.[2] ?? ''];
  if (match === null || unit === undefined)
    throw new SyntaxError(`line ${line}: ${text} is no time; write 300ms, 2s or 10m`);
  return Number(match[1]) * unit;
}
