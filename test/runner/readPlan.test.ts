import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { nodeOfHost } from '../../src/config/nodeConfigOf.ts';
import { readPlan } from '../../src/runner/readPlan.ts';

test('a host is the node of its whole name, or of what is before its dot', () => {
  assert.equal(nodeOfHost({ nodes: ['a.example.org', 'b.example.org'] }, 'a.example.org'), 'a.example.org');
  assert.equal(nodeOfHost({ nodes: ['a', 'b'] }, 'a.example.org'), 'a');
  assert.equal(nodeOfHost({ nodes: ['a', 'b'] }, 'b'), 'b');
});

test('without a flag the runner knows its node by the host name, as the head does', async (t) => {
  const name = hostname();
  if (name !== name.toLowerCase()) return t.skip(`this host is called ${name}, and no node may have capitals`);
  const folder = mkdtempSync(join(tmpdir(), 'twinbeat-plan-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'twinbeat.yaml');
  const channel = `udp: { ${name}: 192.0.2.1, other: 192.0.2.2 }`;
  writeFileSync(path, `cluster: pair\nnodes: [${name}, other]\nchannels:\n  - ${channel}\n`);
  const result = await readPlan(path, undefined);
  assert.equal(result.kind === 'plan' ? result.plan.self : result.problems.join('\n'), name);
});
