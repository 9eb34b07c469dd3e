/** A promise that was broken: ends the run. */
export class Violation extends Error {
  readonly invariant: string;

  constructor(invariant: string, sentence: string) {
    super(`${invariant}: ${sentence}`);
    this.invariant = invariant;
  }
}
