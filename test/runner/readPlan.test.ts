import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { readPlan } from '../../src/runner/readPlan.ts';

for (const [what, name] of [
  ['with its domain', hostname().toLowerCase()],
  ['without', hostname().toLowerCase().split('.')[0] ?? ''],
] as const) {
  test(`the runner knows its node by the host name ${what}, as the head does`, async (t) => {
    if (hostname() !== hostname().toLowerCase()) return t.skip('this host name has capitals, which no node may have');
    const folder = mkdtempSync(join(tmpdir(), 'twinbeat-plan-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'twinbeat.yaml');
    const channel = `udp: { ${name}: 192.0.2.1, other: 192.0.2.2 }`;
    writeFileSync(path, `cluster: pair\nnodes: [${name}, other]\nchannels:\n  - ${channel}\n`);
    const result = await readPlan(path, undefined);
    assert.equal(result.kind === 'plan' ? result.plan.self : result.problems.join('\n'), name);
  });
}
