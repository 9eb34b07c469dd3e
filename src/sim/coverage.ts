/** What was drawn and what was decided, to be sure that a run has tried everything. */
export class Coverage {
  readonly #counts = new Map<string, number>();

  count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  add(counts: Readonly<Record<string, number>>): void {
    for (const [what, count] of Object.entries(counts)) this.#counts.set(what, (this.#counts.get(what) ?? 0) + count);
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}
