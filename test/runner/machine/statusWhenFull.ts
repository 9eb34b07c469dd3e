// Run by fullRunDir.test.ts: asks a script that says "running" for its status, with FOLDER for its output, and prints the
// outcome as JSON.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scriptHand } from '../../../src/runner/scriptHands.ts';

const [, , outputFolder = ''] = process.argv;
const folder = mkdtempSync(join(tmpdir(), 'tb-full-'));
writeFileSync(join(folder, 'service'), '#!/bin/sh\necho running\n', { mode: 0o755 });
const hand = scriptHand(
  { kind: 'script', script: 'service', args: [] },
  {
    group: 'g',
    resource: 'service',
    epochCounter: 1,
    self: 'node1',
    peer: 'node2',
    folders: [{ path: folder, judge: 'text' }],
    ocfRoot: '/nowhere',
    stateDir: '/nowhere',
    runDir: '/nowhere',
    outputFolder,
    callName: 'call-1',
    onSpawned: () => undefined,
    onLine: () => undefined,
  },
);
const outcome = await hand.status(10_000);
rmSync(folder, { recursive: true });
process.stdout.write(JSON.stringify(outcome));
