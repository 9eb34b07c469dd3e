// Run by exhausted.test.ts: opens files until there is room for none, calls what starts processes, and prints as JSON what
// came of it.
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { IpBatch } from '../../../src/runner/ipBatch.ts';
import { Links } from '../../../src/runner/links.ts';
import { pingByCommand } from '../../../src/runner/pingByCommand.ts';
import { type CallResult, callScript } from '../../../src/runner/scriptCall.ts';

const folder = mkdtempSync(join(tmpdir(), 'tb-files-'));
const call = (): Promise<CallResult> =>
  callScript(
    {
      path: '/bin/true',
      args: [],
      environment: {},
      timeoutMs: 10_000,
      outputPath: join(folder, 'output'),
      isOutputKept: true,
    },
    { onSpawned: () => undefined, onLine: () => undefined },
  );

const files: number[] = [];
try {
  for (;;) files.push(openSync('/dev/null', 'r'));
} catch {
  // There is room for none.
}
const problems: string[] = [];
const onProblem = (sentence: string): void => void problems.push(sentence);
const { problem } = await new IpBatch(onProblem).run('address show dev lo');
const ping = await pingByCommand('127.0.0.1', 500);
const links = new Links({ onChange: () => undefined, onProblem });
await links.open();
// Room for the script's output, and for none of its code.
for (const file of files.splice(0, 2)) closeSync(file);
const script = await call();
// What Node tells later.
await sleep(50);
links.close();
for (const file of files) closeSync(file);
const afterwards = await call();
rmSync(folder, { recursive: true });
process.stdout.write(
  JSON.stringify({ ip: problem, ping: ping.kind, script: script.kind, problems, afterwards: afterwards.kind }),
);
