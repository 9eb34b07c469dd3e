import { after, type TestContext, test } from 'node:test';
import { Lab, type LabOptions } from './lab.ts';
import type { LabMode } from './namespaces.ts';
import { whatIsPossible } from './needs.ts';

/** A test that gets a lab. Where there can be none it is skipped with the reason, or fails when `CI` is set. */
export type LabTest = (title: string, body: (lab: Lab, t: TestContext) => Promise<void>) => void;

/** A test that takes so long hangs: the longest take ten seconds, and a minute on a machine that is very busy. */
const testTimeoutMs = 240_000;

/**
 * Tests of one file that share a lab. Between them cuts are mended, the frozen are thawed and the dead are booted;
 * addresses, files and services are each test's own affair.
 */
export function shareLab(options: LabOptions = {}): LabTest {
  let lab: Lab | undefined;
  after(async () => await lab?.close());
  return (title, body) => {
    test(title, { timeout: testTimeoutMs }, async (t) => {
      if (!isPossible(t, options.mode)) return;
      lab ??= await Lab.create(options);
      await heal(lab);
      await body(lab, t);
    });
  };
}

/** Tests that get a lab of their own each. */
export function ownLab(options: LabOptions = {}): LabTest {
  return (title, body) => {
    test(title, { timeout: testTimeoutMs }, async (t) => {
      if (!isPossible(t, options.mode)) return;
      await using lab = await Lab.create(options);
      await body(lab, t);
    });
  };
}

/** True when a lab can be made. Otherwise the test is skipped, or fails where a skip would pass unseen. */
export function isPossible(t: TestContext, mode?: LabMode): boolean {
  const possible = whatIsPossible(mode);
  if (possible.ok) return true;
  if (process.env['CI'] !== undefined) throw new Error(possible.sentence);
  t.skip(possible.sentence);
  return false;
}

async function heal(lab: Lab): Promise<void> {
  await lab.mendAll();
  for (const host of lab.hosts) if (host.isFrozen) await lab.thaw(host.name);
  await lab.bootUsual();
}
