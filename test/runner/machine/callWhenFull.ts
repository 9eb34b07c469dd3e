// Run by fullRunDir.test.ts: calls a script that says "running", and fails where it cannot, with ACTION, and with FOLDER for
// its output. Prints the outcome as JSON.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scriptHand } from '../../../src/runner/scriptHands.ts';

const [, , outputFolder = '', action = ''] = process.argv;
const folder = mkdtempSync(join(tmpdir(), 'tb-full-'));
writeFileSync(join(folder, 'service'), '#!/bin/sh\nset -e\necho running\n', { mode: 0o755 });
const lines: string[] = [];
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
    onLine: (line) => void lines.push(line),
  },
);
const outcome = await (action === 'stop' ? hand.stop(10_000) : hand.status(10_000));
rmSync(folder, { recursive: true });
process.stdout.write(JSON.stringify(action === 'stop' ? { outcome, lines } : outcome));
