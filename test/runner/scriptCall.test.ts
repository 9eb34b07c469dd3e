import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTicksOf } from '../../src/runner/processes.ts';
import { type CallResult, type CallSpec, callScript } from '../../src/runner/scriptCall.ts';
import { standStillMs } from './machine/standStill.ts';

test('a script begins only when its record is written', async (t) => {
  const { folder, spec } = makeScript(t, 'echo begun; cat; echo "$0 $1"');
  let hadBegun = true;
  const result = await callScript(spec, {
    onSpawned: () => {
      standStillMs(300);
      hadBegun = existsSync(join(folder, 'output')) && readFileSync(join(folder, 'output'), 'utf8') !== '';
    },
    onLine: () => undefined,
  });
  assert.equal(hadBegun, false, 'it had begun before');
  assert.deepEqual(result, { kind: 'exited', code: 0, output: `begun\n${spec.path} a word\n` });
});

test('a script never begins when the runner dies before its record is written', async (t) => {
  const { folder, spec } = makeScript(t, 'echo begun');
  writeFileSync(join(folder, 'spec.json'), JSON.stringify(spec));
  const runner = spawn(process.execPath, [join(import.meta.dirname, 'machine/dyingRunner.ts'), folder], {
    stdio: 'inherit',
  });
  const [, signal] = (await once(runner, 'close')) as [unknown, unknown];
  assert.equal(signal, 'SIGKILL');
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
  for (let waitedMs = 0; waitedMs < 10_000 && startTicksOf(pid) !== undefined; waitedMs += 20) await sleep(20);
  assert.equal(startTicksOf(pid), undefined, 'it still waits');
  assert.equal(readFileSync(join(folder, 'output'), 'utf8'), '');
});

test('what cannot be run is told from what exits as if it could not', async (t) => {
  const listener = { onSpawned: () => undefined, onLine: () => undefined };
  for (const code of [126, 127]) {
    const { spec } = makeScript(t, `echo "sh: 1: exec: not found"; exit ${code}`);
    assert.equal((await callScript(spec, listener)).kind, 'exited');
  }
  const { spec } = makeScript(t, '');
  const detailOf = (result: CallResult): string => (result.kind === 'notStarted' ? result.detail : result.kind);
  const path = `${spec.path}.absent`;
  assert.match(
    detailOf(await callScript({ ...spec, path }, listener)),
    /absent cannot be run: .*(not found|No such file)/,
  );
});

function makeScript(t: TestContext, body: string): { readonly folder: string; readonly spec: CallSpec } {
  const folder = mkdtempSync(join(tmpdir(), 'twinbeat-call-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'script');
  writeFileSync(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  const environment = { PATH: '/usr/bin:/bin' };
  const spec = { path, args: ['a word'], environment, timeoutMs: 20_000, outputPath: join(folder, 'output') };
  return { folder, spec: { ...spec, isOutputKept: true } };
}
