/** Stands for node:test where one test is run again and again: what is registered is collected, and nothing runs. */
export interface CollectedTest {
  readonly file: string;
  readonly name: string;
  readonly run: () => unknown;
}

export const collectedTests: CollectedTest[] = [];

let file = '';
let suites: readonly string[] = [];

/** What is registered from here on is of that file. */
export function collectFrom(name: string): void {
  file = name;
}

export function suite(name: string, register: () => void): void {
  const outer = suites;
  suites = [...outer, name];
  register();
  suites = outer;
}

export function test(name: string, run: () => unknown): void {
  collectedTests.push({ file, name: [...suites, name].join(' '), run });
}

export { suite as describe, test as it };
