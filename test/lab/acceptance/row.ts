import type { TestContext } from 'node:test';

import { ownLab } from '../../../lab/forTest.ts';
import type { Lab } from '../../../lab/lab.ts';
import { daemonName } from '../../../lab/twinbeat.ts';

const labTest = ownLab();
const logCharsMax = 6000;

/** A test of the acceptance list, in a lab of its own. When it fails it shows what both daemons said. */
export function row(title: string, body: (lab: Lab, t: TestContext) => Promise<void>): void {
  labTest(title, async (lab, t) => {
    try {
      await body(lab, t);
    } catch (error) {
      for (const node of lab.nodes) t.diagnostic(`${node.name}:\n${node.readLog(daemonName).slice(-logCharsMax)}`);
      throw error;
    }
  });
}
